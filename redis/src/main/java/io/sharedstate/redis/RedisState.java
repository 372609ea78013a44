package io.sharedstate.redis;

import io.sharedstate.Codec;
import io.sharedstate.FormatException;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A member of the state on a server, and everything that it has opened there. */
final class RedisState implements SharedState {

    private static final Logger LOG = LoggerFactory.getLogger(SharedState.class);

    private static final int LARGEST_VALUE = 1 << 28;
    private static final long LONGEST_TICK_MS = 500;
    private static final int TICKS_PER_TTL = 4;
    private static final long CLOSE_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long CLOSE_LOOK_NS = TimeUnit.MILLISECONDS.toNanos(20);

    /** What tells two of a name apart: the types or the limit that it was asked for with. */
    private record Key(String name, Object by) {}

    private final OwnConnections connections;
    private final Server server;
    private final Replicas replicas;
    private final Keys keys;
    private final Codecs codecs;
    private final Membership members;
    private final Wakeups wakeups;
    private final Events events = new Events();
    private final Watch watch = new Watch();

    private final Map<String, RedisCounter> counters = new ConcurrentHashMap<>();
    private final Map<String, RedisAdder> adders = new ConcurrentHashMap<>();
    private final Map<String, RedisLock> locks = new ConcurrentHashMap<>();
    /** Those of values, by the values' names. */
    private final Map<String, RedisLock> valueLocks = new ConcurrentHashMap<>();

    private final Map<Key, RedisValue<?>> values = new ConcurrentHashMap<>();
    private final Map<Key, RedisRateLimiter> rateLimiters = new ConcurrentHashMap<>();
    private final Map<Key, RedisKeyedRateLimiter> keyedRateLimiters = new ConcurrentHashMap<>();
    private final Map<Key, RedisSemaphore> semaphores = new ConcurrentHashMap<>();
    /** By the semaphores' names: the same for whoever asks, with however many permits. */
    private final Map<String, OwnPermits> ownPermits = new ConcurrentHashMap<>();

    private final Map<Key, RedisTopic<?>> topics = new ConcurrentHashMap<>();
    /** What is in maps, by their names: the same for whoever asks, with whatever codecs. */
    private final Map<String, RedisEntries> entries = new ConcurrentHashMap<>();

    private final Map<Key, RedisMap<?, ?>> maps = new ConcurrentHashMap<>();
    private final Map<Key, RedisQueue<?>> queues = new ConcurrentHashMap<>();

    RedisState(OwnConnections connections, Server server, Replicas replicas, Keys keys, Codecs codecs, long ttlMs) {
        this.connections = connections;
        this.server = server;
        this.replicas = replicas;
        this.keys = keys;
        this.codecs = codecs;
        this.members = Membership.join(server, keys, ttlMs);
        this.wakeups = new Wakeups(server, keys.freed());
        watch.every(Math.min(LONGEST_TICK_MS, ttlMs / TICKS_PER_TTL), this::tick);
    }

    private void tick() {
        members.poll(events::publish);
        if (members.problem() == null) {
            allLocks().forEach(RedisLock::releaseIfInDoubt);
            semaphores.values().forEach(RedisSemaphore::settleIfInDoubt);
            entries.values().forEach(RedisEntries::poll);
        }
    }

    private Stream<RedisLock> allLocks() {
        return Stream.concat(locks.values().stream(), valueLocks.values().stream());
    }

    private Thing thing(Kind kind, String name, Map<String, String> fields, String... parts) {
        return new Thing(kind, name, server, keys, members, fields, parts);
    }

    // what has a name

    @Override
    public SharedCounter counter(String name, long initial) {
        requireUsable(Kind.COUNTER, name);
        Map<String, String> fields = RedisCounter.fields(initial);
        RedisCounter counter =
                counters.computeIfAbsent(name, absent -> new RedisCounter(thing(Kind.COUNTER, name, fields)));
        counter.thing().ask(fields);
        return counter;
    }

