package io.sharedstate.autoconfigure.cache;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.binder.cache.CacheMeterBinder;
import io.sharedstate.MapStatistics;
import org.jspecify.annotations.Nullable;

/** The meters that all caches have, of what all processes together have done. There are more of its map. */
final class SharedCacheMetrics extends CacheMeterBinder<SharedCache> {

    private final SharedCache cache;

    SharedCacheMetrics(SharedCache cache, Iterable<Tag> tags) {
        super(cache, cache.getName(), tags);
        this.cache = cache;
    }

    @Override
    protected Long size() {
        return cache.statistics().entries();
    }

    @Override
    protected long hitCount() {
        return cache.statistics().hits();
    }

    @Override
    protected Long missCount() {
        return cache.statistics().misses();
    }

    @Override
    protected @Nullable Long evictionCount() {
        MapStatistics statistics = cache.statistics();
        return statistics.bounded() ? statistics.evictions() : null;
    }

    @Override
    protected long putCount() {
        return cache.puts();
    }

    @Override
    protected void bindImplementationSpecificMetrics(MeterRegistry registry) {}
}
