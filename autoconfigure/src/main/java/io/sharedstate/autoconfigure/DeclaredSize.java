package io.sharedstate.autoconfigure;

import io.sharedstate.SharedKeyedRateLimiter;
import io.sharedstate.autoconfigure.SharedStateProperties.RateLimiter;
import org.springframework.util.unit.DataSize;

/** About how many bytes the state takes that properties declare. */
final class DeclaredSize {

    /** Members, counters, locks, rate limiters. */
    private static final long TABLES = 1 << 20;

    /** Of what a value can be at most, its file has so many. */
    private static final int VALUE_COPIES = 4;

    private DeclaredSize() {}

    static long of(SharedStateProperties properties) {
        long size = TABLES;
        for (SharedStateProperties.Value value : properties.values().values()) {
            size += VALUE_COPIES * value.maxSize().toBytes();
        }
        for (SharedStateProperties.MapSettings map : properties.maps().values()) {
            size += map.maxSize().toBytes();
        }
        for (RateLimiter limiter : properties.rateLimiters().values()) {
            size += limiter.perKey() ? bytes(limiter) : 0;
        }
        for (SharedStateProperties.Queue queue : properties.queues().values()) {
            size += queue.maxSize().toBytes();
        }
        for (SharedStateProperties.Topic topic : properties.topics().values()) {
            size += topic.maxSize().toBytes();
        }
        if (properties.cache().enabled()) {
            for (SharedCacheProperties.Settings cache : properties.caches().values()) {
                DataSize own = cache.maxSize();
                size += (own != null ? own : properties.cache().maxSize()).toBytes();
            }
        }
        if (properties.session().enabled()) {
            size += properties.session().maxSize().toBytes();
        }
        if (properties.idempotency().enabled()) {
            size += properties.idempotency().maxSize().toBytes();
        }
        return size;
    }

    private static long bytes(RateLimiter limiter) {
        DataSize size = limiter.maxSize();
        return size != null ? size.toBytes() : SharedKeyedRateLimiter.DEFAULT_SIZE;
    }
}
