package io.sharedstate.mapped;

import static io.sharedstate.mapped.layout.MapLayout.BYTES_OFFSET;
import static io.sharedstate.mapped.layout.MapLayout.COMPACTIONS_OFFSET;
import static io.sharedstate.mapped.layout.MapLayout.DESCRIPTOR_OFFSET;
import static io.sharedstate.mapped.layout.MapLayout.EARLIEST_OFFSET;
import static io.sharedstate.mapped.layout.MapLayout.ENTRIES_OFFSET;
import static io.sharedstate.mapped.layout.MapLayout.EVICTIONS_OFFSET;
import static io.sharedstate.mapped.layout.MapLayout.EXPIRATIONS_OFFSET;
import static io.sharedstate.mapped.layout.MapLayout.NEVER;
import static io.sharedstate.mapped.layout.MapLayout.TOMBSTONE;
import static io.sharedstate.mapped.layout.MapLayout.USED_OFFSET;

import io.sharedstate.MapFullException;
import io.sharedstate.WhenFull;
import io.sharedstate.mapped.Eviction.Order;
import io.sharedstate.mapped.layout.MapLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.agrona.concurrent.AtomicBuffer;
import org.jspecify.annotations.Nullable;

/*
 * A segment: the entries of a map whose keys have certain hashes. Its descriptor word names the extent that they are in, with
 * an epoch that rises by 1 when that changes. All methods but descriptor() and the counts are for the holder of the segment's lock.
 *
 * Put: the entry behind the log's tail; tail; slot (release), the commit. Remove: slot = tombstone, the commit.
 * Compact, when the log is full or too many slots were used: an extent is claimed, cleared after a fence (release), filled
 * with the entries that stay; its epoch; descriptor (release), the commit; owner = 0 (release).
 * Reader, without the lock: descriptor (acquire); slots (acquire); the entry, checked to be within bounds before it is used,
 * copied; fence (acquire); descriptor again, for a miss no less than a hit. In one epoch nothing that a slot has pointed to is
 * written again, but for when an entry expires, which is one word.
 *
 * Invariants:
 * - A slot points to a whole entry below the tail, whose key belongs to this segment, and no other slot to one with the same key.
 * - From a key's home to its slot there is no slot that was never used. So a slot never becomes 0 again in an epoch, and
 *   none is moved.
 * - At most 3/4 of the slots were used; so a search ends.
 * - The counts are right whenever nobody is inside.
 * Non-invariants: references, which say when an entry was used last, are written by readers, also to an extent that has
 * become another's.
 *
 * A death between any two stores leaves the operation done or not done, some log below the tail that no slot points to, an extent
 * with a dead owner, and counts that the next one to lock makes anew.
 */
final class MapSegment {

    private static final byte[] NOTHING = {};

    private final int number;
    private final MapExtents extents;
    private final MapLayout layout;
    private final AtomicBuffer control;
    private final int base;
    private final LongSupplier time;
    private final Order order;

    /**
     * @param time by which entries expire
     * @param order in which they make room for others
     */
    MapSegment(int number, MapExtents extents, LongSupplier time, Order order) {
        this.number = number;
        this.extents = extents;
        this.layout = extents.layout();
        this.control = extents.file().buffer();
        this.base = layout.segmentOffset(number);
        this.time = time;
        this.order = order;
    }

    long descriptor() {
        return control.getLongAcquire(base + DESCRIPTOR_OFFSET);
    }

    private MapExtent extent() {
        return extents.named(descriptor());
    }

    private long epoch() {
        return MapLayout.epoch(descriptor());
    }

    // Bounds: compacting a map that is always as full as it may be copies 3 bytes for each one written, and 1.5 when it
    // evicts.

    private long maxBytes() {
        return maxBytes(layout);
    }

    static long maxBytes(MapLayout layout) {
        return layout.logLength() * 3L / 4;
    }

    private int maxEntries() {
        return layout.slots() * 3 / 5;
    }

    private int maxUsed() {
        return layout.slots() * 3 / 4;
    }

    private static long afterEviction(long most) {
        return most * 4 / 5;
    }

    // entries

    /** Finds a key, as {@link MapExtent#find} does; an entry that has expired is removed. Right until something is changed. */
    long find(EncodedKey key) {
        MapExtent extent = extent();
        long found = extent.find(key);
        if (found >= 0 && isExpired(extent.expires(MapExtent.entry(found)))) {
            drop(extent, MapExtent.position(found));
            add(EXPIRATIONS_OFFSET, 1);
            return extent.find(key);
        }
        return found;
    }

