package io.sharedstate.mapped;

import io.sharedstate.Codec;
import io.sharedstate.Kind;
import io.sharedstate.MapOptions;
import io.sharedstate.MapStatistics;
import io.sharedstate.Members;
import io.sharedstate.QueueOptions;
import io.sharedstate.QueueStatistics;
import io.sharedstate.RateLimit;
import io.sharedstate.SemaphoreStatus;
import io.sharedstate.SharedAdder;
import io.sharedstate.SharedCounter;
import io.sharedstate.SharedKeyedRateLimiter;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedQueue;
import io.sharedstate.SharedRateLimiter;
import io.sharedstate.SharedRegion;
import io.sharedstate.SharedSemaphore;
import io.sharedstate.SharedState;
import io.sharedstate.SharedStateEvent;
import io.sharedstate.SharedTopic;
import io.sharedstate.SharedValue;
import io.sharedstate.TopicOptions;
import io.sharedstate.TopicStatistics;
import io.sharedstate.engine.Codecs;
import io.sharedstate.engine.Events;
import io.sharedstate.engine.Names;
import io.sharedstate.engine.Watch;
import io.sharedstate.mapped.layout.TableLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A member of a state directory, and everything it has opened in it. */
final class MappedState implements SharedState {

    private static final Logger LOG = LoggerFactory.getLogger(SharedState.class);

    private static final long TICK_MS = 250;
    private static final long CLOSE_NS = TimeUnit.SECONDS.toNanos(10);

    /** How many names there may be of what has slots in tables. */
    record Limits(int counters, int locks, int rateLimiters) {}

    private final String engine;
    private final Storage storage;
    private final Segments segments;
    private final Membership members;
    private final Codecs codecs;
    private final Events events = new Events();
    private final Watch watch = new Watch();
    /** Of its own: a slow disk doesn't make a member look hung. */
    private final Watch flushing = new Watch();

    private final Locks allLocks;
    private final NamedCounters counters;
    private final NamedAdders adders;
    private final NamedLocks locks;
    private final NamedValues values;
    private final NamedRegions regions;
    private final NamedMaps maps;
    private final NamedRateLimiters rateLimiters;
    private final NamedKeyedRateLimiters keyedRateLimiters;
    private final NamedQueues queues;
    private final NamedSemaphores semaphores;
    private final NamedTopics topics;

    /** The creation lock is held, unless it is only looked at. */
    MappedState(String engine, Segments segments, Membership members, Codecs codecs, SteadyClock clock, Limits limits) {
        CoarseClock coarseClock = new CoarseClock();
        this.engine = engine;
        this.storage = segments.storage();
        this.segments = segments;
        this.members = members;
        this.codecs = codecs;
        this.allLocks = new Locks(members, events, coarseClock);
        this.counters = new NamedCounters(table(TableLayout.COUNTERS, limits.counters()), members);
        this.adders = new NamedAdders(files(Kind.ADDER), members);
        this.locks = new NamedLocks(table(TableLayout.LOCKS, limits.locks()), allLocks);
        this.values = new NamedValues(files(Kind.VALUE), allLocks, members);
        this.regions = new NamedRegions(files(Kind.REGION), allLocks, members);
        this.maps = new NamedMaps(files(Kind.MAP), allLocks, members, clock);
        this.rateLimiters =
                new NamedRateLimiters(table(TableLayout.RATE_LIMITERS, limits.rateLimiters()), members, clock);
        this.keyedRateLimiters = new NamedKeyedRateLimiters(files(Kind.KEYED_RATE_LIMITER), allLocks, members, clock);
        this.queues = new NamedQueues(files(Kind.QUEUE), allLocks, members, clock, coarseClock);
        this.semaphores = new NamedSemaphores(files(Kind.SEMAPHORE), allLocks, members);
        this.topics = new NamedTopics(files(Kind.TOPIC), allLocks, members);
        watch.every(TICK_MS, () -> {
            coarseClock.tick();
            if (!members.isObserver()) {
                members.showSignOfLife();
            }
            members.poll(events::publish);
            forgetRemoved();
        });
    }

    private NameTable table(TableLayout layout, int maxSlots) {
        NameTable table = new NameTable(segments, members, layout, maxSlots);
        if (!members.isObserver()) {
            table.prepare();
        }
        return table;
    }

    private NamedFiles files(Kind kind) {
        return new NamedFiles(kind, segments, members);
    }

    private NamedState named(Kind kind) {
        return switch (kind) {
            case COUNTER -> counters;
            case ADDER -> adders;
            case LOCK -> locks;
            case VALUE -> values;
            case REGION -> regions;
            case MAP -> maps;
            case RATE_LIMITER -> rateLimiters;
            case KEYED_RATE_LIMITER -> keyedRateLimiters;
            case QUEUE -> queues;
            case SEMAPHORE -> semaphores;
            case TOPIC -> topics;
        };
    }

    private void forgetRemoved() {
        segments.forgetRemoved();
        allLocks.forgetRemoved();
        for (Kind kind : Kind.values()) {
            named(kind).forgetRemoved();
        }
    }

    /** Forces everything to the disk again and again. */
    void flushEvery(long periodMs) {
        flushing.every(periodMs, () -> segments.opened().forEach(Segment::force));
    }

    // what has a name

    @Override
    public SharedCounter counter(String name, long initial) {
        requireUsable(Kind.COUNTER, name);
        return counters.open(name, initial);
    }

