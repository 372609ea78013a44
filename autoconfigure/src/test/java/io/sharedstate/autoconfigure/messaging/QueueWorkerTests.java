package io.sharedstate.autoconfigure.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

import io.sharedstate.SharedQueue;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class QueueWorkerTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    SharedStateAutoConfiguration.class, SharedStateMessagingAutoConfiguration.class))
            .withPropertyValues("sharedstate.engine=heap");

    @Configuration(proxyBeanMethods = false)
    static class Broken {

        @Bean
        @SuppressWarnings("unchecked")
        SharedQueue<String> broken(SharedState state) throws InterruptedException {
            SharedQueue<String> real = state.queue("texts", String.class);
            real.add("after all");
            SharedQueue<String> broken = mock(SharedQueue.class);
            given(broken.name()).willReturn("texts");
            given(broken.receive())
                    .willThrow(new IllegalStateException("broken"), new IllegalStateException("broken again"))
                    .willAnswer(invocation -> real.receive());
            return broken;
        }

        @SharedQueueListener(queue = "texts")
        void on(String text) {}
    }

    @Test
    void whenReceivingFailsItIsTriedAgainAndSaidOnce(CapturedOutput output) {
        runner.withUserConfiguration(Broken.class).run(context -> {
            SharedState state = context.getBean(SharedState.class);

            await().until(() -> state.queueStatistics("texts").orElseThrow().bytes() == 0);
            assertThat(output).containsOnlyOnce("queue 'texts': receiving failed; it is tried again each PT1S");
        });
    }

    @ParameterizedTest
    @CsvSource({
        "PT1S, 1, PT1S",
        "PT1S, 2, PT2S",
        "PT1S, 9, PT4M16S",
        "PT1S, 10, PT5M",
        "PT1S, 255, PT5M",
        "PT0S, 255, PT0S",
        "PT10M, 1, PT10M",
        "PT10M, 3, PT10M"
    })
    void theDelayDoublesUpToFiveMinutes(Duration first, int attempts, Duration expected) {
        assertThat(QueueWorker.delay(first, attempts)).isEqualTo(expected);
    }
}
