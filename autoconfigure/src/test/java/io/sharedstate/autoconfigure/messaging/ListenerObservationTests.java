package io.sharedstate.autoconfigure.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.search.Search;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sharedstate.Delivery;
import io.sharedstate.SharedQueue;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.autoconfigure.metrics.SharedStateMetricsAutoConfiguration;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

@Timeout(60)
class ListenerObservationTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    SharedStateAutoConfiguration.class,
                    SharedStateMessagingAutoConfiguration.class,
                    SharedStateMetricsAutoConfiguration.class,
                    MetricsAutoConfiguration.class,
                    ObservationAutoConfiguration.class))
            .withPropertyValues("sharedstate.engine=heap", "sharedstate.metrics.common-tag=true")
            .withBean(Listening.class);

    static class Listening {

        @SharedQueueListener(queue = "texts", retryDelay = "1ms")
        void on(Delivery<String> delivery) {
            if (delivery.attempts() == 1 && delivery.value().equals("later")) {
                delivery.retry(Duration.ZERO);
            } else if (delivery.attempts() == 1 && delivery.value().equals("fails")) {
                throw new IllegalStateException("failed on purpose");
            }
        }

        @SharedTopicListener(topic = "texts")
        void on(String text) {
            if (text.equals("fails")) {
                throw new IllegalStateException("failed on purpose");
            }
        }
    }

    @Test
    void callsAreTimedByOutcome() {
        runner.withBean(SimpleMeterRegistry.class, SimpleMeterRegistry::new).run(context -> {
            SharedState state = context.getBean(SharedState.class);
            SharedQueue<String> queue = state.queue("texts", String.class);
            queue.add("plain");
            queue.add("later");
            queue.add("fails");
            state.topic("texts", String.class).publish("plain");
            state.topic("texts", String.class).publish("fails");

            MeterRegistry registry = context.getBean(MeterRegistry.class);
            awaitCount(3, registry, "queue", "done", "none");
            awaitCount(1, registry, "queue", "retried", "none");
            awaitCount(1, registry, "queue", "failed", "IllegalStateException");
            awaitCount(1, registry, "topic", "done", "none");
            awaitCount(1, registry, "topic", "failed", "IllegalStateException");
        });
    }

    private static void awaitCount(int count, MeterRegistry registry, String kind, String outcome, String error) {
        Search timers = registry.find("sharedstate.listener")
                .tags("kind", kind, "name", "texts", "outcome", outcome, "error", error, "member", "0");
        await().untilAsserted(() ->
                assertThat(timers.timer()).isNotNull().extracting(Timer::count).isEqualTo((long) count));
    }

    @Test
    void withoutMetersTheyAreCalledAllTheSame() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        SharedStateAutoConfiguration.class, SharedStateMessagingAutoConfiguration.class))
                .withPropertyValues("sharedstate.engine=heap")
                .withBean(Listening.class)
                .run(context -> {
                    SharedQueue<String> queue =
                            context.getBean(SharedState.class).queue("texts", String.class);
                    queue.add("plain");
                    await().until(() -> queue.statistics().bytes() == 0);
                });
    }
}
