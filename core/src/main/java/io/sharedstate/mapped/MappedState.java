package io.sharedstate.mapped;

import io.sharedstate.Codec;
import io.sharedstate.FormatException;
import io.sharedstate.Kind;
import io.sharedstate.MapOptions;
import io.sharedstate.MapStatistics;
import io.sharedstate.Members;
import io.sharedstate.RateLimit;
import io.sharedstate.SharedAdder;
import io.sharedstate.SharedCounter;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedRateLimiter;
import io.sharedstate.SharedRegion;
import io.sharedstate.SharedState;
import io.sharedstate.SharedStateEvent;
import io.sharedstate.SharedValue;
import io.sharedstate.mapped.NameTable.Slot;
import io.sharedstate.mapped.layout.FileHeader;
import io.sharedstate.mapped.layout.FileHeader.Content;
import io.sharedstate.mapped.layout.FileType;
import io.sharedstate.mapped.layout.MapLayout;
import io.sharedstate.mapped.layout.NamedLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.agrona.concurrent.AtomicBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A member of a state directory, and everything it has opened in it. */
final class MappedState implements SharedState {

    private static final Logger LOG = LoggerFactory.getLogger(SharedState.class);

    private static final Pattern FORMAT = Pattern.compile("[ -~]{0," + FileHeader.FORMAT_LENGTH + "}");
    private static final long TICK_MS = 250;
    private static final long CLOSE_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long REMOVAL_NS = TimeUnit.SECONDS.toNanos(1);

    /** An object and the slot that it works on. */
    private record InSlot<T>(T object, Slot slot) {}

    /** The values of a name differ by what they make of its bytes. */
    private record ValueKey(String name, Object typeOrCodec) {}

    private record RateLimiterKey(String name, RateLimit limit) {}
    /** The maps of a name differ by that, and by how they are used. */
    private record MapKey(String name, Object keyTypeOrCodec, Object valueTypeOrCodec, MapOptions options) {}

    private final String engine;
    private final Storage storage;
    private final Segments segments;
    private final Membership members;
    private final NameTable counterTable;
    private final NameTable lockTable;
    private final NameTable rateLimiterTable;
    private final Codecs codecs;
    private final SteadyClock steadyClock;
    private final CoarseClock clock = new CoarseClock();
    private final Events events = new Events();
    private final Watch watch = new Watch();
    private final Map<String, InSlot<MappedCounter>> counters = new ConcurrentHashMap<>();
    private final Map<String, InSlot<MappedLock>> locks = new ConcurrentHashMap<>();
    private final Map<String, MappedAdder> adders = new ConcurrentHashMap<>();
    private final Map<ValueKey, MappedValue<?>> values = new ConcurrentHashMap<>();
    private final Map<String, MappedRegion> regions = new ConcurrentHashMap<>();
    private final Map<RateLimiterKey, MappedRateLimiter> rateLimiters = new ConcurrentHashMap<>();
    private final Map<MapKey, MappedMap<?, ?>> maps = new ConcurrentHashMap<>();
    private final Map<Segment, MapFile> mapFiles = new ConcurrentHashMap<>();
    private final Map<Segment, MappedLock> innerLocks = new ConcurrentHashMap<>();
    /** Also those of removed names that somebody still holds on to, and may hold. */
    private final Set<MappedLock> everyInnerLock =
            Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    MappedState(
            String engine,
            Segments segments,
            Membership members,
            NameTable counterTable,
            NameTable lockTable,
            NameTable rateLimiterTable,
            Codecs codecs,
            SteadyClock steadyClock) {
        this.engine = engine;
        this.storage = segments.storage();
        this.segments = segments;
        this.members = members;
        this.counterTable = counterTable;
        this.lockTable = lockTable;
        this.rateLimiterTable = rateLimiterTable;
        this.codecs = codecs;
        this.steadyClock = steadyClock;
        watch.every(TICK_MS, () -> {
            clock.tick();
            members.poll(events::publish);
            forgetRemoved();
        });
    }

