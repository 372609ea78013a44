package io.sharedstate.mapped;

import static io.sharedstate.mapped.layout.MapLayout.CHECKSUM_OFFSET;
import static io.sharedstate.mapped.layout.MapLayout.EPOCH_OFFSET;
import static io.sharedstate.mapped.layout.MapLayout.EXPIRES_OFFSET;
import static io.sharedstate.mapped.layout.MapLayout.INDEX_OFFSET;
import static io.sharedstate.mapped.layout.MapLayout.KEY_LENGTH_OFFSET;
import static io.sharedstate.mapped.layout.MapLayout.KEY_OFFSET;
import static io.sharedstate.mapped.layout.MapLayout.OWNER_OFFSET;
import static io.sharedstate.mapped.layout.MapLayout.SEGMENT_OFFSET;
import static io.sharedstate.mapped.layout.MapLayout.SEQUENCE_OFFSET;
import static io.sharedstate.mapped.layout.MapLayout.TAIL_OFFSET;
import static io.sharedstate.mapped.layout.MapLayout.VALUE_LENGTH_OFFSET;

import io.sharedstate.mapped.layout.MapLayout;
import java.nio.ByteBuffer;
import org.agrona.concurrent.AtomicBuffer;
import org.jspecify.annotations.Nullable;

/**
 * An extent: an index of slots, and the log that they point into. Where a segment's whole state is at one time; see
 * {@link MapSegment} for who writes what, and when.
 *
 * <p>A reader without the lock may look at an extent that is being filled for another segment. So everything that is read is
 * checked to be within bounds before it is used, and means nothing before the descriptor was found unchanged.
 */
final class MapExtent {

    /** What is found of a key that isn't there, in an index without room for it. */
    private static final long NOWHERE = -1;

    /** How many epochs a reference tells apart. */
    static final int MAX_AGE = 255;

    private final int number;
    private final AtomicBuffer buffer;
    private final int base;
    private final int index;
    private final int references;
    private final int slots;
    private final int log;
    private final int length;

    MapExtent(int number, AtomicBuffer window, MapLayout layout) {
        this.number = number;
        this.buffer = window;
        this.base = layout.extentOffset(number);
        this.index = base + INDEX_OFFSET;
        this.references = base + layout.referencesOffset();
        this.slots = layout.slots();
        this.log = layout.logOffset();
        this.length = layout.extentLength();
    }

    int number() {
        return number;
    }

    AtomicBuffer buffer() {
        return buffer;
    }

    int base() {
        return base;
    }

    // finding

    /**
     * Where a key is: the position of its slot in the upper half, its entry in the lower one. If it isn't there, negative: the
     * complement of the position for it.
     */
    long find(EncodedKey key) {
        return find(key.bytes(), key.hash());
    }

    /** The same, for who makes no object of a key and its hash. */
    long find(byte[] key, long hash) {
        int free = -1;
        int position = MapLayout.home(hash, slots);
        for (int probes = 0; probes < slots; probes++) {
            long slot = slot(position);
            if (slot == 0) {
                return ~(long) (free < 0 ? position : free);
            }
            if (MapLayout.entry(slot) == 0) {
                free = free < 0 ? position : free;
            } else if (MapLayout.isOf(slot, hash) && isOf(MapLayout.entry(slot), key)) {
                return (long) position << 32 | MapLayout.entry(slot);
            }
            position = position + 1 == slots ? 0 : position + 1;
        }
        return free < 0 ? NOWHERE : ~(long) free;
    }

    static int position(long found) {
        return (int) (found < 0 ? ~found : found >>> 32);
    }

    static int entry(long found) {
        return (int) found;
    }

    private boolean isOf(int entry, byte[] key) {
        return isWithin(entry, 0, 0)
                && buffer.getInt(base + entry + KEY_LENGTH_OFFSET) == key.length
                && isWithin(entry, key.length, 0)
                && EncodedKey.isAt(key, buffer, base + entry + KEY_OFFSET);
    }

    private boolean isWithin(int entry, int keyLength, int valueLength) {
        return entry >= log
                && keyLength >= 0
                && valueLength >= 0
                && (long) entry + KEY_OFFSET + keyLength + valueLength <= length;
    }

    // slots

    int slots() {
        return slots;
    }

    long slot(int position) {
        return buffer.getLongAcquire(index + position * Long.BYTES);
    }

    /** The commit of what was appended or is removed. */
    void setSlot(int position, long slot) {
        buffer.putLongRelease(index + position * Long.BYTES, slot);
    }

    int slotOffset(int position) {
        return index + position * Long.BYTES;
    }

    /** Whether the log and a slot, if it takes a new one, have room for an entry. */
    boolean hasRoom(int entryLength) {
        return log + tail() + entryLength <= length;
    }

    /** How many epochs ago an entry was used last, at most {@link #MAX_AGE}. */
    int age(int position, long epoch) {
        return (int) (epoch - buffer.getByte(references + position)) & 0xff;
    }

    void setAge(int position, long epoch, int age) {
        byte reference = (byte) (epoch - age);
        if (buffer.getByte(references + position) != reference) {
            buffer.putByte(references + position, reference);
        }
    }

    // entries

