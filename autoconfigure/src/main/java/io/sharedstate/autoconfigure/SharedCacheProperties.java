package io.sharedstate.autoconfigure;

import io.sharedstate.WhenFull;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Caches of Spring's that all processes have together.
 *
 * @param enabled Whether Spring's caches are kept in the shared state.
 * @param maxSize Room for the entries of each cache, unless it has a setting of its own: 64KB to 2GB. Counts when the cache is created.
 * @param ttl How long an entry lives in a cache without a setting of its own. Default: until it is evicted.
 * @param whenFull What happens to an entry that there is no room for, in a cache without a setting of its own.
 * @param allowNullValues Whether null is kept as a value. If not, it is refused.
 * @param serialFilter Classes whose objects may be kept serialized, besides the usual ones of java.lang, java.math, java.time and java.util and
 *     those of the application's packages: patterns of java.io.ObjectInputFilter, such as com.example.model.**;org.example.Price. They count first:
 *     with '!*' at the end nothing else is allowed.
 */
public record SharedCacheProperties(
        @DefaultValue("false") boolean enabled,
        @DefaultValue("4MB") DataSize maxSize,
        @Nullable Duration ttl,
        @DefaultValue("evict") WhenFull whenFull,
        @DefaultValue("true") boolean allowNullValues,
        @DefaultValue("") String serialFilter) {

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
