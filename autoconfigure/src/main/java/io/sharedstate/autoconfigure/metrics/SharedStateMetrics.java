package io.sharedstate.autoconfigure.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.sharedstate.Kind;
import io.sharedstate.MapStatistics;
import io.sharedstate.SharedCounter;
import io.sharedstate.SharedKeyedRateLimiter;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedRateLimiter;
import io.sharedstate.SharedState;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.beans.factory.ObjectProvider;

/**
 * Meters of the state. They only read, when a registry asks: using a counter or a lock costs nothing more for them.
 *
 * <p>Names that are made at run time, by whichever process, get meters within {@value #REFRESH_SECONDS} seconds; names that are
 * removed lose them. All members see the same state and report the same figures: look at one of them or at their maximum, not
 * at their sum.
 */
public final class SharedStateMetrics implements MeterBinder, AutoCloseable {

    static final String PREFIX = "sharedstate.";

    private static final Log logger = LogFactory.getLog(SharedStateMetrics.class);

    private static final long REFRESH_SECONDS = 10;

    private final SharedState state;
    private final Set<String> declaredCounters;
    private final Set<String> declaredLocks;
    private final Set<String> declaredMaps;
    private final ObjectProvider<SharedRateLimiter> rateLimiters;
    private final ObjectProvider<SharedKeyedRateLimiter> keyedRateLimiters;
    private final int maxNames;
    private final List<NamedMeters> named = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService refresher = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "sharedstate-meters");
        thread.setDaemon(true);
        return thread;
    });

    /**
     * @param rateLimiters those that have meters
     * @param keyedRateLimiters those that have meters
     * @param maxNames how many counters, locks and maps, each, have meters: the declared ones always, others up to this many
     */
    public SharedStateMetrics(
            SharedState state,
            Set<String> declaredCounters,
            Set<String> declaredLocks,
            Set<String> declaredMaps,
            ObjectProvider<SharedRateLimiter> rateLimiters,
            ObjectProvider<SharedKeyedRateLimiter> keyedRateLimiters,
            int maxNames) {
        this.state = state;
        this.declaredCounters = declaredCounters;
        this.declaredLocks = declaredLocks;
        this.declaredMaps = declaredMaps;
        this.rateLimiters = rateLimiters;
        this.keyedRateLimiters = keyedRateLimiters;
        this.maxNames = maxNames;
        var unused =
                refresher.scheduleWithFixedDelay(this::tryRefresh, REFRESH_SECONDS, REFRESH_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder(PREFIX + "members", state, it -> it.members().all().size())
                .description("Processes attached to the shared state")
                .baseUnit("members")
                .register(registry);
        rateLimiters.forEach(limiter -> Gauge.builder(PREFIX + "rate.limiter.available", limiter::available)
                .description("Permits of the rate limiter that could be had at once")
                .baseUnit("permits")
                .tag("name", limiter.name())
                .register(registry));
        keyedRateLimiters.forEach(limiter -> bind(limiter, registry));
        named.add(new NamedMeters(registry, Kind.COUNTER, declaredCounters, maxNames, this::counterMeters));
        named.add(new NamedMeters(registry, Kind.LOCK, declaredLocks, maxNames, this::lockMeters));
        named.add(new NamedMeters(registry, Kind.MAP, declaredMaps, maxNames, this::mapMeters));
        refresh();
    }

    // No key is a tag: it is somebody's name or address, and there are many.
    private static void bind(SharedKeyedRateLimiter limiter, MeterRegistry registry) {
        Gauge.builder(PREFIX + "rate.limiter.keys", limiter::keys)
                .description("Keys that the rate limiter remembers")
                .baseUnit("keys")
                .tag("name", limiter.name())
                .register(registry);
        FunctionCounter.builder(PREFIX + "rate.limiter.forgotten", limiter, SharedKeyedRateLimiter::forgotten)
                .description("Keys that the rate limiter has forgotten for want of room")
                .baseUnit("keys")
                .tag("name", limiter.name())
                .register(registry);
    }

    // What is thrown would end the refreshing.
    private void tryRefresh() {
        try {
            refresh();
        } catch (RuntimeException e) {
            logger.warn("The meters of shared counters, locks and maps could not be refreshed; trying again", e);
        }
    }

    void refresh() {
        named.forEach(meters -> meters.refresh(state.names(meters.kind())));
    }

    // What a counter counts, and so its unit, only the application knows.
    private List<Meter> counterMeters(String name, MeterRegistry registry) {
        SharedCounter counter = state.counter(name);
        return List.of(Gauge.builder(PREFIX + "counter", counter::get)
                .description("What the shared counter is at")
                .tag("name", name)
                .register(registry));
    }

    // A registry holds its subject weakly, which is the state, and the functions the lock.
    private List<Meter> lockMeters(String name, MeterRegistry registry) {
        SharedLock lock = state.lock(name);
        return List.of(
                FunctionTimer.builder(
                                PREFIX + "lock.wait",
                                state,
                                it -> lock.status().acquisitions(),
                                it -> lock.status().totalWait().toNanos(),
                                TimeUnit.NANOSECONDS)
                        .description("Acquisitions of the shared lock by all processes, and their waiting time")
                        .tag("name", name)
                        .register(registry),
                FunctionCounter.builder(
                                PREFIX + "lock.abandoned",
                                state,
                                it -> lock.status().abandonments())
                        .description("How often the holder of the shared lock was found dead")
                        .baseUnit("abandonments")
                        .tag("name", name)
                        .register(registry));
    }

    private List<Meter> mapMeters(String name, MeterRegistry registry) {
        return List.of(
                gauge(name, "entries", "Entries in the shared map", "entries", MapStatistics::entries, registry),
                gauge(name, "size", "What the entries of the shared map take", "bytes", MapStatistics::bytes, registry),
                gauge(
                        name,
                        "capacity",
                        "What the entries of the shared map can take",
                        "bytes",
                        MapStatistics::capacity,
                        registry),
                reads(name, "hit", MapStatistics::hits, registry),
                reads(name, "miss", MapStatistics::misses, registry),
                counter(name, "evictions", "Entries that made room for others", MapStatistics::evictions, registry),
                counter(name, "expirations", "Expired entries that were removed", MapStatistics::expirations, registry),
                counter(
                        name,
                        "compactions",
                        "How often a part of the shared map was copied to make room",
                        MapStatistics::compactions,
                        registry));
    }

    private Meter gauge(
            String name,
            String meter,
            String description,
            String unit,
            ToLongFunction<MapStatistics> figure,
            MeterRegistry registry) {
        return Gauge.builder(PREFIX + "map." + meter, state, figure(name, figure))
                .description(description)
                .baseUnit(unit)
                .tag("name", name)
                .register(registry);
    }

    private Meter reads(String name, String result, ToLongFunction<MapStatistics> figure, MeterRegistry registry) {
        return FunctionCounter.builder(PREFIX + "map.reads", state, figure(name, figure))
                .description("Reads of the shared map by all processes")
                .baseUnit("reads")
                .tag("name", name)
                .tag("result", result)
                .register(registry);
    }

    private Meter counter(
            String name,
            String meter,
            String description,
            ToLongFunction<MapStatistics> figure,
            MeterRegistry registry) {
        return FunctionCounter.builder(PREFIX + "map." + meter, state, figure(name, figure))
                .description(description)
                .baseUnit(meter)
                .tag("name", name)
                .register(registry);
    }

    private static ToDoubleFunction<SharedState> figure(String name, ToLongFunction<MapStatistics> figure) {
        return state -> state.mapStatistics(name).map(figure::applyAsLong).orElse(0L);
    }

    /** Ends the refreshing. The thread isn't interrupted: that would close a channel it may be reading from. */
    @Override
    public void close() {
        refresher.shutdown();
    }
}