    @Override
    public SharedAdder adder(String name) {
        requireUsable(Kind.ADDER, name);
        RedisAdder adder =
                adders.computeIfAbsent(name, absent -> new RedisAdder(thing(Kind.ADDER, name, RedisAdder.FIELDS)));
        adder.thing().ask(RedisAdder.FIELDS);
        return adder;
    }

    @Override
    public SharedLock lock(String name) {
        requireUsable(Kind.LOCK, name);
        RedisLock lock = locks.computeIfAbsent(name, absent -> lock(lockThing(name)));
        lock.thing().ask(RedisLock.FIELDS);
        return lock;
    }

    private Thing lockThing(String name) {
        return thing(Kind.LOCK, name, RedisLock.FIELDS, Waiting.WAITERS);
    }

    private RedisLock lock(Thing thing) {
        return new RedisLock(thing, members, wakeups, events, replicas);
    }

    @Override
    public <T> SharedValue<T> value(String name, Class<T> type, int maxSize) {
        requireUsable(Kind.VALUE, name);
        return value(new Key(name, type), codecs.codec(type), maxSize);
    }

    @Override
    public <T> SharedValue<T> value(String name, Codec<T> codec, int maxSize) {
        requireUsable(Kind.VALUE, name);
        return value(new Key(name, codec), codec, maxSize);
    }

    @SuppressWarnings("unchecked") // the same type or codec was asked for when it was made
    private <T> SharedValue<T> value(Key key, Codec<T> codec, int maxSize) {
        if (maxSize < 1 || maxSize > LARGEST_VALUE) {
            throw new IllegalArgumentException(
                    "value '" + key.name() + "' of " + maxSize + " bytes: expected 1 to " + LARGEST_VALUE);
        }
        String format = Codecs.format(codec);
        Map<String, String> fields = RedisValue.fields(format, maxSize);
        RedisValue<T> value = (RedisValue<T>) values.computeIfAbsent(key, absent -> {
            Thing thing = thing(Kind.VALUE, key.name(), fields, Waiting.WAITERS);
            return new RedisValue<>(thing, codec, valueLock(thing));
        });
        Map<String, String> found = value.thing().ask(fields);
        requireFormat(value.thing(), fields, found);
        return value;
    }

    private void requireFormat(Thing thing, Map<String, String> asked, Map<String, String> found) {
        String what = thing.kind().label() + " '" + thing.name() + "'";
        if (!Objects.equals(asked.get("format"), found.get("format"))) {
            throw new FormatException(what + " holds '" + found.get("format") + "', asked for with a codec for '"
                    + asked.get("format") + "', at " + location()
                    + "; ask for it with the same type, remove it, or give one of the two another name");
        }
        if (!Objects.equals(asked.get("size"), found.get("size"))) {
            LOG.warn(
                    "{} exists with bytes: {}, asked for with {}: what exists stands; to change it, remove it"
                            + " (SharedState.remove) and ask again, or use another name",
                    what,
                    found.get("size"),
                    asked.get("size"));
        }
    }

    /** A value needs no repair: it is whole at every moment. */
    private RedisLock valueLock(Thing thing) {
        return valueLocks.computeIfAbsent(thing.name(), absent -> {
            RedisLock lock = lock(thing);
            lock.onAbandoned(() -> {});
            return lock;
        });
    }

    @Override
    public SharedRateLimiter rateLimiter(String name, RateLimit limit) {
        requireUsable(Kind.RATE_LIMITER, name);
        RedisRateLimiter limiter = rateLimiters.computeIfAbsent(
                new Key(name, limit),
                absent -> new RedisRateLimiter(thing(Kind.RATE_LIMITER, name, RedisRateLimiter.FIELDS), limit));
        limiter.thing().ask(RedisRateLimiter.FIELDS);
        return limiter;
    }

