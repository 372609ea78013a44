package io.sharedstate.autoconfigure;

import io.sharedstate.WhenFull;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/** Caches of Spring's that all processes have together. */
public class SharedCacheProperties {

    /** Whether Spring's caches are kept in the shared state. */
    private boolean enabled;

    /** Room for the entries of each cache, unless it has a setting of its own: 64KB to 2GB. Counts when the cache is created. */
    private DataSize maxSize = DataSize.ofMegabytes(4);

    /** How long an entry lives in a cache without a setting of its own. Default: until it is evicted. */
    private @Nullable Duration ttl;

    /** What happens to an entry that there is no room for, in a cache without a setting of its own. */
    private WhenFull whenFull = WhenFull.EVICT;

    /** Whether null is kept as a value. If not, it is refused. */
    private boolean allowNullValues = true;

    /**
     * Classes whose objects may be kept serialized, besides the usual ones of java.lang, java.math, java.time and java.util and those of the
     * application's packages: patterns of java.io.ObjectInputFilter, such as com.example.model.**;org.example.Price. They count first: with '!*' at
     * the end nothing else is allowed.
     */
    private String serialFilter = "";

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

    public @Nullable Duration getTtl() {
        return ttl;
    }

    public void setTtl(@Nullable Duration ttl) {
        this.ttl = ttl;
    }

    public WhenFull getWhenFull() {
        return whenFull;
    }

    public void setWhenFull(WhenFull whenFull) {
        this.whenFull = whenFull;
    }

    public boolean isAllowNullValues() {
        return allowNullValues;
    }

    public void setAllowNullValues(boolean allowNullValues) {
        this.allowNullValues = allowNullValues;
    }

    public String getSerialFilter() {
        return serialFilter;
    }

    public void setSerialFilter(String serialFilter) {
        this.serialFilter = serialFilter;
    }

    /**
     * One cache. What is not said is as in {@code sharedstate.cache}.
     *
     * @param maxSize 64KB to 2GB, allocated when the cache is created, and only then it counts
     * @param ttl how long an entry lives
     * @param whenFull what happens to an entry that there is no room for
     * @param valueType what is kept, as JSON: a class that Jackson reads and writes; by default what is kept is serialized
     */
    public record Settings(
            @Nullable DataSize maxSize,
            @Nullable Duration ttl,
            @Nullable WhenFull whenFull,
            @Nullable Class<?> valueType) {

        /** Of a cache that nothing is said about. */
        public static final Settings NONE = new Settings(null, null, null, null);
    }
}