    /** Whether a slot points to something that can be read. */
    boolean holds(int entry) {
        return isWithin(entry, 0, 0) && isWithin(entry, keyLength(entry), valueLength(entry));
    }

    private int keyLength(int entry) {
        return buffer.getInt(base + entry + KEY_LENGTH_OFFSET);
    }

    private int valueLength(int entry) {
        return buffer.getInt(base + entry + VALUE_LENGTH_OFFSET);
    }

    int entryLength(int entry) {
        return MapLayout.entryLength(keyLength(entry), valueLength(entry));
    }

    long sequence(int entry) {
        return buffer.getLong(base + entry + SEQUENCE_OFFSET);
    }

    long expires(int entry) {
        return buffer.getLongOpaque(base + entry + EXPIRES_OFFSET);
    }

    /** A change of one word, and so its own commit. */
    void setExpires(int entry, long expires) {
        buffer.putLongRelease(base + entry + EXPIRES_OFFSET, expires);
    }

    int expiresOffset(int entry) {
        return base + entry + EXPIRES_OFFSET;
    }

    byte @Nullable [] key(int entry) {
        int keyLength = keyLength(entry);
        return isWithin(entry, keyLength, 0) ? copy(entry + KEY_OFFSET, keyLength) : null;
    }

    /** A copy of an entry's value; null if it can't be one. */
    byte @Nullable [] value(int entry) {
        int keyLength = keyLength(entry);
        int valueLength = valueLength(entry);
        return isWithin(entry, keyLength, valueLength) ? copy(entry + KEY_OFFSET + keyLength, valueLength) : null;
    }

    private byte[] copy(int from, int count) {
        byte[] bytes = new byte[count];
        buffer.getBytes(base + from, bytes);
        return bytes;
    }

    /** Copies an entry's value behind a buffer's position, and sets its limit; returns whether there was room for it. */
    boolean value(int entry, ByteBuffer into) {
        int keyLength = keyLength(entry);
        int valueLength = valueLength(entry);
        if (!isWithin(entry, keyLength, valueLength) || valueLength > into.capacity() - into.position()) {
            return false;
        }
        into.limit(into.position() + valueLength);
        buffer.getBytes(base + entry + KEY_OFFSET + keyLength, into, into.position(), valueLength);
        return true;
    }

    /** Whether an entry is what was once written. */
    boolean isWhole(int entry) {
        byte[] key = holds(entry) ? key(entry) : null;
        byte[] value = key == null ? null : value(entry);
        return key != null
                && value != null
                && buffer.getInt(base + entry + CHECKSUM_OFFSET) == EntryChecksum.of(sequence(entry), key, value);
    }

    // filling

    int owner() {
        return base + OWNER_OFFSET;
    }

    /** The segment that it was filled for last, or its first one. */
    int segment() {
        long filledFor = buffer.getLongAcquire(base + SEGMENT_OFFSET);
        return filledFor == 0 ? number : (int) filledFor - 1;
    }

    long epoch() {
        return buffer.getLongAcquire(base + EPOCH_OFFSET);
    }

    int tail() {
        return (int) buffer.getLong(base + TAIL_OFFSET);
    }

    private void setTail(int tail) {
        buffer.putLong(base + TAIL_OFFSET, tail);
    }

    /** Begins to fill it for another segment. */
    void clear(int segment) {
        buffer.putLong(base + EPOCH_OFFSET, 0);
        buffer.putLong(base + SEGMENT_OFFSET, segment + 1L);
        buffer.setMemory(index, log - INDEX_OFFSET, (byte) 0);
        setTail(0);
    }

    /** Says that all is there that it is to begin with. */
    void complete(long epoch) {
        buffer.putLongRelease(base + EPOCH_OFFSET, epoch);
    }

    /** Appends an entry to the log, which has room for it; nobody sees it yet. */
    int append(EncodedKey key, byte[] value, long epoch, long expires) {
        int entry = log + tail();
        int at = base + entry;
        int keyLength = key.bytes().length;
        long sequence = MapLayout.sequence(epoch, entry);
        buffer.putLong(at + SEQUENCE_OFFSET, sequence);
        buffer.putLong(at + EXPIRES_OFFSET, expires);
        buffer.putInt(at + KEY_LENGTH_OFFSET, keyLength);
        buffer.putInt(at + VALUE_LENGTH_OFFSET, value.length);
        buffer.putInt(at + CHECKSUM_OFFSET, EntryChecksum.of(sequence, key.bytes(), value));
        buffer.putBytes(at + KEY_OFFSET, key.bytes());
        buffer.putBytes(at + KEY_OFFSET + keyLength, value);
        setTail(tail() + MapLayout.entryLength(keyLength, value.length));
        return entry;
    }

    /** Copies an entry of another extent to this one, which nobody else sees yet. */
    void copy(MapExtent from, long slot, long epoch, int age) {
        int source = MapLayout.entry(slot);
        int entryLength = from.entryLength(source);
        int entry = log + tail();
        buffer.putBytes(base + entry, from.buffer, from.base + source, entryLength);
        setTail(tail() + entryLength);
        int position = MapLayout.home(slot, slots);
        while (slot(position) != 0) {
            position = position + 1 == slots ? 0 : position + 1;
        }
        setAge(position, epoch, age);
        setSlot(position, MapLayout.slot(slot, entry));
    }
}