    @Override
    public SharedKeyedRateLimiter keyedRateLimiter(String name, RateLimit limit, long maxSize) {
        requireUsable(Kind.KEYED_RATE_LIMITER, name);
        Map<String, String> fields = RedisKeyedRateLimiter.fields(name, maxSize);
        RedisKeyedRateLimiter limiter = keyedRateLimiters.computeIfAbsent(
                new Key(name, limit),
                absent -> new RedisKeyedRateLimiter(
                        thing(Kind.KEYED_RATE_LIMITER, name, fields, RedisKeyedRateLimiter.KEYS), limit));
        limiter.thing().ask(fields);
        return limiter;
    }

    @Override
    public SharedSemaphore semaphore(String name, int permits) {
        requireUsable(Kind.SEMAPHORE, name);
        Map<String, String> fields = RedisSemaphore.fields(name, permits);
        RedisSemaphore semaphore =
                semaphores.computeIfAbsent(new Key(name, permits), absent -> semaphore(name, permits, fields));
        if (!fields.equals(semaphore.thing().ask(fields))) {
            semaphore.thing().set("permits", Integer.toString(permits));
        }
        return semaphore;
    }

    private RedisSemaphore semaphore(String name, int permits, Map<String, String> fields) {
        Thing thing = thing(Kind.SEMAPHORE, name, fields, RedisSemaphore.HELD, Waiting.WAITERS);
        OwnPermits own = ownPermits.computeIfAbsent(name, absent -> new OwnPermits());
        return new RedisSemaphore(thing, permits, members, wakeups, replicas, own);
    }

    @Override
    public Optional<SemaphoreStatus> semaphoreStatus(String name) {
        requireUsable(Kind.SEMAPHORE, name);
        return exists(Kind.SEMAPHORE, name)
                ? Optional.of(semaphore(name, 1, RedisSemaphore.fields(name, 1)).status())
                : Optional.empty();
    }

    @Override
    public <T> SharedTopic<T> topic(String name, Class<T> type, TopicOptions options) {
        requireUsable(Kind.TOPIC, name);
        return topic(new Key(name, type), codecs.codec(type), options);
    }

    @Override
    public <T> SharedTopic<T> topic(String name, Codec<T> codec, TopicOptions options) {
        requireUsable(Kind.TOPIC, name);
        return topic(new Key(name, codec), codec, options);
    }

    @SuppressWarnings("unchecked") // the same type or codec was asked for when it was made
    private <T> SharedTopic<T> topic(Key key, Codec<T> codec, TopicOptions options) {
        Map<String, String> fields = RedisTopic.fields(Codecs.format(codec), options);
        RedisTopic<T> topic = (RedisTopic<T>) topics.computeIfAbsent(
                key, absent -> new RedisTopic<>(topicThing(key.name(), fields), codec, members, wakeups));
        requireFormat(topic.thing(), fields, topic.thing().ask(fields));
        return topic;
    }

    private Thing topicThing(String name, Map<String, String> fields) {
        return thing(Kind.TOPIC, name, fields, RedisTopic.MESSAGES, RedisTopic.SUBSCRIPTIONS);
    }

    @Override
    public Optional<TopicStatistics> topicStatistics(String name) {
        requireUsable(Kind.TOPIC, name);
        Map<String, String> fields = RedisTopic.fields("", TopicOptions.DEFAULT);
        return exists(Kind.TOPIC, name)
                ? Optional.of(new RedisTopic<>(topicThing(name, fields), Codec.bytes(), members, wakeups).statistics())
                : Optional.empty();
    }

    @Override
    public <T> SharedQueue<T> queue(String name, Class<T> type, QueueOptions options) {
        requireUsable(Kind.QUEUE, name);
        return queue(new Key(name, List.of(type, options.maxAttempts())), codecs.codec(type), options);
    }

    @Override
    public <T> SharedQueue<T> queue(String name, Codec<T> codec, QueueOptions options) {
        requireUsable(Kind.QUEUE, name);
        return queue(new Key(name, List.of(codec, options.maxAttempts())), codec, options);
    }

