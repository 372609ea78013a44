package io.sharedstate.autoconfigure;

import io.sharedstate.Flush;
import io.sharedstate.Kind;
import io.sharedstate.QueueOptions;
import io.sharedstate.RateLimit;
import io.sharedstate.SharedState;
import io.sharedstate.TopicOptions;
import io.sharedstate.WhenFull;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Configuration of sharedstate. Unknown keys below {@code sharedstate} are refused.
 *
 * @param enabled Whether to join the shared state.
 * @param engine Where the state lives.
 * @param name Name of the state that the processes of this application share: letters, digits, '.', '_' and '-', at most 64. Default:
 *     spring.application.name, else the application's base package.
 * @param counters Counters that become beans: 'orders' becomes the bean 'ordersCounter' with the qualifier 'orders', 'order-items' the bean
 *     'order-itemsCounter', also called 'orderItemsCounter'. Each has 'initial', 0 by default. The counter 'shared' is always there.
 * @param locks Locks that become beans: 'orders' becomes the bean 'ordersLock' with the qualifier 'orders'. They have no settings.
 * @param values Values that become beans: 'config' becomes the bean 'configValue' with the qualifier 'config'. Each has 'type', by default
 *     java.lang.String, and 'max-size', by default 4KB.
 * @param maps Maps that become beans: 'orders' becomes the bean 'ordersMap' with the qualifier 'orders'. Each has 'key-type' and 'value-type', by
 *     default java.lang.String, 'max-size', by default 4MB, 'ttl', by default none, and 'when-full', by default 'refuse'.
 * @param caches Caches, with 'sharedstate.cache.enabled': 'books' is the cache 'books'. Each has 'max-size', 'ttl' and 'when-full', by default
 *     those of 'sharedstate.cache', and 'value-type', by default none: what it keeps has to be Serializable.
 * @param rateLimiters Rate limiters that become beans: 'mail' becomes the bean 'mailRateLimiter' with the qualifier 'mail'. Each has 'permits',
 *     'per', by default 1s, and 'burst', by default as many as 'permits'. With 'per-key' every key has a limit of its own, as many as 'max-size',
 *     by default 4MB, has room for.
 * @param queues Queues that become beans: 'orders' becomes the bean 'ordersQueue' with the qualifier 'orders'. Each has 'type', by default
 *     java.lang.String, 'max-size', by default 4MB, and 'max-attempts', by default 5.
 * @param topics Topics that become beans: 'news' becomes the bean 'newsTopic' with the qualifier 'news'. Each has 'type', by default
 *     java.lang.String, and 'max-size', by default 1MB.
 * @param semaphores Semaphores that become beans: 'printer' becomes the bean 'printerSemaphore' with the qualifier 'printer'. Each has 'permits'.
 */
