package io.sharedstate.autoconfigure;

import io.sharedstate.Flush;
import io.sharedstate.SharedState;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.util.unit.DataSize;

/** Configuration of sharedstate. Unknown keys below {@code sharedstate} are refused. */
@ConfigurationProperties(prefix = "sharedstate", ignoreUnknownFields = false)
public class SharedStateProperties {

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

    /** Counters that become beans: 'orders' becomes the bean 'ordersCounter' with the qualifier 'orders'. */
    private Map<String, Counter> counters = new LinkedHashMap<>();

    /** Locks that become beans: 'orders' becomes the bean 'ordersLock' with the qualifier 'orders'. */
    private Map<String, Lock> locks = new LinkedHashMap<>();

    /** Values that become beans: 'config' becomes the bean 'configValue' with the qualifier 'config'. */
    private Map<String, Value> values = new LinkedHashMap<>();

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

        public PortSharing getPortSharing() {
            return portSharing;
        }

        public void setPortSharing(PortSharing portSharing) {
            this.portSharing = portSharing;
        }
    }

    /** Ways to share a port. */
    public enum PortSharing {
        /** Not at all. */
        NONE,
        /** SO_REUSEPORT: every process listens, and the kernel gives each connection to one of them. */
        REUSE_PORT
    }

    /** A counter. */
    public static class Counter {

        /** Where the counter starts, when it is created for the first time. */
        private long initial;

        public long getInitial() {
            return initial;
        }

        public void setInitial(long initial) {
            this.initial = initial;
        }
    }

    /** A lock. */
    public static class Lock {}

    /** A value. */
    public static class Value {

        /** Type: java.lang.String, java.lang.Long, byte[], or a class that Jackson reads and writes. */
        private Class<?> type = String.class;

        /** The largest encoded form. The value takes about four times as much. Counts when the value is created. */
        private DataSize maxSize = DataSize.ofBytes(SharedState.DEFAULT_VALUE_SIZE);

        public Class<?> getType() {
            return type;
        }

        public void setType(Class<?> type) {
            this.type = type;
        }

        public DataSize getMaxSize() {
            return maxSize;
        }

        public void setMaxSize(DataSize maxSize) {
            this.maxSize = maxSize;
        }
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
}
