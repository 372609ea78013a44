package io.sharedstate.autoconfigure;

import io.sharedstate.Flush;
import io.sharedstate.Kind;
import io.sharedstate.QueueOptions;
import io.sharedstate.RateLimit;
import io.sharedstate.SharedState;
import io.sharedstate.TopicOptions;
import io.sharedstate.WhenFull;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/** Configuration of sharedstate. Unknown keys below {@code sharedstate} are refused. */
@ConfigurationProperties(prefix = "sharedstate", ignoreUnknownFields = false)
public class SharedStateProperties {

    /** The counter that is always declared. */
    public static final String SHARED_COUNTER = "shared";

    /** Whether to join the shared state. */
    private boolean enabled = true;

    /** Where the state lives. */
    private Engine engine = Engine.MAPPED;

    /**
     * Name of the state that the processes of this application share: letters, digits, '.', '_' and '-', at most 64. Default:
     * spring.application.name, else the application's base package.
     */
    private @Nullable String name;

    @NestedConfigurationProperty
    private final Mapped mapped = new Mapped();

    @NestedConfigurationProperty
    private final Server server = new Server();

    @NestedConfigurationProperty
    private final SharedCacheProperties cache = new SharedCacheProperties();

    @NestedConfigurationProperty
    private final Idempotency idempotency = new Idempotency();

    @NestedConfigurationProperty
    private final Session session = new Session();

    @NestedConfigurationProperty
    private final Shedlock shedlock = new Shedlock();

    @NestedConfigurationProperty
    private final Integration integration = new Integration();

    @NestedConfigurationProperty
    private final Metrics metrics = new Metrics();

    @NestedConfigurationProperty
    private final Logging logging = new Logging();

    /**
     * Counters that become beans: 'orders' becomes the bean 'ordersCounter' with the qualifier 'orders', 'order-items' the bean
     * 'order-itemsCounter', also called 'orderItemsCounter'. Each has 'initial', 0 by default. The counter 'shared' is always there.
     */
    private Map<String, Counter> counters = new LinkedHashMap<>();

    /** Locks that become beans: 'orders' becomes the bean 'ordersLock' with the qualifier 'orders'. They have no settings. */
    private Map<String, Lock> locks = new LinkedHashMap<>();

    /**
     * Values that become beans: 'config' becomes the bean 'configValue' with the qualifier 'config'. Each has 'type', by default
     * java.lang.String, and 'max-size', by default 4KB.
     */
    private Map<String, Value> values = new LinkedHashMap<>();

    /**
     * Maps that become beans: 'orders' becomes the bean 'ordersMap' with the qualifier 'orders'. Each has 'key-type' and 'value-type', by
     * default java.lang.String, 'max-size', by default 4MB, 'ttl', by default none, and 'when-full', by default 'refuse'.
     */
    private Map<String, MapSettings> maps = new LinkedHashMap<>();

    /**
     * Caches, with 'sharedstate.cache.enabled': 'books' is the cache 'books'. Each has 'max-size', 'ttl' and 'when-full', by default those of
     * 'sharedstate.cache', and 'value-type', by default none: what it keeps has to be Serializable.
     */
    private Map<String, SharedCacheProperties.Settings> caches = new LinkedHashMap<>();

    /**
     * Rate limiters that become beans: 'mail' becomes the bean 'mailRateLimiter' with the qualifier 'mail'. Each has 'permits', 'per', by
     * default 1s, and 'burst', by default as many as 'permits'. With 'per-key' every key has a limit of its own, as many as 'max-size', by
     * default 4MB, has room for.
     */
    private Map<String, RateLimiter> rateLimiters = new LinkedHashMap<>();

    /**
     * Queues that become beans: 'orders' becomes the bean 'ordersQueue' with the qualifier 'orders'. Each has 'type', by default java.lang.String,
     * 'max-size', by default 4MB, and 'max-attempts', by default 5.
     */
    private Map<String, Queue> queues = new LinkedHashMap<>();

    /**
     * Topics that become beans: 'news' becomes the bean 'newsTopic' with the qualifier 'news'. Each has 'type', by default java.lang.String, and
     * 'max-size', by default 1MB.
     */
    private Map<String, Topic> topics = new LinkedHashMap<>();

    /** Semaphores that become beans: 'printer' becomes the bean 'printerSemaphore' with the qualifier 'printer'. Each has 'permits'. */
    private Map<String, Semaphore> semaphores = new LinkedHashMap<>();