    long findAlsoExpired(EncodedKey key) {
        return extent().find(key);
    }

    /** When what was found expires. */
    long expires(long found) {
        return extent().expires(MapExtent.entry(found));
    }

    /** The value of what was found; null if nothing was. */
    byte @Nullable [] value(long found) {
        return found < 0 ? null : extent().value(MapExtent.entry(found));
    }

    private boolean isExpired(long expires) {
        return expires != NEVER && expires <= time.getAsLong();
    }

    /**
     * Puts an entry.
     *
     * @param foundBefore where the key was found
     * @throws MapFullException if there is no room for it; nothing was changed
     */
    void put(long foundBefore, EncodedKey key, byte[] value, long expires, WhenFull whenFull) {
        int length = MapLayout.entryLength(key.bytes().length, value.length);
        long found = makeRoom(foundBefore, key, length, whenFull);
        MapExtent extent = extent();
        long epoch = epoch();
        int position = MapExtent.position(found);
        long slot = extent.slot(position);
        int replaced = found < 0 ? 0 : extent.entryLength(MapExtent.entry(found));
        int entry = extent.append(key, value, epoch, expires);
        extent.setAge(position, epoch, 0);
        extents.file().written(extent.buffer(), extent.base() + entry, length);
        setSlot(extent, position, MapLayout.slot(key.hash(), entry));
        add(ENTRIES_OFFSET, found < 0 ? 1 : 0);
        add(BYTES_OFFSET, length - replaced);
        add(USED_OFFSET, slot == 0 ? 1 : 0);
        expiresAt(expires);
    }

    private void setSlot(MapExtent extent, int position, long slot) {
        extent.setSlot(position, slot);
        extents.file().written(extent.buffer(), extent.slotOffset(position), Long.BYTES);
    }

    boolean remove(EncodedKey key) {
        return remove(find(key));
    }

    /** @return whether there was one */
    boolean remove(long found) {
        if (found >= 0) {
            drop(extent(), MapExtent.position(found));
        }
        return found >= 0;
    }

    private void drop(MapExtent extent, int position) {
        int length = extent.entryLength(MapLayout.entry(extent.slot(position)));
        setSlot(extent, position, TOMBSTONE);
        add(ENTRIES_OFFSET, -1);
        add(BYTES_OFFSET, -length);
    }

    /** @return whether there is such an entry */
    boolean touch(EncodedKey key, long expires) {
        long found = find(key);
        if (found >= 0) {
            setExpires(MapExtent.entry(found), expires);
            extent().setAge(MapExtent.position(found), epoch(), 0);
        }
        return found >= 0;
    }

    /** Lets an entry expire at another time, also one that has expired; if there is none, puts one without a value. */
    void putExpiry(long found, EncodedKey key, long expires) {
        if (found >= 0) {
            setExpires(MapExtent.entry(found), expires);
        } else {
            put(found, key, NOTHING, expires, WhenFull.EVICT);
        }
    }

    private void setExpires(int entry, long expires) {
        MapExtent extent = extent();
        extent.setExpires(entry, expires);
        extents.file().written(extent.buffer(), extent.expiresOffset(entry), Long.BYTES);
        expiresAt(expires);
    }

    private void expiresAt(long expires) {
        if (expires < count(EARLIEST_OFFSET)) {
            control.putLong(base + EARLIEST_OFFSET, expires);
        }
    }

    /** @return how many there were */
    int removeExpired() {
        if (!isExpired(count(EARLIEST_OFFSET))) {
            return 0;
        }
        MapExtent extent = extent();
        long now = time.getAsLong();
        long earliest = NEVER;
        int expired = 0;
        for (int position = 0; position < extent.slots(); position++) {
            int entry = MapLayout.entry(extent.slot(position));
            if (entry != 0 && extent.holds(entry)) {
                long expires = extent.expires(entry);
                if (expires != NEVER && expires <= now) {
                    drop(extent, position);
                    expired++;
                } else {
                    earliest = Math.min(earliest, expires);
                }
            }
        }
        control.putLong(base + EARLIEST_OFFSET, earliest);
        add(EXPIRATIONS_OFFSET, expired);
        return expired;
    }

    /** Removes all entries, by one store. */
    void clear() {
        rewrite(Eviction.OF_ALL, epoch() + 1, time.getAsLong());
    }

    // room