    @Override
    public SharedAdder adder(String name) {
        requireUsable(Kind.ADDER, name);
        return adders.open(name);
    }

    @Override
    public SharedLock lock(String name) {
        requireUsable(Kind.LOCK, name);
        return locks.open(name);
    }

    @Override
    public <T> SharedValue<T> value(String name, Class<T> type, int maxSize) {
        requireUsable(Kind.VALUE, name);
        return values.open(name, type, codecs.codec(type), maxSize);
    }

    @Override
    public <T> SharedValue<T> value(String name, Codec<T> codec, int maxSize) {
        requireUsable(Kind.VALUE, name);
        return values.open(name, codec, codec, maxSize);
    }

    @Override
    public SharedRegion region(String name, int size) {
        requireUsable(Kind.REGION, name);
        return regions.open(name, size);
    }

    @Override
    public <K, V> SharedMap<K, V> map(String name, Class<K> keyType, Class<V> valueType, MapOptions options) {
        requireUsable(Kind.MAP, name);
        NamedMaps.Key key = new NamedMaps.Key(name, keyType, valueType, options);
        return maps.open(key, codecs.codec(keyType), codecs.codec(valueType));
    }

    @Override
    public <K, V> SharedMap<K, V> map(String name, Codec<K> keyCodec, Codec<V> valueCodec, MapOptions options) {
        requireUsable(Kind.MAP, name);
        return maps.open(new NamedMaps.Key(name, keyCodec, valueCodec, options), keyCodec, valueCodec);
    }

    @Override
    public Optional<MapStatistics> mapStatistics(String name) {
        requireUsable(Kind.MAP, name);
        return maps.statistics(name);
    }

    @Override
    public SharedRateLimiter rateLimiter(String name, RateLimit limit) {
        requireUsable(Kind.RATE_LIMITER, name);
        return rateLimiters.open(name, limit);
    }

    @Override
    public SharedKeyedRateLimiter keyedRateLimiter(String name, RateLimit limit, long maxSize) {
        requireUsable(Kind.KEYED_RATE_LIMITER, name);
        return keyedRateLimiters.open(name, limit, maxSize);
    }

    @Override
    public <T> SharedQueue<T> queue(String name, Class<T> type, QueueOptions options) {
        requireUsable(Kind.QUEUE, name);
        return queues.open(new NamedQueues.Key(name, type, options), codecs.codec(type));
    }

    @Override
    public <T> SharedQueue<T> queue(String name, Codec<T> codec, QueueOptions options) {
        requireUsable(Kind.QUEUE, name);
        return queues.open(new NamedQueues.Key(name, codec, options), codec);
    }

    @Override
    public Optional<QueueStatistics> queueStatistics(String name) {
        requireUsable(Kind.QUEUE, name);
        return queues.statistics(name);
    }

    @Override
    public Optional<SharedQueue<byte[]>> findQueue(String name) {
        requireUsable(Kind.QUEUE, name);
        return queues.find(name);
    }

    @Override
    public SharedSemaphore semaphore(String name, int permits) {
        requireUsable(Kind.SEMAPHORE, name);
        return semaphores.open(name, permits);
    }

    @Override
    public Optional<SemaphoreStatus> semaphoreStatus(String name) {
        requireUsable(Kind.SEMAPHORE, name);
        return semaphores.status(name);
    }

    @Override
    public <T> SharedTopic<T> topic(String name, Class<T> type, TopicOptions options) {
        requireUsable(Kind.TOPIC, name);
        return topics.open(name, type, codecs.codec(type), options);
    }

    @Override
    public <T> SharedTopic<T> topic(String name, Codec<T> codec, TopicOptions options) {
        requireUsable(Kind.TOPIC, name);
        return topics.open(name, codec, codec, options);
    }

    @Override
    public Optional<TopicStatistics> topicStatistics(String name) {
        requireUsable(Kind.TOPIC, name);
        return topics.statistics(name);
    }

    @Override
    public List<String> names(Kind kind) {
        members.requireOpen();
        return named(kind).names();
    }

    @Override
    public boolean remove(Kind kind, String name) {
        requireUsable(kind, name);
        return named(kind).remove(name);
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
        allLocks.requireNoneHeldByCurrentThread();
        members.close();
        endThreads();
        long start = System.nanoTime();
        List<String> held = allLocks.awaitFree(CLOSE_NS);
        List<String> inUse = semaphores.awaitFree(CLOSE_NS - (System.nanoTime() - start));
        if (held.isEmpty() && inUse.isEmpty()) {
            members.leave();
        } else {
            LOG.warn(
                    "closed with locks still held: {}, and permits of semaphores in use: {}; member {} stays in {} until this"
                            + " process ends, and the locks are then found abandoned",
                    held,
                    inUse,
                    members.self().ordinal(),
                    location());
        }
    }

    /** Ends this member's own threads. */
    void endThreads() {
        watch.close();
        flushing.close();
        events.close();
    }

    @Override
    public String toString() {
        return "SharedState " + engine + " at " + location();
    }

    /** Throws {@link AssertionError} if an invariant doesn't hold; for tests. */
    void checkInvariants() {
        checks().forEach(Check::run);
    }

    /** What can be verified, each by itself. */
    List<Check> checks() {
        List<Check> checks = new ArrayList<>(List.of(new Check("members", members::checkInvariants)));
        for (Kind kind : Kind.values()) {
            checks.addAll(named(kind).checks());
        }
        return checks;
    }
}