    /** Engines. */
    public enum Engine {
        /** Memory-mapped files: the processes of one host. */
        MAPPED,
        /** The memory of this process: tests, and single instances. */
        HEAP
    }

    /** The mapped engine. */
    public static class Mapped {

        /**
         * Directory in which the state's own directory lies. Default: /dev/shm/sharedstate-USER, else sharedstate-USER in the temporary
         * directory.
         */
        private @Nullable String directory;

        /** What a power cut may cost. A killed process costs nothing on any setting. */
        private Flush flush = Flush.NEVER;

        /** How often changes are forced to the disk with 'flush=interval'. */
        private Duration flushInterval = Duration.ofSeconds(1);

        /** How many processes may be attached at once, 1 to 1024. Counts when the directory is created. */
        private int maxMembers = 64;

        /** How many counters there may be. Each takes 128 bytes, allocated 1024 at a time. */
        private int maxCounters = 65_536;

        /** How many locks there may be. Each takes 384 bytes, allocated 256 at a time. */
        private int maxLocks = 16_384;

        /** How many rate limiters there may be. Each takes 128 bytes, allocated 256 at a time. */
        private int maxRateLimiters = 16_384;

        public @Nullable String getDirectory() {
            return directory;
        }

        public void setDirectory(@Nullable String directory) {
            this.directory = directory;
        }

        public Flush getFlush() {
            return flush;
        }

        public void setFlush(Flush flush) {
            this.flush = flush;
        }

        public Duration getFlushInterval() {
            return flushInterval;
        }

        public void setFlushInterval(Duration flushInterval) {
            this.flushInterval = flushInterval;
        }

        public int getMaxMembers() {
            return maxMembers;
        }

        public void setMaxMembers(int maxMembers) {
            this.maxMembers = maxMembers;
        }

        public int getMaxCounters() {
            return maxCounters;
        }

        public void setMaxCounters(int maxCounters) {
            this.maxCounters = maxCounters;
        }

        public int getMaxRateLimiters() {
            return maxRateLimiters;
        }

        public void setMaxRateLimiters(int maxRateLimiters) {
            this.maxRateLimiters = maxRateLimiters;
        }

        public int getMaxLocks() {
            return maxLocks;
        }

        public void setMaxLocks(int maxLocks) {
            this.maxLocks = maxLocks;
        }
    }

    /** The embedded web server. */
    public static class Server {

        /** How several processes share one port. */
        private PortSharing portSharing = PortSharing.NONE;

        /**
         * Distance between the management ports of members: that of the member with ordinal n is management.server.port + n times this. 1 makes
         * them 9000, 9001, 9002, ... 0: the same for all.
         */
        private int managementPortOffset;

        public PortSharing getPortSharing() {
            return portSharing;
        }

        public void setPortSharing(PortSharing portSharing) {
            this.portSharing = portSharing;
        }

        public int getManagementPortOffset() {
            return managementPortOffset;
        }

        public void setManagementPortOffset(int managementPortOffset) {
            this.managementPortOffset = managementPortOffset;
        }
    }

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

    /** Requests with an Idempotency-Key. */
    public static class Idempotency {

        /** Whether requests with the header Idempotency-Key are carried out once and their repetitions answered as the first. */
        private boolean enabled;

        /** Patterns of the paths that it is for. */
        private List<String> paths = List.of("/**");

        /** Methods that it is for. */
        private Set<String> methods = Set.of("POST", "PATCH");

        /** Whether requests without the header are refused. */
        private boolean required;

        /** How long a key is known. */
        private Duration ttl = Duration.ofHours(24);

        /** The largest body of an answer that is kept. */
        private DataSize maxBody = DataSize.ofKilobytes(64);

        /** Room for keys and answers. Counts when it is created. */
        private DataSize maxSize = DataSize.ofMegabytes(16);

        /** Whether answers of 500 and above are kept, too. If not, a repetition is carried out again. */
        private boolean keepServerErrors = true;

        /** What to do with a repetition when the process that carried out the first request has died. */
        private Unknown whenUnknown = Unknown.REFUSE;

        /** What to do when nobody knows how far a request came. */
        public enum Unknown {
            /** Refuse it: the client has to find out. */
            REFUSE,
            /** Carry it out again. */
            RERUN
        }

        public boolean isEnabled() {
            return enabled;
        }

