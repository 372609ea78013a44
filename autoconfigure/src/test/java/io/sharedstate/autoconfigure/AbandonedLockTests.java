package io.sharedstate.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sharedstate.Lease;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedState;
import io.sharedstate.SharedStateEvent;
import io.sharedstate.autoconfigure.endpoint.SharedStateEndpoint;
import io.sharedstate.autoconfigure.endpoint.SharedStateEndpoint.LockDescriptor;
import io.sharedstate.autoconfigure.endpoint.SharedStateEndpointAutoConfiguration;
import io.sharedstate.autoconfigure.metrics.SharedStateMetricsAutoConfiguration;
import io.sharedstate.mapped.MappedEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.event.EventListener;

/** What an application sees of a process that died with a lock held. */
class AbandonedLockTests {

    @TempDir
    Path directory;

    @Test
    void showsPublishesAndCountsTheDeadHolder() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        SharedStateAutoConfiguration.class,
                        SharedStateEndpointAutoConfiguration.class,
                        SharedStateMetricsAutoConfiguration.class,
                        EndpointAutoConfiguration.class,
                        MetricsAutoConfiguration.class))
                .withBean(SimpleMeterRegistry.class, SimpleMeterRegistry::new)
                .withBean(Listener.class)
                .withPropertyValues(
                        "sharedstate.name=shop",
                        "sharedstate.mapped.directory=" + directory,
                        "sharedstate.locks.stock=",
                        "management.endpoints.web.exposure.include=sharedstate")
                .run(context -> {
                    SharedStateEndpoint endpoint = context.getBean(SharedStateEndpoint.class);
                    Queue<SharedStateEvent> events = context.getBean(Listener.class).events;
                    long pid = dieWithTheLockHeld();

                    LockDescriptor left = stock(endpoint);
                    assertThat(left.owner()).isNotNull().satisfies(owner -> {
                        assertThat(owner.alive()).isFalse();
                        assertThat(owner.ordinal()).isEqualTo(1);
                        assertThat(owner.pid()).isEqualTo(pid);
                        assertThat(owner.thread()).isEqualTo("main");
                    });
                    await().untilAsserted(() -> assertThat(events)
                            .anySatisfy(event -> assertThat(event)
                                    .isInstanceOfSatisfying(
                                            SharedStateEvent.MemberDied.class,
                                            died -> assertThat(died.member().pid())
                                                    .isEqualTo(pid))));

                    SharedLock lock = context.getBean("stockLock", SharedLock.class);
                    try (Lease lease = lock.acquire()) {
                        assertThat(lease.wasAbandoned()).isTrue();
                        assertThat(stock(endpoint).abandoned()).isTrue();
                        await().untilAsserted(() -> assertThat(events)
                                .contains(new SharedStateEvent.LockAbandoned("stock", lease.fencingToken(), false)));
                        lease.markConsistent();
                    }
                    assertThat(stock(endpoint).abandoned()).isFalse();
                    assertThat(stock(endpoint).abandonments()).isEqualTo(1);
                    assertThat(context.getBean(MeterRegistry.class)
                                    .get("sharedstate.lock.abandoned")
                                    .tag("name", "stock")
                                    .functionCounter()
                                    .count())
                            .isEqualTo(1);
                });
    }

    private static LockDescriptor stock(SharedStateEndpoint endpoint) {
        return Objects.requireNonNull(endpoint.sharedState().locks().get("stock"));
    }

    private long dieWithTheLockHeld() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        directory.resolve("shop").toString())
                .inheritIO()
                .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(Holder.DIED_HOLDING);
            return process.pid();
        } finally {
            process.destroyForcibly();
        }
    }

    static final class Holder {

        static final int DIED_HOLDING = 42;

        private Holder() {}

        public static void main(String[] args) {
            SharedState state = MappedEngine.at(Path.of(args[0])).open();
            state.lock("stock").lock();
            Runtime.getRuntime().halt(DIED_HOLDING);
        }
    }

    static class Listener {

        final Queue<SharedStateEvent> events = new ConcurrentLinkedQueue<>();

        @EventListener
        void on(SharedStateEvent event) {
            events.add(event);
        }
    }
}