    /** What was removed, by whoever, stays only with those who still hold on to it. */
    private void forgetRemoved() {
        segments.forgetRemoved();
        innerLocks.keySet().removeIf(Segment::isRemoved);
        adders.values().removeIf(adder -> !adder.exists());
        values.values().removeIf(value -> !value.exists());
        regions.values().removeIf(region -> !region.exists());
        rateLimiters.values().removeIf(limiter -> !limiter.exists());
        maps.values().removeIf(map -> !map.exists());
        mapFiles.keySet().removeIf(Segment::isRemoved);
    }

    /** Forces everything to the disk again and again. */
    void flushEvery(long periodMs) {
        watch.every(periodMs, () -> segments.opened().forEach(Segment::force));
    }

    // counters, locks and rate limiters: slots

    @Override
    public SharedCounter counter(String name, long initial) {
        requireUsable(Kind.COUNTER, name);
        InSlot<MappedCounter> known = counters.get(name);
        if (known == null || !known.slot().isUsed()) {
            Slot slot = counterTable.findOrCreate(name, created -> MappedCounter.initialize(created, initial));
            known = counters.computeIfAbsent(name, absent -> new InSlot<>(MappedCounter.of(name, slot, members), slot));
        }
        return known.object();
    }

    @Override
    public SharedLock lock(String name) {
        requireUsable(Kind.LOCK, name);
        return joinLock(name);
    }

    private MappedLock joinLock(String name) {
        InSlot<MappedLock> known = locks.get(name);
        if (known == null || !known.slot().isUsed()) {
            Slot slot = lockTable.findOrCreate(name, MappedLock::initialize);
            known = locks.computeIfAbsent(name, absent -> new InSlot<>(lockIn(name, slot), slot));
        }
        return known.object();
    }

    private MappedLock lockIn(String name, Slot slot) {
        return new MappedLock(name, slot.segment(), slot.offset(), slot.number() + 1L, members, events, clock);
    }

    /** The lock within a value or region: one for each file, as two would be two gates. */
    private MappedLock innerLock(Segment segment) {
        return innerLocks.computeIfAbsent(segment, absent -> innerLock(segment, "", NamedLayout.LOCK_OFFSET, 0));
    }

    @Override
    public SharedRateLimiter rateLimiter(String name, RateLimit limit) {
        requireUsable(Kind.RATE_LIMITER, name);
        RateLimiterKey key = new RateLimiterKey(name, limit);
        MappedRateLimiter known = rateLimiters.get(key);
        if (known == null || !known.exists()) {
            Slot slot = rateLimiterTable.findOrCreate(
                    name, created -> MappedRateLimiter.initialize(created, steadyClock.nanos()));
            known = rateLimiters.computeIfAbsent(
                    key, absent -> new MappedRateLimiter(name, limit, slot, members, steadyClock));
        }
        return known;
    }

    private MappedLock innerLock(Segment segment, String suffix, int offset, int number) {
        long identity = ((segment.path().hashCode() + number) & 0xffff_ffffL) | 1L << 47;
        String path = segment.path();
        String name = path.substring(0, path.length() - Segments.SUFFIX.length()) + suffix;
        MappedLock lock = new MappedLock(name, segment, offset, identity, members, events, clock);
        everyInnerLock.add(lock);
        return lock;
    }

    // adders, values, regions and maps: files

    @Override
    public SharedAdder adder(String name) {
        requireUsable(Kind.ADDER, name);
        MappedAdder known = adders.get(name);
        if (known != null) {
            return known;
        }
        int cells = members.capacity();
        NamedFile file = new NamedFile(
                name,
                () -> openOrCreate(
                        Kind.ADDER,
                        NamedLayout.adderFileLength(cells),
                        new Content(FileType.ADDER, cells, 0, name, "")));
        return adders.computeIfAbsent(name, absent -> new MappedAdder(file, members));
    }

    @Override
    public <T> SharedValue<T> value(String name, Class<T> type, int maxSize) {
        return value(name, type, codecs.codec(type), maxSize);
    }

    @Override
    public <T> SharedValue<T> value(String name, Codec<T> codec, int maxSize) {
        return value(name, codec, codec, maxSize);
    }