        public void setEnabled(boolean enabled) {
            this.enabled = enabled;
        }

        public List<String> getPaths() {
            return paths;
        }

        public void setPaths(List<String> paths) {
            this.paths = paths;
        }

        public Set<String> getMethods() {
            return methods;
        }

        public void setMethods(Set<String> methods) {
            this.methods = methods;
        }

        public boolean isRequired() {
            return required;
        }

        public void setRequired(boolean required) {
            this.required = required;
        }

        public Duration getTtl() {
            return ttl;
        }

        public void setTtl(Duration ttl) {
            this.ttl = ttl;
        }

        public DataSize getMaxBody() {
            return maxBody;
        }

        public void setMaxBody(DataSize maxBody) {
            this.maxBody = maxBody;
        }

        public DataSize getMaxSize() {
            return maxSize;
        }

        public void setMaxSize(DataSize maxSize) {
            this.maxSize = maxSize;
        }

        public boolean isKeepServerErrors() {
            return keepServerErrors;
        }

        public void setKeepServerErrors(boolean keepServerErrors) {
            this.keepServerErrors = keepServerErrors;
        }

        public Unknown getWhenUnknown() {
            return whenUnknown;
        }

        public void setWhenUnknown(Unknown whenUnknown) {
            this.whenUnknown = whenUnknown;
        }
    }

    /** ShedLock. */
    public static class Shedlock {

        /** Whether ShedLock's locks are in the shared state, unless there is another LockProvider. */
        private boolean enabled = true;

        public boolean isEnabled() {
            return enabled;
        }

        public void setEnabled(boolean enabled) {
            this.enabled = enabled;
        }
    }

    /** Spring Integration. */
    public static class Integration {

        /** Whether a LockRegistry and a MetadataStore are in the shared state, each unless there is another. */
        private boolean enabled = true;

        @NestedConfigurationProperty
        private final Metadata metadata = new Metadata();

        public boolean isEnabled() {
            return enabled;
        }

        public void setEnabled(boolean enabled) {
            this.enabled = enabled;
        }

        public Metadata getMetadata() {
            return metadata;
        }
    }

    /** The MetadataStore of Spring Integration. */
    public static class Metadata {

        /** Room for keys and values. Counts when it is created. */
        private DataSize maxSize = DataSize.ofMegabytes(16);

        /** How long a key is known after it was last written. Default: until it is removed. */
        private @Nullable Duration ttl;

        public DataSize getMaxSize() {
            return maxSize;
        }

        public void setMaxSize(DataSize maxSize) {
            this.maxSize = maxSize;
        }

        public @Nullable Duration getTtl() {
            return ttl;
        }

        public void setTtl(@Nullable Duration ttl) {
            this.ttl = ttl;
        }
    }

    /** Sessions of Spring Session. */
    public static class Session {

        /** Whether the sessions of all processes are one, by Spring Session. */
        private boolean enabled;

        /** Room for sessions. Counts when it is created. */
        private DataSize maxSize = DataSize.ofMegabytes(16);

        /** Which attributes are written when a session is saved. */
        private SaveMode saveMode = SaveMode.ON_SET_ATTRIBUTE;

        /** When changes are written. */
        private FlushMode flushMode = FlushMode.ON_SAVE;

        /** How often each process looks for sessions that have expired. */
        private Duration cleanupInterval = Duration.ofMinutes(1);

        /**
         * Classes that attributes may be made of, or not, as in jdk.serialFilter: 'com.vendor.**;!com.vendor.Bad'. These patterns count before the
         * default: values of the JDK, what Spring Web and Spring Security keep in sessions, Kotlin, and below the application's packages.
         */
        private @Nullable String serialFilter;

        /** As Spring Session's own, which need not be there. */
        public enum SaveMode {
            /** Those that were set or removed. */
            ON_SET_ATTRIBUTE,
            /** The same, and those that were read and have changed since. */
            ON_GET_ATTRIBUTE,
            /** All: what others have changed meanwhile is overwritten. */
            ALWAYS
        }

        /** As Spring Session's own, which need not be there. */
        public enum FlushMode {
            /** When the session is saved: before the answer is sent, as a rule. */
            ON_SAVE,
            /** At once. */
            IMMEDIATE
        }

        public boolean isEnabled() {
            return enabled;
        }

        public void setEnabled(boolean enabled) {
            this.enabled = enabled;
        }

        public DataSize getMaxSize() {
            return maxSize;
        }

