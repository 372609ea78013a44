package io.sharedstate.mapped;

import io.sharedstate.MapStatistics;
import io.sharedstate.mapped.Eviction.Order;
import io.sharedstate.mapped.layout.FileHeader;
import io.sharedstate.mapped.layout.MapLayout;
import java.lang.invoke.VarHandle;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.agrona.concurrent.AtomicBuffer;
import org.jspecify.annotations.Nullable;

/** The segments of one map with their locks, whatever types its entries are read as: one for each file, as two would be two gates. */
final class MapFile {

    private static final int ATTEMPTS = 64;

    /** Makes something of an entry, or of what may be one. */
    interface Copier<A, R> {
        @Nullable
        R copy(MapExtent extent, int entry, A argument);
    }

    /** An entry, encoded. */
    @SuppressWarnings("ArrayRecordComponent")
    record Encoded(byte[] key, byte[] value) {}

    private final Segment file;
    private final LongSupplier time;
    private final MapLayout layout;
    private final long seed;
    private final int cell;
    private final MapExtents extents;
    private final MapSegment[] segments;
    private final MappedLock[] locks;
    /** Threads that are inside a function of a caller's, with a segment's lock held. */
    private final Set<Thread> computing = ConcurrentHashMap.newKeySet();

    /**
     * @param time by which entries expire
     * @param order in which they make room for others
     * @param locks makes the lock of each segment
     */
    MapFile(Segment file, Membership members, LongSupplier time, Order order, IntFunction<MappedLock> locks) {
        this.file = file;
        this.time = time;
        this.extents = new MapExtents(file, members);
        this.layout = extents.layout();
        this.seed = file.buffer().getLong(MapLayout.SEED_OFFSET);
        this.cell = layout.cellOffset(members.self().ordinal());
        this.segments = new MapSegment[layout.segments()];
        this.locks = new MappedLock[segments.length];
        for (int i = 0; i < segments.length; i++) {
            MapSegment segment = new MapSegment(i, extents, time, order);
            segments[i] = segment;
            this.locks[i] = locks.apply(i);
            this.locks[i].onAbandoned(segment::count);
        }
    }

    Segment file() {
        return file;
    }

    int maxEntry() {
        return layout.maxEntry();
    }

    int segments() {
        return segments.length;
    }

    /** By which entries expire. */
    long now() {
        return time.getAsLong();
    }

    EncodedKey key(byte[] bytes) {
        return EncodedKey.of(bytes, seed);
    }

    private int segment(long hash) {
        return MapLayout.segment(hash, segments.length);
    }

    // reading, without a lock

