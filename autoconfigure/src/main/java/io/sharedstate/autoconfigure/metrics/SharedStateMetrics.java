package io.sharedstate.autoconfigure.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.sharedstate.Kind;
import io.sharedstate.MapStatistics;
import io.sharedstate.QueueStatistics;
import io.sharedstate.SemaphoreStatus;
import io.sharedstate.SharedCounter;
import io.sharedstate.SharedKeyedRateLimiter;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedRateLimiter;
import io.sharedstate.SharedState;
import io.sharedstate.TopicStatistics;
import io.sharedstate.autoconfigure.SharedStateProperties;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
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
    private final SharedStateProperties properties;
    private final ObjectProvider<SharedRateLimiter> rateLimiters;
    private final ObjectProvider<SharedKeyedRateLimiter> keyedRateLimiters;
    private final List<NamedMeters> named = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService refresher = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "sharedstate-meters");
        thread.setDaemon(true);
        return thread;
    });

    /**
     * @param properties what is declared, which always has meters, and how many other names have
     * @param rateLimiters those that have meters
     * @param keyedRateLimiters those that have meters
     */
    public SharedStateMetrics(
            SharedState state,
            SharedStateProperties properties,
            ObjectProvider<SharedRateLimiter> rateLimiters,
            ObjectProvider<SharedKeyedRateLimiter> keyedRateLimiters) {
        this.state = state;
        this.properties = properties;
        this.rateLimiters = rateLimiters;
        this.keyedRateLimiters = keyedRateLimiters;
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
        follow(Kind.COUNTER, registry, this::counterMeters);
        follow(Kind.LOCK, registry, this::lockMeters);
        follow(Kind.MAP, registry, this::mapMeters);
        follow(Kind.QUEUE, registry, this::queueMeters);
        follow(Kind.TOPIC, registry, this::topicMeters);
        follow(Kind.SEMAPHORE, registry, this::semaphoreMeters);
        refresh();
    }

    private void follow(Kind kind, MeterRegistry registry, BiFunction<String, MeterRegistry, List<Meter>> register) {
        int maxNames = properties.metrics().maxNames();
        named.add(new NamedMeters(registry, kind, properties.declared(kind), maxNames, register));
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
            logger.warn("The meters of what has a name could not be refreshed; trying again", e);
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
        Figures<MapStatistics> map =
                new Figures<>(registry, state, PREFIX + "map.", name, it -> it.mapStatistics(name));
        String reads = "Reads of the shared map by all processes";
        List<Meter> meters = new ArrayList<>(List.of(
                map.gauge("entries", "entries", "Entries in the shared map", MapStatistics::entries),
                map.counter("reads", "reads", reads, MapStatistics::hits, "result", "hit"),
                map.counter("reads", "reads", reads, MapStatistics::misses, "result", "miss"),
                map.counter(
                        "expirations",
                        "expirations",
                        "Expired entries that were removed",
                        MapStatistics::expirations)));
        if (state.mapStatistics(name).filter(MapStatistics::bounded).isPresent()) {
            meters.addAll(boundsMeters(map));
        }
        return meters;
    }

    private static List<Meter> boundsMeters(Figures<MapStatistics> map) {
        return List.of(
                map.gauge("size", "bytes", "What the entries of the shared map take", MapStatistics::bytes),
                map.gauge("capacity", "bytes", "What the entries of the shared map can take", MapStatistics::capacity),
                map.counter("evictions", "evictions", "Entries that made room for others", MapStatistics::evictions),
                map.counter(
                        "compactions",
                        "compactions",
                        "How often a part of the shared map was copied to make room",
                        MapStatistics::compactions));
    }

    private List<Meter> queueMeters(String name, MeterRegistry registry) {
        Figures<QueueStatistics> queue =
                new Figures<>(registry, state, PREFIX + "queue.", name, it -> it.queueStatistics(name));
        return List.of(
                queue.gauge("depth", "messages", "Messages that wait to be received", QueueStatistics::depth),
                queue.gauge(
                        "in.work", "messages", "Messages that were received and are not done", QueueStatistics::inWork),
                queue.timeGauge(
                        "oldest.age",
                        "How long ago the oldest message was offered that is not done, nor a dead letter",
                        QueueStatistics::oldestAge),
                queue.counter(
                        "redelivered",
                        "messages",
                        "How often messages were received again",
                        QueueStatistics::redelivered),
                queue.gauge(
                        "dead.letters",
                        "messages",
                        "Messages that were received in vain too often",
                        QueueStatistics::deadLetters),
                queue.gauge("size", "bytes", "What the messages of the shared queue take", QueueStatistics::bytes),
                queue.gauge(
                        "capacity",
                        "bytes",
                        "What the messages of the shared queue can take",
                        QueueStatistics::capacity));
    }

    private List<Meter> topicMeters(String name, MeterRegistry registry) {
        Figures<TopicStatistics> topic =
                new Figures<>(registry, state, PREFIX + "topic.", name, it -> it.topicStatistics(name));
        return List.of(
                topic.counter("published", "messages", "Messages that were published", TopicStatistics::published),
                topic.gauge(
                        "subscriptions",
                        "subscriptions",
                        "Subscriptions of the shared topic in all processes",
                        TopicStatistics::subscriptions),
                topic.counter(
                        "missed",
                        "messages",
                        "Messages that subscriptions were too slow for",
                        TopicStatistics::missed));
    }

    private List<Meter> semaphoreMeters(String name, MeterRegistry registry) {
        Figures<SemaphoreStatus> semaphore =
                new Figures<>(registry, state, PREFIX + "semaphore.", name, it -> it.semaphoreStatus(name));
        return List.of(
                semaphore.gauge("permits", "permits", "Permits, in use or not", SemaphoreStatus::permits),
                semaphore.gauge("in.use", "permits", "Permits in use by all processes", SemaphoreStatus::inUse),
                semaphore.gauge("waiters", "threads", "Threads that wait for permits", SemaphoreStatus::waiters));
    }

    /** Ends the refreshing. The thread isn't interrupted: that would close a channel it may be reading from. */
    @Override
    public void close() {
        refresher.shutdown();
    }
}