        public void setMaxSize(DataSize maxSize) {
            this.maxSize = maxSize;
        }

        public SaveMode getSaveMode() {
            return saveMode;
        }

        public void setSaveMode(SaveMode saveMode) {
            this.saveMode = saveMode;
        }

        public FlushMode getFlushMode() {
            return flushMode;
        }

        public void setFlushMode(FlushMode flushMode) {
            this.flushMode = flushMode;
        }

        public Duration getCleanupInterval() {
            return cleanupInterval;
        }

        public void setCleanupInterval(Duration cleanupInterval) {
            this.cleanupInterval = cleanupInterval;
        }

        public @Nullable String getSerialFilter() {
            return serialFilter;
        }

        public void setSerialFilter(@Nullable String serialFilter) {
            this.serialFilter = serialFilter;
        }
    }

    /** Meters. */
    public static class Metrics {

        /**
         * How many counters, locks, maps, queues, topics and semaphores, each, have meters: those that are declared always, others until there are
         * this many.
         */
        private int maxNames = 100;

        /** Whether all meters but the state's own get the tag 'member', with the ordinal of this process's member. */
        private boolean commonTag;

        public int getMaxNames() {
            return maxNames;
        }

        public void setMaxNames(int maxNames) {
            this.maxNames = maxNames;
        }

        public boolean isCommonTag() {
            return commonTag;
        }

        public void setCommonTag(boolean commonTag) {
            this.commonTag = commonTag;
        }
    }

    /** The log. */
    public static class Logging {

        /**
         * Whether each line of the log shows the ordinal of this process's member, after the level: [2], or [-] before it has one. Logback and
         * Log4j 2; not if logging.pattern.level is set.
         */
        private boolean includeOrdinal;

        public boolean isIncludeOrdinal() {
            return includeOrdinal;
        }

        public void setIncludeOrdinal(boolean includeOrdinal) {
            this.includeOrdinal = includeOrdinal;
        }
    }

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

    public boolean isEnabled() {
        return enabled;
    }

    public void setEnabled(boolean enabled) {
        this.enabled = enabled;
    }

    public Engine getEngine() {
        return engine;
    }

    public void setEngine(Engine engine) {
        this.engine = engine;
    }

    public @Nullable String getName() {
        return name;
    }

    public void setName(@Nullable String name) {
        this.name = name;
    }

    public Mapped getMapped() {
        return mapped;
    }

    public Server getServer() {
        return server;
    }

    public SharedCacheProperties getCache() {
        return cache;
    }

    public Idempotency getIdempotency() {
        return idempotency;
    }

    public Session getSession() {
        return session;
    }

    public Shedlock getShedlock() {
        return shedlock;
    }

    public Integration getIntegration() {
        return integration;
    }

    public Metrics getMetrics() {
        return metrics;
    }

    public Logging getLogging() {
        return logging;
    }

    public Map<String, Counter> getCounters() {
        return counters;
    }

    public void setCounters(Map<String, Counter> counters) {
        this.counters = counters;
    }

    public Map<String, Lock> getLocks() {
        return locks;
    }

    public void setLocks(Map<String, Lock> locks) {
        this.locks = locks;
    }

    public Map<String, Value> getValues() {
        return values;
    }

    public void setValues(Map<String, Value> values) {
        this.values = values;
    }

    public Map<String, MapSettings> getMaps() {
        return maps;
    }

    public void setMaps(Map<String, MapSettings> maps) {
        this.maps = maps;
    }

    public Map<String, SharedCacheProperties.Settings> getCaches() {
        return caches;
    }

    public void setCaches(Map<String, SharedCacheProperties.Settings> caches) {
        this.caches = caches;
    }

    public Map<String, RateLimiter> getRateLimiters() {
        return rateLimiters;
    }

    public void setRateLimiters(Map<String, RateLimiter> rateLimiters) {
        this.rateLimiters = rateLimiters;
    }

    public Map<String, Queue> getQueues() {
        return queues;
    }

    public void setQueues(Map<String, Queue> queues) {
        this.queues = queues;
    }

    public Map<String, Topic> getTopics() {
        return topics;
    }

    public void setTopics(Map<String, Topic> topics) {
        this.topics = topics;
    }

    public Map<String, Semaphore> getSemaphores() {
        return semaphores;
    }

    public void setSemaphores(Map<String, Semaphore> semaphores) {
        this.semaphores = semaphores;
    }
}