    @SuppressWarnings("unchecked") // the same type or codec was asked for when it was made
    private <T> SharedQueue<T> queue(Key key, Codec<T> codec, QueueOptions options) {
        Map<String, String> fields = RedisQueue.fields(Codecs.format(codec), options);
        RedisQueue<T> queue = (RedisQueue<T>)
                queues.computeIfAbsent(key, absent -> queue(key.name(), codec, options.maxAttempts(), fields));
        requireFormat(queue.thing(), fields, queue.thing().ask(fields));
        return queue;
    }

    private <T> RedisQueue<T> queue(String name, Codec<T> codec, int maxAttempts, Map<String, String> fields) {
        Thing thing = thing(Kind.QUEUE, name, fields, RedisQueue.MESSAGES, RedisQueue.LATER, Waiting.WAITERS);
        return new RedisQueue<>(thing, codec, maxAttempts, members, wakeups);
    }

    @Override
    public Optional<QueueStatistics> queueStatistics(String name) {
        return findQueue(name).map(SharedQueue::statistics);
    }

    @Override
    public Optional<SharedQueue<byte[]>> findQueue(String name) {
        requireUsable(Kind.QUEUE, name);
        Map<String, String> fields = RedisQueue.fields("", QueueOptions.DEFAULT);
        return exists(Kind.QUEUE, name)
                ? Optional.of(queue(name, Codec.bytes(), QueueOptions.MOST_ATTEMPTS, fields))
                : Optional.empty();
    }

    @Override
    public <K, V> SharedMap<K, V> map(String name, Class<K> keyType, Class<V> valueType, MapOptions options) {
        requireUsable(Kind.MAP, name);
        Object by = List.of(keyType, valueType, Optional.ofNullable(options.ttl()));
        return map(new Key(name, by), codecs.codec(keyType), codecs.codec(valueType), options);
    }

    @Override
    public <K, V> SharedMap<K, V> map(String name, Codec<K> keyCodec, Codec<V> valueCodec, MapOptions options) {
        requireUsable(Kind.MAP, name);
        Object by = List.of(keyCodec, valueCodec, Optional.ofNullable(options.ttl()));
        return map(new Key(name, by), keyCodec, valueCodec, options);
    }

    @SuppressWarnings("unchecked") // the same types or codecs were asked for when it was made
    private <K, V> SharedMap<K, V> map(Key key, Codec<K> keyCodec, Codec<V> valueCodec, MapOptions options) {
        Map<String, String> fields = RedisEntries.fields(Codecs.format(keyCodec), Codecs.format(valueCodec));
        RedisEntries all = entries.computeIfAbsent(key.name(), name -> entries(name, fields));
        requireFormats(key.name(), fields, all.thing().ask(fields));
        return (SharedMap<K, V>)
                maps.computeIfAbsent(key, absent -> new RedisMap<>(all, keyCodec, valueCodec, options.ttl()));
    }

    private RedisEntries entries(String name, Map<String, String> fields) {
        Thing thing = thing(Kind.MAP, name, fields, RedisEntries.PARTS);
        return new RedisEntries(thing, server, members, wakeups);
    }

    private void requireFormats(String name, Map<String, String> asked, Map<String, String> found) {
        for (String which : List.of("keys", "format")) {
            if (!Objects.equals(asked.get(which), found.get(which))) {
                throw new FormatException("map '" + name + "' " + (which.equals("keys") ? "has keys of" : "holds")
                        + " '" + found.get(which) + "', asked for as '" + asked.get(which) + "', at " + location()
                        + "; ask for it with the same types, remove it, or give one of the two another name");
            }
        }
    }

    @Override
    public Optional<MapStatistics> mapStatistics(String name) {
        requireUsable(Kind.MAP, name);
        return exists(Kind.MAP, name) ? Optional.of(entriesOf(name).statistics()) : Optional.empty();
    }

    /** Those that are open, or of a map that nobody here has asked for. */
    private RedisEntries entriesOf(String name) {
        RedisEntries open = entries.get(name);
        return open != null ? open : entries(name, RedisEntries.fields("", ""));
    }

    private boolean exists(Kind kind, String name) {
        byte[] key = keys.thing(kind, name);
        return Objects.equals(server.call(commands -> commands.exists(key)), 1L);
    }