    @SuppressWarnings("unchecked")
    private <T> SharedValue<T> value(String name, Object typeOrCodec, Codec<T> codec, int maxSize) {
        requireUsable(Kind.VALUE, name);
        requireSize(Kind.VALUE, name, maxSize, NamedLayout.valueFileLength(1) - NamedLayout.CONTENT_OFFSET);
        ValueKey key = new ValueKey(name, typeOrCodec);
        MappedValue<?> known = values.get(key);
        if (known == null) {
            Content content = new Content(FileType.VALUE, maxSize, 0, name, format(codec));
            NamedFile file =
                    new NamedFile(name, () -> openOrCreate(Kind.VALUE, NamedLayout.valueFileLength(maxSize), content));
            MappedValue<T> value = new MappedValue<>(name, codec, file, members, this::lockOfValue);
            known = values.computeIfAbsent(key, absent -> value);
        }
        // the same name and type were asked for when it was made
        return (SharedValue<T>) known;
    }

    private static String format(Codec<?> codec) {
        String format = codec.format();
        if (!FORMAT.matcher(format).matches()) {
            throw new IllegalArgumentException("codec " + codec + " has format '" + format + "'; a format has at most "
                    + FileHeader.FORMAT_LENGTH + " printable ASCII characters");
        }
        return format;
    }

    /** A value needs no repair: what its lock guards is whole at every moment. */
    private MappedLock lockOfValue(Segment segment) {
        MappedLock lock = innerLock(segment);
        lock.onAbandoned(() -> {});
        return lock;
    }

    @Override
    public SharedRegion region(String name, int size) {
        requireUsable(Kind.REGION, name);
        requireSize(Kind.REGION, name, size, 1);
        MappedRegion known = regions.get(name);
        if (known != null && known.exists()) {
            return known;
        }
        int aligned = (size + Long.BYTES - 1) & -Long.BYTES;
        Segment segment = openOrCreate(
                Kind.REGION, NamedLayout.regionFileLength(aligned), new Content(FileType.REGION, aligned, 0, name, ""));
        return regions.compute(
                name,
                (key, before) -> before != null && before.exists()
                        ? before
                        : new MappedRegion(name, segment, innerLock(segment), members));
    }

    @Override
    public <K, V> SharedMap<K, V> map(String name, Class<K> keyType, Class<V> valueType, MapOptions options) {
        return map(new MapKey(name, keyType, valueType, options), codecs.codec(keyType), codecs.codec(valueType));
    }

    @Override
    public <K, V> SharedMap<K, V> map(String name, Codec<K> keyCodec, Codec<V> valueCodec, MapOptions options) {
        return map(new MapKey(name, keyCodec, valueCodec, options), keyCodec, valueCodec);
    }

    @SuppressWarnings("unchecked")
    private <K, V> SharedMap<K, V> map(MapKey key, Codec<K> keys, Codec<V> values) {
        requireUsable(Kind.MAP, key.name());
        MappedMap<?, ?> known = maps.get(key);
        if (known == null) {
            MapLayout layout = new MapLayout(key.options().maxSize(), members.capacity());
            Content content = new Content(
                    FileType.MAP, key.options().maxSize(), layout.cells(), key.name(), format(values), format(keys));
            NamedFile file = new NamedFile(
                    key.name(),
                    () -> openOrCreate(
                            Kind.MAP, layout.fileLength(), content, buffer -> MapFile.initialize(buffer, layout)));
            MappedMap<K, V> map = new MappedMap<>(file, keys, values, key.options(), members, this::mapFile);
            known = maps.computeIfAbsent(key, absent -> map);
        }
        // the same name and types were asked for when it was made
        return (SharedMap<K, V>) known;
    }

    @Override
    public Optional<MapStatistics> mapStatistics(String name) {
        requireUsable(Kind.MAP, name);
        Segment segment = segments.open(path(Kind.MAP, name), FileType.MAP);
        return segment == null ? Optional.empty() : Optional.of(mapFile(segment).statistics());
    }

