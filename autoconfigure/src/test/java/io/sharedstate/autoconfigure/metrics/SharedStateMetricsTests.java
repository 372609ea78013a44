package io.sharedstate.autoconfigure.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sharedstate.Delivery;
import io.sharedstate.Kind;
import io.sharedstate.Lease;
import io.sharedstate.MapStatistics;
import io.sharedstate.QueueOptions;
import io.sharedstate.SharedKeyedRateLimiter;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedQueue;
import io.sharedstate.SharedRateLimiter;
import io.sharedstate.SharedSemaphore;
import io.sharedstate.SharedState;
import io.sharedstate.SharedTopic;
import io.sharedstate.TopicSubscription;
import io.sharedstate.autoconfigure.Place;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
@ParameterizedClass
@EnumSource(names = {"HEAP", "REDIS"})
class SharedStateMetricsTests {

    private final Place place;

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    SharedStateAutoConfiguration.class,
                    SharedStateMetricsAutoConfiguration.class,
                    MetricsAutoConfiguration.class))
            .withBean(SharedState.class, this::open)
            .withBean(SimpleMeterRegistry.class, SimpleMeterRegistry::new);

    SharedStateMetricsTests(Place.Engine engine) {
        place = engine.place();
    }

    private SharedState open() {
        return place.open();
    }

    @AfterEach
    void close() {
        place.close();
    }

    @Test
    void countsMembers() {
        runner.run(context -> {
            Gauge members = context.getBean(MeterRegistry.class)
                    .get("sharedstate.members")
                    .gauge();
            assertThat(members.value()).isEqualTo(1);
            try (SharedState other = place.open()) {
                assertThat(members.value()).isEqualTo(2);
            }
            assertThat(members.value()).isEqualTo(1);
        });
    }

    @Test
    void readsDeclaredCounters() {
        runner.withPropertyValues("sharedstate.counters.tickets.initial=500").run(context -> {
            MeterRegistry registry = context.getBean(MeterRegistry.class);
            Gauge tickets =
                    registry.get("sharedstate.counter").tag("name", "tickets").gauge();
            assertThat(tickets.value()).isEqualTo(500);
            context.getBean(SharedState.class).counter("tickets").decrementAndGet();
            assertThat(tickets.value()).isEqualTo(499);
            assertThat(registry.get("sharedstate.counter")
                            .tag("name", "shared")
                            .gauge()
                            .value())
                    .isZero();
        });
    }

    @Test
    void readsAcquisitionsAndWaitingTimeOfLocks() {
        runner.withPropertyValues("sharedstate.locks.stock=").run(context -> {
            MeterRegistry registry = context.getBean(MeterRegistry.class);
            FunctionTimer wait =
                    registry.get("sharedstate.lock.wait").tag("name", "stock").functionTimer();
            FunctionCounter abandoned = registry.get("sharedstate.lock.abandoned")
                    .tag("name", "stock")
                    .functionCounter();
            assertThat(wait.count()).isZero();
            try (SharedState other = place.open()) {
                CountDownLatch held = new CountDownLatch(1);
                Thread holder = new Thread(() -> {
                    try (Lease lease = other.lock("stock").acquire()) {
                        held.countDown();
                        await().until(() -> other.lock("stock").status().waiters() > 0);
                    }
                });
                holder.start();
                assertThat(held.await(10, TimeUnit.SECONDS)).isTrue();
                context.getBean(SharedState.class).lock("stock").acquire().close();
                holder.join(10_000);
            }
            assertThat(wait.count()).isEqualTo(2);
            long waited = context.getBean(SharedState.class)
                    .lock("stock")
                    .status()
                    .totalWait()
                    .toNanos();
            assertThat(wait.totalTime(TimeUnit.NANOSECONDS)).isPositive().isCloseTo(waited, within(1.0));
            assertThat(abandoned.count()).isZero();
        });
    }

    @Test
    void readsWhatBecameOfMaps() {
        runner.withPropertyValues("sharedstate.maps.carts.value-type=java.lang.Long")
                .run(context -> {
                    MeterRegistry registry = context.getBean(MeterRegistry.class);
                    try (SharedState other = place.open()) {
                        SharedMap<String, Long> carts = other.map("carts", String.class, Long.class);
                        carts.put("one", 1L);
                        carts.get("one");
                        carts.get("one");
                        carts.get("two");
                        assertThat(registry.get("sharedstate.map.entries")
                                        .gauge()
                                        .value())
                                .isEqualTo(1);
                        // On a server, a member tells of what it has read when it is asked, or once a second.
                        assertThat(carts.statistics().hits()).isEqualTo(2);
                        assertThat(reads(registry, "hit")).isEqualTo(2);
                        assertThat(reads(registry, "miss")).isEqualTo(1);
                        assertThat(count(registry, "map.expirations")).isZero();
                        other.remove(Kind.MAP, "carts");
                        context.getBean(SharedStateMetrics.class).refresh();
                        assertThat(registry.find("sharedstate.map.entries").meters())
                                .isEmpty();
                    }
                });
    }

    private static double reads(MeterRegistry registry, String result) {
        return registry.get("sharedstate.map.reads")
                .tag("result", result)
                .functionCounter()
                .count();
    }

    @Test
    void readsWhatBecameOfMapsWithBounds() {
        place.assumeThatMapsHaveBounds();
        runner.withPropertyValues("sharedstate.maps.carts.value-type=java.lang.Long")
                .run(context -> {
                    MeterRegistry registry = context.getBean(MeterRegistry.class);
                    try (SharedState other = place.open()) {
                        SharedMap<String, Long> carts = other.map("carts", String.class, Long.class);
                        carts.put("one", 1L);
                        MapStatistics statistics = carts.statistics();
                        assertThat(gauge(registry, "map.size"))
                                .isEqualTo(statistics.bytes())
                                .isPositive();
                        assertThat(gauge(registry, "map.capacity")).isEqualTo(statistics.capacity());
                        for (String meter : new String[] {"evictions", "compactions"}) {
                            assertThat(count(registry, "map." + meter)).isZero();
                        }
                    }
                });
    }

    @Test
    void readsDeclaredRateLimiters() {
        runner.withPropertyValues("sharedstate.rate-limiters.mail.permits=20", "sharedstate.rate-limiters.mail.per=1h")
                .run(context -> {
                    Gauge available = context.getBean(MeterRegistry.class)
                            .get("sharedstate.rate.limiter.available")
                            .tag("name", "mail")
                            .gauge();
                    assertThat(available.value()).isEqualTo(20);
                    context.getBean(SharedRateLimiter.class).tryAcquire(4);
                    assertThat(available.value()).isEqualTo(16);
                });
    }

    @Test
    void countsTheKeysOfDeclaredRateLimitersAndShowsNone() {
        runner.withPropertyValues(
                        "sharedstate.rate-limiters.login.permits=20",
                        "sharedstate.rate-limiters.login.per=1h",
                        "sharedstate.rate-limiters.login.per-key=true",
                        "sharedstate.rate-limiters.login.max-size=64KB")
                .run(context -> {
                    MeterRegistry registry = context.getBean(MeterRegistry.class);
                    Gauge keys = registry.get("sharedstate.rate.limiter.keys")
                            .tag("name", "login")
                            .gauge();
                    FunctionCounter forgotten = registry.get("sharedstate.rate.limiter.forgotten")
                            .tag("name", "login")
                            .functionCounter();
                    SharedKeyedRateLimiter limiter = context.getBean(SharedKeyedRateLimiter.class);
                    limiter.tryAcquire("ann");
                    limiter.tryAcquire("bob");
                    assertThat(keys.value()).isEqualTo(2);
                    assertThat(forgotten.count()).isZero();
                    for (int i = 0; i < 2_000; i++) {
                        limiter.tryAcquire("made up " + i);
                    }
                    assertThat(forgotten.count())
                            .isEqualTo(2_002 - keys.value())
                            .isPositive();
                    assertThat(registry.getMeters())
                            .flatMap(meter -> meter.getId().getTags())
                            .extracting(Tag::getValue)
                            .doesNotContain("ann");
                });
    }

    @Test
    void readsWhatIsInQueues() throws InterruptedException {
        try (SharedState other = place.open()) {
            SharedQueue<Long> orders = other.queue("orders", Long.class, QueueOptions.DEFAULT.maxAttempts(2));
            runner.run(context -> {
                MeterRegistry registry = context.getBean(MeterRegistry.class);
                orders.offerAll(List.of(1L, 2L, 3L), Duration.ZERO);
                orders.receive().close();
                orders.receive().close();
                Delivery<Long> inWork = orders.receive();
                assertThat(gauge(registry, "queue.depth")).isEqualTo(1);
                assertThat(gauge(registry, "queue.in.work")).isEqualTo(1);
                assertThat(gauge(registry, "queue.dead.letters")).isEqualTo(1);
                assertThat(count(registry, "queue.redelivered")).isEqualTo(1);
                assertThat(gauge(registry, "queue.size"))
                        .isEqualTo(orders.statistics().bytes());
                assertThat(gauge(registry, "queue.capacity"))
                        .isEqualTo(orders.statistics().capacity());
                TimeGauge age = registry.get("sharedstate.queue.oldest.age").timeGauge();
                await().until(() -> age.value(TimeUnit.MILLISECONDS) >= 250);
                assertThat(age.value(TimeUnit.MINUTES)).isLessThan(1);
                inWork.done();
                other.remove(Kind.QUEUE, "orders");
                assertThat(gauge(registry, "queue.depth")).isZero();
                context.getBean(SharedStateMetrics.class).refresh();
                assertThat(registry.find("sharedstate.queue.depth").meters()).isEmpty();
            });
        }
    }

    @Test
    void readsWhatBecameOfTopics() {
        runner.withPropertyValues("sharedstate.topics.news.max-size=64KB").run(context -> {
            MeterRegistry registry = context.getBean(MeterRegistry.class);
            try (SharedState other = place.open()) {
                SharedTopic<String> news = other.topic("news", String.class);
                TopicSubscription<String> slow = news.subscribe();
                int last = 100_000 / 100;
                for (int i = 1; i <= last; i++) {
                    news.publish("x".repeat(100));
                }
                assertThat(slow.poll()).isNotNull().satisfies(newest -> {
                    assertThat(count(registry, "topic.missed"))
                            .isEqualTo(newest.missed())
                            .isPositive();
                });
                assertThat(count(registry, "topic.published")).isEqualTo(last);
                assertThat(gauge(registry, "topic.subscriptions")).isEqualTo(1);
                slow.close();
                assertThat(gauge(registry, "topic.subscriptions")).isZero();
            }
        });
    }

    @Test
    void readsWhatIsInUseOfSemaphores() {
        runner.withPropertyValues("sharedstate.semaphores.printer.permits=3").run(context -> {
            MeterRegistry registry = context.getBean(MeterRegistry.class);
            try (SharedState other = place.open()) {
                SharedSemaphore printer = other.semaphore("printer", 3);
                printer.acquire(2);
                assertThat(gauge(registry, "semaphore.permits")).isEqualTo(3);
                assertThat(gauge(registry, "semaphore.in.use")).isEqualTo(2);
                assertThat(gauge(registry, "semaphore.waiters")).isZero();
                printer.release(2);
                assertThat(gauge(registry, "semaphore.in.use")).isZero();
            }
        });
    }

    private static double gauge(MeterRegistry registry, String meter) {
        return registry.get("sharedstate." + meter).gauge().value();
    }

    private static double count(MeterRegistry registry, String meter) {
        return registry.get("sharedstate." + meter).functionCounter().count();
    }

    @Test
    void describesEveryMeter() {
        runner.withPropertyValues(
                        "sharedstate.locks.stock=",
                        "sharedstate.rate-limiters.mail.permits=1",
                        "sharedstate.rate-limiters.login.permits=1",
                        "sharedstate.rate-limiters.login.per-key=true",
                        "sharedstate.maps.carts=",
                        "sharedstate.queues.orders=",
                        "sharedstate.topics.news=",
                        "sharedstate.semaphores.printer.permits=1")
                .run(context -> {
                    MeterRegistry registry = context.getBean(MeterRegistry.class);
                    assertThat(registry.getMeters())
                            .map(Meter::getId)
                            .filteredOn(id -> id.getName().startsWith("sharedstate."))
                            .hasSizeBetween(24, 28) // but for what bounds maps
                            .allSatisfy(id -> assertThat(id.getDescription())
                                    .as(id.getName())
                                    .isNotBlank());
                    assertThat(registry.get("sharedstate.members")
                                    .meter()
                                    .getId()
                                    .getBaseUnit())
                            .isEqualTo("members");
                    assertThat(registry.get("sharedstate.lock.abandoned")
                                    .meter()
                                    .getId()
                                    .getBaseUnit())
                            .isEqualTo("abandonments");
                });
    }

    @Test
    void followsNamesThatComeAndGo() {
        runner.run(context -> {
            MeterRegistry registry = context.getBean(MeterRegistry.class);
            SharedStateMetrics metrics = context.getBean(SharedStateMetrics.class);
            try (SharedState other = place.open()) {
                other.counter("late", 3);
                other.lock("late");
                metrics.refresh();
                assertThat(registry.get("sharedstate.counter")
                                .tag("name", "late")
                                .gauge()
                                .value())
                        .isEqualTo(3);
                assertThat(registry.get("sharedstate.lock.wait")
                                .tag("name", "late")
                                .functionTimer()
                                .count())
                        .isZero();
                other.remove(Kind.COUNTER, "late");
                other.remove(Kind.LOCK, "late");
                metrics.refresh();
                assertThat(registry.find("sharedstate.counter")
                                .tag("name", "late")
                                .meters())
                        .isEmpty();
                assertThat(registry.find("sharedstate.lock.wait").meters()).isEmpty();
                assertThat(registry.find("sharedstate.lock.abandoned").meters()).isEmpty();
                assertThat(other.names(Kind.COUNTER)).containsExactly("shared");
            }
        });
    }

    @Test
    void metersDeclaredNamesAndOthersUntilThereAreMany(CapturedOutput output) {
        try (SharedState other = place.open()) {
            for (String name : new String[] {"a", "b", "c"}) {
                other.counter(name);
            }
            runner.withPropertyValues("sharedstate.metrics.max-names=2").run(context -> {
                context.getBean(SharedStateMetrics.class).refresh();
                assertThat(context.getBean(MeterRegistry.class)
                                .get("sharedstate.counter")
                                .gauges())
                        .map(gauge -> gauge.getId().getTag("name"))
                        .containsExactlyInAnyOrder("a", "shared");
                assertThat(output.getOut().lines().filter(line -> line.contains("sharedstate.metrics.max-names")))
                        .singleElement()
                        .asString()
                        .contains("4 shared counters", "only 2", "now 2");
            });
        }
    }

    @Test
    void isAbsentWithoutMicrometer() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        SharedStateAutoConfiguration.class, SharedStateMetricsAutoConfiguration.class))
                .withPropertyValues("sharedstate.engine=heap")
                .withClassLoader(new FilteredClassLoader("io.micrometer"))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(SharedState.class)
                        .doesNotHaveBean("sharedStateMetrics"));
    }

    @Test
    void isAbsentWithoutARegistry() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        SharedStateAutoConfiguration.class, SharedStateMetricsAutoConfiguration.class))
                .withPropertyValues("sharedstate.engine=heap")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(SharedStateMetrics.class));
    }

    @Test
    void isAbsentWhenDisabled() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        SharedStateAutoConfiguration.class, SharedStateMetricsAutoConfiguration.class))
                .withBean(SimpleMeterRegistry.class, SimpleMeterRegistry::new)
                .withPropertyValues("sharedstate.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(SharedStateMetrics.class));
    }
}