@ConfigurationProperties(prefix = "sharedstate", ignoreUnknownFields = false)
public record SharedStateProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("mapped") Engine engine,
        @Nullable String name,
        @DefaultValue Mapped mapped,
        @DefaultValue Redis redis,
        @DefaultValue Server server,
        @DefaultValue @NestedConfigurationProperty SharedCacheProperties cache,
        @DefaultValue @NestedConfigurationProperty IdempotencyProperties idempotency,
        @DefaultValue @NestedConfigurationProperty SharedSessionProperties session,
        @DefaultValue Shedlock shedlock,
        @DefaultValue Integration integration,
        @DefaultValue Metrics metrics,
        @DefaultValue Health health,
        @DefaultValue Console console,
        @DefaultValue Logging logging,
        @DefaultValue Map<String, Counter> counters,
        @DefaultValue Map<String, Lock> locks,
        @DefaultValue Map<String, Value> values,
        @DefaultValue Map<String, MapSettings> maps,
        @DefaultValue Map<String, SharedCacheProperties.Settings> caches,
        @DefaultValue Map<String, RateLimiter> rateLimiters,
        @DefaultValue Map<String, Queue> queues,
        @DefaultValue Map<String, Topic> topics,
        @DefaultValue Map<String, Semaphore> semaphores) {

    /** The counter that is always declared. */
    public static final String SHARED_COUNTER = "shared";

    /** The names of a kind that are declared. */
    public Set<String> declared(Kind kind) {
        return switch (kind) {
            case COUNTER -> {
                Set<String> names = new LinkedHashSet<>(counters.keySet());
                names.add(SHARED_COUNTER);
                yield names;
            }
            case LOCK -> locks.keySet();
            case VALUE -> values.keySet();
            case MAP -> maps.keySet();
            case RATE_LIMITER -> rateLimiters(false);
            case KEYED_RATE_LIMITER -> rateLimiters(true);
            case QUEUE -> queues.keySet();
            case TOPIC -> topics.keySet();
            case SEMAPHORE -> semaphores.keySet();
            case ADDER, REGION -> Set.of();
        };
    }

    private Set<String> rateLimiters(boolean perKey) {
        Set<String> names = new LinkedHashSet<>();
        rateLimiters.forEach((name, limiter) -> {
            if (limiter.perKey() == perKey) {
                names.add(name);
            }
        });
        return names;
    }

    /** Engines. */
    public enum Engine {
        /** Memory-mapped files: the processes of one host. */
        MAPPED,
        /** A Redis or Valkey server: processes on several hosts. Needs io.sharedstate:sharedstate-redis. */
        REDIS,
        /** The memory of this process: tests, and single instances. */
        HEAP
    }

    /**
     * The mapped engine.
     *
     * @param directory Directory in which the state's own directory lies. Default: /dev/shm/sharedstate-USER, else sharedstate-USER in the
     *     temporary directory.
     * @param flush What a power cut may cost. A killed process costs nothing on any setting.
     * @param flushInterval How often changes are forced to the disk with 'flush=interval'.
     * @param maxMembers How many processes may be attached at once, 1 to 1024. Counts when the directory is created.
     * @param maxCounters How many counters there may be. Each takes 128 bytes, allocated 1024 at a time.
     * @param maxLocks How many locks there may be. Each takes 384 bytes, allocated 256 at a time.
     * @param maxRateLimiters How many rate limiters there may be. Each takes 128 bytes, allocated 256 at a time.
     */
    public record Mapped(
            @Nullable String directory,
            @DefaultValue("never") Flush flush,
            @DefaultValue("1s") Duration flushInterval,
            @DefaultValue("64") int maxMembers,
            @DefaultValue("65536") int maxCounters,
            @DefaultValue("16384") int maxLocks,
            @DefaultValue("16384") int maxRateLimiters) {}

    /**
     * The engine on a server, which spring.data.redis.* say how to reach.
     *
     * @param memberTtl How long a member may not be heard of before it is dead, 100ms to 1h. A shorter one frees sooner what the dead held, and
     *     takes a long pause for death more often.
     * @param minReplicas How many replicas must have heard of a lock or permits that were taken, before that is told; 0 waits for none. With too
     *     few, it is given back, and fails. Not on a cluster.
     * @param replicaTimeout How long replicas have for that, 1ms to 1m.
     */
    public record Redis(
            @DefaultValue("10s") Duration memberTtl,
            @DefaultValue("0") int minReplicas,
            @DefaultValue("1s") Duration replicaTimeout) {}

    /**
     * The embedded web server.
     *
     * @param portSharing How several processes share one port.
     * @param managementPortOffset Distance between the management ports of members: that of the member with ordinal n is management.server.port +
     *     n times this. 1 makes them 9000, 9001, 9002, ... 0: the same for all.
     */
    public record Server(
            @DefaultValue("none") PortSharing portSharing,
            @DefaultValue("0") int managementPortOffset) {}

    /** Ways to share a port. */
    public enum PortSharing {
        /** Not at all. */
        NONE,
        /** SO_REUSEPORT: every process listens, and the kernel gives each connection to one of them. */
        REUSE_PORT,
        /**
         * Every process listens on the one socket that its launcher opened and gave it as its standard input (systemd:
         * {@code StandardInput=socket}).
         */
        INHERITED;

        /** As in a configuration file. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /**
     * ShedLock.
     *
     * @param enabled Whether ShedLock's locks are in the shared state, unless there is another LockProvider.
     */
    public record Shedlock(@DefaultValue("true") boolean enabled) {}

    /**
     * Spring Integration.
     *
     * @param enabled Whether a LockRegistry and a MetadataStore are in the shared state, each unless there is another.
     */
    public record Integration(
            @DefaultValue("true") boolean enabled,
            @DefaultValue Metadata metadata) {}

    /**
     * The MetadataStore of Spring Integration.
     *
     * @param maxSize Room for keys and values. Counts when it is created.
     * @param ttl How long a key is known after it was last written. Default: until it is removed.
     */
    public record Metadata(
            @DefaultValue("16MB") DataSize maxSize,
            @Nullable Duration ttl) {}

    /**
     * Meters.
     *
     * @param maxNames How many counters, locks, maps, queues, topics and semaphores, each, have meters: those that are declared always, others
     *     until there are this many.
     * @param commonTag Whether all meters but the state's own get the tag 'member', with the ordinal of this process's member.
     * @param scope Whose series the endpoint 'prometheus' has. Default: those of the cluster if the port that it is on is shared, else those of
     *     this instance.
     * @param interval How old the series of the other members may be in the scope 'cluster', and how often each tells its own.
     * @param maxSize Room for the series of all members in the scope 'cluster'. Counts when it is created.
     */
    public record Metrics(
            @DefaultValue("100") int maxNames,
            @DefaultValue("false") boolean commonTag,
            @Nullable MetricsScope scope,
            @DefaultValue("1s") Duration interval,
            @DefaultValue("8MB") DataSize maxSize) {}

    /**
     * Health.
     *
     * @param members Whether the health contributor shows the last health of every member. It never counts for the status of another one.
     * @param interval How often each member finds out its own health and tells it, if that is shown.
     */
    public record Health(
            @DefaultValue("false") boolean members,
            @DefaultValue("10s") Duration interval) {}

    /** Whose series the endpoint {@code prometheus} has. */
    public enum MetricsScope {
        /** Those of the instance that answers. */
        INSTANCE,
        /** Those of all members. */
        CLUSTER
    }

    /**
     * The console, a page that shows the state as it goes.
     *
     * @param enabled Whether there is one.
     * @param path Where it is.
     * @param oldLock From which age on a lock that is held is pointed out.
     * @param maxNames How many names of each kind are shown: those that are declared always, others until there are this many.
     */
    public record Console(
            @DefaultValue("false") boolean enabled,
            @DefaultValue("/sharedstate") String path,
            @DefaultValue("10s") Duration oldLock,
            @DefaultValue("100") int maxNames) {}

    /**
     * The log.
     *
     * @param includeOrdinal Whether each line of the log shows the ordinal of this process's member, after the level: [2], or [-] before it has
     *     one. Logback and Log4j 2; not if logging.pattern.level is set.
     */
    public record Logging(@DefaultValue("false") boolean includeOrdinal) {}

    /**
     * A counter. With nothing to say about it, its key alone declares it: {@code sharedstate.counters.orders=}, in YAML
     * {@code orders: {}}.
     *
     * @param initial where the counter starts, when it is created for the first time
     */
    public record Counter(@DefaultValue("0") long initial) {}

    /** A lock, declared by its key alone: {@code sharedstate.locks.orders=}, in YAML {@code orders: {}}. */
    public record Lock() {

        /** The lock that an empty property declares. */
        public static Lock of(String settings) {
            if (!settings.isBlank()) {
                throw new IllegalArgumentException("a lock has no settings: leave its property empty");
            }
            return new Lock();
        }
    }

    /**
     * A value. With nothing to say about it, its key alone declares it: a {@code String}.
     *
     * @param type java.lang.String, java.lang.Long, byte[], or a class that Jackson reads and writes
     * @param maxSize the largest encoded form. The value takes about four times as much. Counts when the value is created
     */
    public record Value(
            @DefaultValue("java.lang.String") Class<?> type,

            @DefaultValue(SharedState.DEFAULT_VALUE_SIZE + "B")
            DataSize maxSize) {}

    /**
     * A map. With nothing to say about it, its key alone declares it: of {@code String}s.
     *
     * @param keyType java.lang.String, java.lang.Long, byte[], or a class that Jackson reads and writes, always to the same JSON
     * @param valueType java.lang.String, java.lang.Long, byte[], or a class that Jackson reads and writes
     * @param maxSize 64KB to 2GB, allocated when the map is created, and only then it counts
     * @param ttl how long an entry lives that is written without saying; by default until it is removed
     * @param whenFull what happens to an entry that there is no room for
     */
    public record MapSettings(
            @DefaultValue("java.lang.String") Class<?> keyType,
            @DefaultValue("java.lang.String") Class<?> valueType,
            @DefaultValue("4MB") DataSize maxSize,
            @Nullable Duration ttl,
            @DefaultValue("refuse") WhenFull whenFull) {}

    /**
     * A rate limiter.
     *
     * @param permits how many there are in each period
     * @param per the period
     * @param burst how many can be had at once after a pause
     * @param perKey whether there is a limit for each key, a client or a user, which makes the bean a SharedKeyedRateLimiter
     * @param maxSize 64KB to 2GB, by default 4MB, allocated when the limiter is created, and only then it counts; 1MB remembers about
     *     8,000 keys at once. With per-key only
     */
    public record RateLimiter(
            long permits,
            @DefaultValue("1s") Duration per,
            @Nullable Long burst,
            @DefaultValue("false") boolean perKey,
            @Nullable DataSize maxSize) {

        RateLimit limit() {
            return new RateLimit(permits, per, burst != null ? burst : permits);
        }
    }

    /**
     * A queue. With nothing to say about it, its key alone declares it: of {@code String}s.
     *
     * @param type java.lang.String, java.lang.Long, byte[], or a class that Jackson reads and writes
     * @param maxSize 64KB to 512MB, allocated when the queue is created, and only then it counts
     * @param maxAttempts how often a message is received before it becomes a dead letter, 1 to 255
     */
    public record Queue(
            @DefaultValue("java.lang.String") Class<?> type,
            @DefaultValue("4MB") DataSize maxSize,
            @DefaultValue("5") int maxAttempts) {

        QueueOptions options() {
            return new QueueOptions(maxSize.toBytes(), maxAttempts);
        }
    }

    /**
     * A topic. With nothing to say about it, its key alone declares it: of {@code String}s.
     *
     * @param type java.lang.String, java.lang.Long, byte[], or a class that Jackson reads and writes
     * @param maxSize 64KB to 512MB, allocated when the topic is created, and only then it counts
     */
    public record Topic(
            @DefaultValue("java.lang.String") Class<?> type,
            @DefaultValue("1MB") DataSize maxSize) {

        TopicOptions options() {
            return new TopicOptions(maxSize.toBytes());
        }
    }

    /**
     * A semaphore.
     *
     * @param permits how many there are, 1 to 16777215
     */
    public record Semaphore(int permits) {}
}