    private MapFile mapFile(Segment segment) {
        return mapFiles.computeIfAbsent(segment, absent -> {
            Segments.requireWhole(storage, segment, MapFile.damage(segment));
            MapLayout layout = MapFile.layout(segment);
            return new MapFile(
                    segment,
                    members,
                    steadyClock,
                    number -> innerLock(
                            segment, "#" + number, layout.segmentOffset(number) + MapLayout.LOCK_OFFSET, number));
        });
    }

    private static void requireSize(Kind kind, String name, int size, long unit) {
        long most = (FileHeader.WINDOW_LENGTH - 4096) / (kind == Kind.VALUE ? NamedLayout.BUFFERS : 1) - unit;
        if (size < 1 || size > most) {
            throw new IllegalArgumentException(
                    kind.label() + " '" + name + "' of " + size + " bytes: expected 1 to " + most);
        }
    }

    private Segment openOrCreate(Kind kind, long length, Content content) {
        return openOrCreate(kind, length, content, buffer -> {});
    }

    private Segment openOrCreate(Kind kind, long length, Content content, Consumer<AtomicBuffer> initializer) {
        String path = path(kind, content.name());
        Segment found = segments.open(path, content.type());
        if (found == null) {
            members.requireOpen();
            storage.lockCreation();
            try {
                found = segments.open(path, content.type());
                if (found == null) {
                    return segments.create(path, length, content, initializer);
                }
            } finally {
                storage.unlockCreation();
            }
        }
        compare(kind, content, FileHeader.content(found.buffer(), content.type()));
        return found;
    }

    private static void compare(Kind kind, Content wanted, Content found) {
        String what = kind.label() + " '" + wanted.name() + "'";
        if (!found.name().equals(wanted.name())) {
            throw new FormatException(what + ": its file is that of '" + found.name() + "'");
        }
        requireFormat(what + " holds", found.format(), wanted.format());
        requireFormat(what + " has keys of", found.keyFormat(), wanted.keyFormat());
        if (found.parameter0() != wanted.parameter0()) {
            LOG.warn(
                    "{} exists with {} {}, asked for with {}: what exists stands; to change it, remove it"
                            + " (SharedState.remove) and ask again, or use another name",
                    what,
                    kind == Kind.ADDER ? "cells:" : "bytes:",
                    found.parameter0(),
                    wanted.parameter0());
        }
    }

    private static void requireFormat(String what, String found, String wanted) {
        if (!found.equals(wanted)) {
            throw new FormatException(
                    what + " '" + found + "', asked for as '" + wanted
                            + "'; ask for it with the type or codec that it was created with, or remove it, or use another name");
        }
    }

    private static String path(Kind kind, String name) {
        return kind.label() + "s/" + name + Segments.SUFFIX;
    }

    // names

    @Override
    public List<String> names(Kind kind) {
        members.requireOpen();
        return switch (kind) {
            case COUNTER -> counterTable.names();
            case LOCK -> lockTable.names();
            case RATE_LIMITER -> rateLimiterTable.names();
            case ADDER, VALUE, REGION, MAP -> {
                FileType type = FileType.valueOf(kind.name());
                yield storage.list(kind.label() + "s").stream()
                        .map(file -> file.substring(0, file.length() - Segments.SUFFIX.length()))
                        .filter(name -> exists(path(kind, name), type))
                        .toList();
            }
        };
    }

    private boolean exists(String path, FileType type) {
        try {
            return segments.open(path, type) != null;
        } catch (FormatException e) {
            return true; // damaged, which who asks for it is told
        }
    }

    @Override
    public boolean remove(Kind kind, String name) {
        requireUsable(kind, name);
        return switch (kind) {
            case COUNTER -> counterTable.remove(name);
            case LOCK -> removeLock(name);
            case RATE_LIMITER -> rateLimiterTable.remove(name);
            case ADDER -> removeFile(kind, name);
            case VALUE, REGION -> {
                Segment segment = segments.open(path(kind, name), FileType.valueOf(kind.name()));
                yield segment != null && whileHeld(kind, name, innerLock(segment), () -> removeFile(kind, name));
            }
            case MAP -> {
                Segment segment = segments.open(path(kind, name), FileType.MAP);
                yield segment != null && removeMap(name, mapFile(segment).locks(), 0);
            }
        };
    }