    /** Makes room in the log and the index; returns where the key is then. */
    private long makeRoom(long foundBefore, EncodedKey key, int length, WhenFull whenFull) {
        long found = foundBefore;
        if (whenFull == WhenFull.REFUSE && isFull(length, found)) {
            removeExpired();
            found = find(key);
            if (isFull(length, found)) {
                throw full(length);
            }
        }
        if (isUsedUp(length, found)) {
            compact(whenFull == WhenFull.EVICT ? length : 0);
            found = find(key);
            if (isUsedUp(length, found)) {
                throw full(length); // others that evict have filled it
            }
        }
        return found;
    }

    private boolean isFull(int length, long found) {
        int replaced = found < 0 ? 0 : extent().entryLength(MapExtent.entry(found));
        return count(BYTES_OFFSET) + length - replaced > maxBytes()
                || (found < 0 && count(ENTRIES_OFFSET) >= maxEntries());
    }

    private boolean isUsedUp(int length, long found) {
        MapExtent extent = extent();
        if (!extent.hasRoom(length)) {
            return true;
        }
        long slot = extent.slot(MapExtent.position(found));
        return found < 0 && (slot == 0 ? count(USED_OFFSET) >= maxUsed() : slot != TOMBSTONE);
    }

    private MapFullException full(int length) {
        return new MapFullException("map '" + extents.name() + "' is full: its segment " + number + " of "
                + layout.segments() + " has " + count(BYTES_OFFSET) + " of " + maxBytes() + " bytes and "
                + count(ENTRIES_OFFSET) + " of " + maxEntries() + " entries, and this one takes " + length
                + " bytes; remove some, or let it evict (sharedstate.maps." + extents.name()
                + ".when-full), or raise sharedstate.maps." + extents.name() + ".max-size and remove the map");
    }

    /** @param needed bytes that room is made for by evicting; 0: without */
    private void compact(int needed) {
        long now = time.getAsLong();
        long evicted = count(ENTRIES_OFFSET);
        Eviction eviction = needed == 0 ? Eviction.OF_NONE : evictionFor(needed, now);
        long expired = rewrite(eviction, epoch() + 1, now);
        evicted -= count(ENTRIES_OFFSET) + expired;
        add(EVICTIONS_OFFSET, eviction == Eviction.OF_NONE ? 0 : evicted);
        add(COMPACTIONS_OFFSET, 1);
    }

    private Eviction evictionFor(int needed, long now) {
        MapExtent extent = extent();
        long epoch = epoch();
        long bytes = 0;
        long entries = 0;
        long[] bytesOf = new long[Eviction.RANKS];
        long[] entriesOf = new long[Eviction.RANKS];
        for (int position = 0; position < extent.slots(); position++) {
            int entry = MapLayout.entry(extent.slot(position));
            if (entry != 0 && extent.holds(entry) && extent.expires(entry) > now) {
                int rank = order.rank(extent, position, entry, epoch, now);
                int length = extent.entryLength(entry);
                bytesOf[rank] += length;
                entriesOf[rank]++;
                bytes += length;
                entries++;
            }
        }
        if (bytes + needed <= maxBytes() && entries < maxEntries()) {
            return Eviction.OF_NONE;
        }
        return Eviction.of(
                bytes - afterEviction(maxBytes()), entries - afterEviction(maxEntries()), bytesOf, entriesOf);
    }

    /** Copies what stays to another extent, and makes that the segment's; returns how many entries had expired. */
    private int rewrite(Eviction eviction, long epoch, long now) {
        MapExtent from = extent();
        long epochBefore = epoch();
        int expired = 0;
        long entries = 0;
        long bytes = 0;
        long earliest = NEVER;
        MapExtent to = extents.claim();
        try {
            VarHandle.releaseFence();
            to.clear(number);
            for (int position = 0; position < from.slots(); position++) {
                long slot = from.slot(position);
                int entry = MapLayout.entry(slot);
                if (entry != 0 && from.holds(entry)) {
                    long expires = from.expires(entry);
                    int length = from.entryLength(entry);
                    if (expires != NEVER && expires <= now) {
                        expired++;
                    } else if (!eviction.takes(order.rank(from, position, entry, epochBefore, now), length)) {
                        to.copy(from, slot, epoch, Math.min(from.age(position, epochBefore) + 1, MapExtent.MAX_AGE));
                        entries++;
                        bytes += length;
                        earliest = Math.min(earliest, expires);
                    }
                }
            }
            to.complete(epoch);
            extents.file().before(to.buffer(), to.base(), layout.extentLength());
            control.putLongRelease(base + DESCRIPTOR_OFFSET, MapLayout.descriptor(epoch, to.number()));
            extents.file().before(control, base + DESCRIPTOR_OFFSET, Long.BYTES);
        } finally {
            extents.release(to);
        }
        setCounts(entries, bytes, entries, earliest);
        add(EXPIRATIONS_OFFSET, expired);
        return expired;
    }