    // what there isn't

    @Override
    public SharedRegion region(String name, int size) {
        requireUsable(Kind.REGION, name);
        throw new UnsupportedOperationException("engine redis has no region (asked for as '" + name
                + "'); there is no memory to share with a server: use a value, or engine mapped");
    }

    // names

    @Override
    public List<String> names(Kind kind) {
        members.requireOpen();
        byte[] key = keys.names(kind);
        Set<byte[]> names = server.call(commands -> commands.smembers(key));
        return names == null
                ? List.of()
                : names.stream().map(Bytes::text).sorted().toList();
    }

    @Override
    public boolean remove(Kind kind, String name) {
        requireUsable(kind, name);
        if (kind == Kind.MAP) {
            boolean removed = entriesOf(name).remove();
            byte[] names = keys.names(kind);
            server.call(commands -> commands.srem(names, Bytes.of(name)));
            return removed;
        }
        return new Removal(server, keys, members).remove(kind, name, () -> semaphoreStatus(name));
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
        return "redis";
    }

    @Override
    public String location() {
        return server.location() + ", namespace " + keys.namespace();
    }

    @Override
    public long size() {
        List<byte[]> all = new ArrayList<>(List.of(keys.members()));
        for (Kind kind : Kind.values()) {
            for (String name : names(kind)) {
                all.add(keys.thing(kind, name));
                Removal.parts(kind).forEach(part -> all.add(keys.part(kind, name, part)));
            }
        }
        return server.<byte[], Long>callAll(all, key -> commands -> commands.memoryUsage(key)).stream()
                .mapToLong(bytes -> bytes == null ? 0 : bytes)
                .sum();
    }

    @Override
    public List<String> problems() {
        List<String> problems = new ArrayList<>();
        String problem = members.problem();
        if (problem != null) {
            problems.add(problem);
        }
        allLocks()
                .filter(RedisLock::isLost)
                .forEach(lock -> problems.add("lock '" + lock.name()
                        + "' is lost, and its holder goes on without it: this process was taken for dead meanwhile; see"
                        + " that it isn't stopped and reaches the server, or raise sharedstate.redis.member-ttl"));
        return problems;
    }

    @Override
    public void close() {
        if (members.isClosed()) {
            return;
        }
        allLocks().filter(RedisLock::isHeldByCurrentThread).findAny().ifPresent(lock -> {
            throw new IllegalStateException("lock '" + lock.name() + "' is held by this thread; unlock it, then close");
        });
        if (!members.close()) {
            return;
        }
        wakeups.wakeAll();
        events.close();
        long deadline = System.nanoTime() + CLOSE_NS;
        List<String> held = allLocks()
                .filter(lock -> !lock.awaitFree(deadline - System.nanoTime()))
                .map(RedisLock::name)
                .toList();
        List<String> inUse = awaitReleased(deadline);
        if (held.isEmpty() && inUse.isEmpty()) {
            endThreads();
            try {
                members.leave();
            } finally {
                connections.close();
            }
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

    /** Waits until this member has no permits; returns the names of those semaphores of which it has some in the end. */
    private List<String> awaitReleased(long deadline) {
        boolean interrupted = Thread.interrupted();
        List<String> inUse = inUse();
        while (!inUse.isEmpty() && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(CLOSE_LOOK_NS);
            interrupted |= Thread.interrupted();
            inUse = inUse();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return inUse;
    }

    private List<String> inUse() {
        return semaphores.values().stream()
                .filter(semaphore -> semaphore.own() > 0)
                .map(RedisSemaphore::name)
                .distinct()
                .toList();
    }

    /** Ends this member's own threads, and with them what keeps it alive. */
    void endThreads() {
        watch.close();
        events.close();
        wakeups.close();
    }

    /** Ends its connections too, as the end of the process would. */
    void die() {
        endThreads();
        connections.close();
    }

    @Override
    public String toString() {
        return "SharedState " + engine() + " at " + location();
    }
}