    /**
     * What a copier makes of a key's entry; null if there is none.
     *
     * @param used whether that counts as a use of the entry
     */
    <A, R> @Nullable R read(byte[] key, A argument, Copier<A, R> copier, boolean used) {
        long hash = EncodedKey.hash(key, seed);
        int number = segment(hash);
        MapSegment segment = segments[number];
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long descriptor = segment.descriptor();
            MapExtent extent = extents.named(descriptor);
            long found = extent.find(key, hash);
            R copy = null;
            if (found >= 0 && isAlive(extent, MapExtent.entry(found))) {
                copy = copier.copy(extent, MapExtent.entry(found), argument);
                if (used) {
                    extent.setAge(MapExtent.position(found), MapLayout.epoch(descriptor), 0);
                }
            }
            VarHandle.acquireFence();
            if (segment.descriptor() == descriptor) {
                return copy;
            }
            if (computing.contains(Thread.currentThread())) {
                attempt = 0; // it must not wait for another segment's lock
            }
        }
        locks[number].lock();
        try {
            MapExtent extent = extents.named(segment.descriptor());
            long found = extent.find(key, hash);
            return found >= 0 && isAlive(extent, MapExtent.entry(found))
                    ? copier.copy(extent, MapExtent.entry(found), argument)
                    : null;
        } finally {
            locks[number].unlock();
        }
    }

    private boolean isAlive(MapExtent extent, int entry) {
        long expires = extent.expires(entry);
        return expires == MapLayout.NEVER || expires > now();
    }

    /** Counts what a read has come to. */
    void count(boolean hit) {
        file.buffer().getAndAddLong(cell + (hit ? MapLayout.HITS_OFFSET : MapLayout.MISSES_OFFSET), 1);
    }

    /** The entries of one segment, at one moment. */
    List<Encoded> entries(int number) {
        MapSegment segment = segments[number];
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long descriptor = segment.descriptor();
            List<Encoded> entries = entries(extents.named(descriptor));
            VarHandle.acquireFence();
            if (segment.descriptor() == descriptor) {
                return entries;
            }
            if (computing.contains(Thread.currentThread())) {
                attempt = 0;
            }
        }
        locks[number].lock();
        try {
            return entries(extents.named(segment.descriptor()));
        } finally {
            locks[number].unlock();
        }
    }

    private List<Encoded> entries(MapExtent extent) {
        List<Encoded> entries = new ArrayList<>();
        for (int position = 0; position < extent.slots(); position++) {
            int entry = MapLayout.entry(extent.slot(position));
            if (entry != 0 && extent.holds(entry) && isAlive(extent, entry)) {
                byte[] key = extent.key(entry);
                byte[] value = extent.value(entry);
                if (key != null && value != null) {
                    entries.add(new Encoded(key, value));
                }
            }
        }
        return entries;
    }

    // changing, with a lock

    /** What is done with a segment's lock held. */
    interface Change<R> {
        @Nullable
        R apply(MapSegment segment);
    }

    /** Makes a change; returns null without making it if the map was removed. */
    <R> @Nullable Done<R> change(EncodedKey key, Change<R> change) {
        return change(segment(key.hash()), change);
    }

    /** That a change was made, and what came of it. */
    record Done<R>(@Nullable R result) {}

    <R> @Nullable Done<R> change(int number, Change<R> change) {
        requireNotComputing();
        locks[number].lock();
        try {
            return file.isRemoved() ? null : new Done<>(change.apply(segments[number]));
        } finally {
            locks[number].unlock();
        }
    }

    /** Runs a function of a caller's, who holds a segment's lock, so that it can't change this map. */
    <R> R computing(Supplier<R> function) {
        Thread thread = Thread.currentThread();
        computing.add(thread);
        try {
            return function.get();
        } finally {
            computing.remove(thread);
        }
    }

    private void requireNotComputing() {
        if (!computing.isEmpty() && computing.contains(Thread.currentThread())) {
            throw new IllegalStateException("map '" + extents.name()
                    + "' can't be changed by a function that one of its own methods (compute, merge, ...) has called: it"
                    + " could wait for itself; return the new value, or change the map afterwards");
        }
    }

    // the map as a whole

    MappedLock[] locks() {
        return locks;
    }

    long size() {
        return sum(MapLayout.ENTRIES_OFFSET);
    }

    private long sum(int offset) {
        long sum = 0;
        for (MapSegment segment : segments) {
            sum += segment.count(offset);
        }
        return sum;
    }

    MapStatistics statistics() {
        AtomicBuffer buffer = file.buffer();
        long hits = 0;
        long misses = 0;
        for (int ordinal = 0; ordinal < layout.cells(); ordinal++) {
            hits += buffer.getLongVolatile(layout.cellOffset(ordinal) + MapLayout.HITS_OFFSET);
            misses += buffer.getLongVolatile(layout.cellOffset(ordinal) + MapLayout.MISSES_OFFSET);
        }
        return new MapStatistics(
                size(),
                sum(MapLayout.BYTES_OFFSET),
                MapSegment.maxBytes(layout) * segments.length,
                hits,
                misses,
                sum(MapLayout.EVICTIONS_OFFSET),
                sum(MapLayout.EXPIRATIONS_OFFSET),
                sum(MapLayout.COMPACTIONS_OFFSET));
    }

    /** Writes what is not zero in a new file, after its header. */
    static void initialize(AtomicBuffer buffer, MapLayout layout) {
        buffer.putLong(MapLayout.SEED_OFFSET, new SecureRandom().nextLong());
        for (int number = 0; number < layout.segments(); number++) {
            int segment = layout.segmentOffset(number);
            buffer.putLong(segment + MapLayout.DESCRIPTOR_OFFSET, MapLayout.descriptor(0, number));
            buffer.putLong(segment + MapLayout.EARLIEST_OFFSET, MapLayout.NEVER);
        }
    }

    static MapLayout layout(Segment file) {
        return new MapLayout(file.buffer().getLong(FileHeader.PARAMETER_0_OFFSET), (int)
                file.buffer().getLong(FileHeader.PARAMETER_1_OFFSET));
    }

    /** What is wrong with the numbers in a map's header, or null. */
    static @Nullable String damage(Segment file) {
        long size = file.buffer().getLong(FileHeader.PARAMETER_0_OFFSET);
        long cells = file.buffer().getLong(FileHeader.PARAMETER_1_OFFSET);
        boolean possible = size >= MapLayout.MIN_SIZE && size <= MapLayout.MAX_SIZE && cells > 0 && cells <= 1024;
        return possible && new MapLayout(size, (int) cells).fileLength() == file.length()
                ? null
                : "has " + file.length() + " bytes for a map of " + size + " bytes and " + cells + " members";
    }

    List<Check> checks() {
        List<Check> checks = new ArrayList<>(List.of(new Check(file.path(), extents::checkInvariants)));
        for (int i = 0; i < segments.length; i++) {
            int number = i;
            checks.add(new Check(file.path() + ", segment " + number, () -> checkInvariants(number)));
        }
        return checks;
    }

    private void checkInvariants(int number) {
        MappedLock lock = locks[number];
        lock.checkInvariants();
        segments[number].checkInvariants(
                lock.status().holder() == null && !lock.status().abandoned());
    }
}