    // counts

    /** Makes the counts anew: they are not right after a death. */
    void count() {
        MapExtent extent = extent();
        long entries = 0;
        long bytes = 0;
        long used = 0;
        long earliest = NEVER;
        for (int position = 0; position < extent.slots(); position++) {
            long slot = extent.slot(position);
            int entry = MapLayout.entry(slot);
            used += slot == 0 ? 0 : 1;
            if (entry != 0 && extent.holds(entry)) {
                entries++;
                bytes += extent.entryLength(entry);
                earliest = Math.min(earliest, extent.expires(entry));
            }
        }
        setCounts(entries, bytes, used, earliest);
    }

    private void setCounts(long entries, long bytes, long used, long earliest) {
        control.putLong(base + ENTRIES_OFFSET, entries);
        control.putLong(base + BYTES_OFFSET, bytes);
        control.putLong(base + USED_OFFSET, used);
        control.putLong(base + EARLIEST_OFFSET, earliest);
    }

    /** One of the counts, by its offset. */
    long count(int offset) {
        return control.getLong(base + offset);
    }

    private void add(int offset, long delta) {
        if (delta != 0) {
            control.putLong(base + offset, control.getLong(base + offset) + delta);
        }
    }

    // after a reboot

    /**
     * Keeps what is whole of what the disk has kept of an extent; returns how many slots it dropped.
     *
     * @param epoch one that was never given
     */
    int verify(long epoch) {
        MapExtent extent = extent();
        long seed = control.getLong(MapLayout.SEED_OFFSET);
        Map<ByteBuffer, Integer> positions = new HashMap<>();
        int dropped = 0;
        for (int position = 0; position < extent.slots(); position++) {
            long slot = extent.slot(position);
            int entry = MapLayout.entry(slot);
            byte[] key = entry != 0 && extent.isWhole(entry) ? extent.key(entry) : null;
            boolean right = key != null && belongs(slot, EncodedKey.of(key, seed)) && extent.expires(entry) > 0;
            if (right) {
                Integer other = positions.put(ByteBuffer.wrap(key), position);
                if (other != null) {
                    // one of the two is from before
                    int otherEntry = MapLayout.entry(extent.slot(other));
                    boolean newer = extent.sequence(entry) > extent.sequence(otherEntry);
                    extent.setSlot(newer ? other : position, TOMBSTONE);
                    positions.put(ByteBuffer.wrap(key), newer ? position : other);
                }
            } else if (entry != 0) {
                extent.setSlot(position, TOMBSTONE);
                dropped++;
            }
        }
        rewrite(Eviction.OF_NONE, epoch, time.getAsLong());
        return dropped;
    }

    private boolean belongs(long slot, EncodedKey key) {
        return MapLayout.isOf(slot, key.hash()) && MapLayout.segment(key.hash(), layout.segments()) == number;
    }

    /** Throws {@link AssertionError} if an invariant doesn't hold; for tests, with nobody writing. */
    void checkInvariants(boolean counted) {
        MapExtent extent = extent();
        long seed = control.getLong(MapLayout.SEED_OFFSET);
        long entries = 0;
        long bytes = 0;
        long used = 0;
        for (int position = 0; position < extent.slots(); position++) {
            long slot = extent.slot(position);
            int entry = MapLayout.entry(slot);
            used += slot == 0 ? 0 : 1;
            if (entry != 0) {
                byte[] bytesOfKey = extent.isWhole(entry) ? extent.key(entry) : null;
                EncodedKey key = bytesOfKey == null ? null : EncodedKey.of(bytesOfKey, seed);
                if (key == null
                        || !belongs(slot, key)
                        || extent.find(key) != ((long) position << 32 | entry)
                        || entry + extent.entryLength(entry) > layout.logOffset() + extent.tail()) {
                    throw new AssertionError("map '" + extents.name() + "': slot " + position + " of segment " + number
                            + " points to " + entry + ", where there is nothing that belongs there");
                }
                entries++;
                bytes += extent.entryLength(entry);
            }
        }
        if (used > maxUsed()
                || (counted
                        && (entries != count(ENTRIES_OFFSET)
                                || bytes != count(BYTES_OFFSET)
                                || used != count(USED_OFFSET)))) {
            throw new AssertionError("map '" + extents.name() + "': segment " + number + " counts "
                    + count(ENTRIES_OFFSET) + " entries, " + count(BYTES_OFFSET) + " bytes, " + count(USED_OFFSET)
                    + " slots, and has " + entries + ", " + bytes + ", " + used);
        }
    }
}