    private boolean removeLock(String name) {
        return lockTable.find(name) != null && whileHeld(Kind.LOCK, name, joinLock(name), () -> lockTable.remove(name));
    }

    /** Holds the locks of all segments, from this one on, so that nothing is written to a map that is no longer there. */
    private boolean removeMap(String name, MappedLock[] locks, int from) {
        return from == locks.length
                ? removeFile(Kind.MAP, name)
                : whileHeld(Kind.MAP, name, locks[from], () -> removeMap(name, locks, from + 1));
    }

    private interface Removal {
        boolean run();
    }

    private static boolean whileHeld(Kind kind, String name, MappedLock lock, Removal removal) {
        if (lock.isHeldByCurrentThread() || !lockForRemoval(lock)) {
            throw new IllegalStateException(kind.label() + " '" + name + "' is locked ("
                    + lock.status().holder() + "); remove it when nobody holds the lock");
        }
        try {
            return removal.run();
        } finally {
            lock.unlock();
        }
    }

    /** A value's lock is held for a moment by everyone who changes it. An interrupt is kept for later. */
    private static boolean lockForRemoval(MappedLock lock) {
        long deadline = System.nanoTime() + REMOVAL_NS;
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return lock.tryLock(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean removeFile(Kind kind, String name) {
        String path = path(kind, name);
        storage.lockCreation();
        try {
            Segment segment = segments.open(path, FileType.valueOf(kind.name()));
            if (segment == null) {
                return false;
            }
            segment.buffer().putLongRelease(NamedLayout.REMOVED_OFFSET, 1);
            segment.written(NamedLayout.REMOVED_OFFSET, Long.BYTES);
            storage.delete(path);
            return true;
        } finally {
            storage.unlockCreation();
        }
    }

    private void requireUsable(Kind kind, String name) {
        Names.requireLegal(kind, name);
        members.requireOpen();
    }

    // the state as a whole

    @Override
    public Members members() {
        return members;
    }

    @Override
    public void addListener(Consumer<? super SharedStateEvent> listener) {
        events.add(listener);
    }

    @Override
    public String engine() {
        return engine;
    }

    @Override
    public String location() {
        return storage.location();
    }

    @Override
    public long size() {
        return storage.size();
    }

    @Override
    public List<String> problems() {
        return storage.problems(segments.opened());
    }

    @Override
    public void close() {
        if (members.isClosed()) {
            return;
        }
        for (MappedLock lock : allLocks()) {
            if (lock.isHeldByCurrentThread()) {
                throw new IllegalStateException(
                        "lock '" + lock.name() + "' is held by this thread; unlock it, then close");
            }
        }
        members.close();
        endThreads();
        long deadline = System.nanoTime() + CLOSE_NS;
        List<String> held = new ArrayList<>();
        for (MappedLock lock : allLocks()) {
            if (!lock.awaitFree(deadline - System.nanoTime())) {
                held.add(lock.name());
            }
        }
        if (held.isEmpty()) {
            members.leave();
        } else {
            LOG.warn(
                    "closed with locks still held: {}; member {} stays in {} until this process ends, and the locks are then"
                            + " found abandoned",
                    held,
                    members.self().ordinal(),
                    location());
        }
    }

    private List<MappedLock> allLocks() {
        List<MappedLock> all;
        synchronized (everyInnerLock) {
            all = new ArrayList<>(everyInnerLock);
        }
        locks.values().forEach(lock -> all.add(lock.object()));
        return all;
    }

    /** Ends this member's own threads. */
    void endThreads() {
        watch.close();
        events.close();
    }

    @Override
    public String toString() {
        return "SharedState " + engine + " at " + location();
    }

    /** Throws {@link AssertionError} if an invariant doesn't hold; for tests. */
    void checkInvariants() {
        members.checkInvariants();
        counterTable.checkInvariants();
        lockTable.checkInvariants();
        rateLimiterTable.checkInvariants();
        locks.values().forEach(lock -> lock.object().checkInvariants());
        values.values().forEach(MappedValue::checkInvariants);
        mapFiles.forEach((file, map) -> {
            if (!file.isRemoved()) {
                map.checkInvariants();
            }
        });
    }
}
