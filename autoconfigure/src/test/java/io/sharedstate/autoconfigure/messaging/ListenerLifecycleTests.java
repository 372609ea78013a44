package io.sharedstate.autoconfigure.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.Delivery;
import io.sharedstate.SharedQueue;
import io.sharedstate.SharedState;
import io.sharedstate.SharedTopic;
import io.sharedstate.autoconfigure.Place;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.scheduling.concurrent.ExecutorConfigurationSupport;

/** Contexts that start and stop, beside another member of their state. */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
@ParameterizedClass
@EnumSource(names = {"MAPPED", "REDIS"})
class ListenerLifecycleTests {

    @Parameter
    Place.Engine engine;

    private Place place;

    private SharedState other;
    private SharedQueue<Long> queue;
    private SharedTopic<Long> topic;
    private ApplicationContextRunner runner;

    @BeforeEach
    void join() {
        place = engine.place();
        other = place.open();
        queue = other.queue("numbers", Long.class);
        topic = other.topic("numbers", Long.class);
        runner = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        LifecycleAutoConfiguration.class,
                        SharedStateAutoConfiguration.class,
                        SharedStateMessagingAutoConfiguration.class))
                .withBean(SharedState.class, place::open)
                .withBean(Listening.class);
    }

    @AfterEach
    void leave() {
        place.close();
    }

    /** Holds on with what is negative. */
    static class Listening {

        final Queue<Long> queued = new ConcurrentLinkedQueue<>();
        final Queue<Long> published = new ConcurrentLinkedQueue<>();
        final CountDownLatch held = new CountDownLatch(1);
        final CountDownLatch released = new CountDownLatch(1);

        @SharedQueueListener(queue = "numbers")
        void received(long number) throws InterruptedException {
            handle(number, queued);
        }

        @SharedTopicListener(topic = "numbers")
        void heard(long number) throws InterruptedException {
            handle(number, published);
        }

        private void handle(long number, Queue<Long> handled) throws InterruptedException {
            if (number < 0) {
                held.countDown();
                released.await();
            }
            handled.add(number);
        }
    }

    @Test
    void whatIsInWorkIsFinishedBeforeTheContextCloses() {
        runner.run(context -> {
            Listening listening = context.getBean(Listening.class);
            queue.add(-1L);
            listening.held.await();

            CompletableFuture<Void> closed = CompletableFuture.runAsync(context.getSourceApplicationContext()::close);
            await().until(() -> !context.getBean(MessageListeners.class).isRunning());
            queue.add(2L);
            assertThat(closed).isNotDone();
            listening.released.countDown();
            closed.join();

            assertThat(listening.queued).containsExactly(-1L);
            Delivery<Long> next = queue.receive(Duration.ofSeconds(30)).orElseThrow();
            assertThat(next.value()).isEqualTo(2);
            assertThat(next.redelivered()).isFalse();
        });
    }

    @Test
    void whatATopicListenerHasInWorkIsFinishedBeforeTheContextCloses() {
        runner.run(context -> {
            Listening listening = context.getBean(Listening.class);
            topic.publish(-1L);
            listening.held.await();

            CompletableFuture<Void> closed = CompletableFuture.runAsync(context.getSourceApplicationContext()::close);
            await().until(() -> !context.getBean(MessageListeners.class).isRunning());
            topic.publish(2L);
            assertThat(closed).isNotDone();
            listening.released.countDown();
            closed.join();

            assertThat(listening.published).containsExactly(-1L);
        });
    }

    @Test
    void whatIsNotFinishedInTimeIsRedeliveredAtOnce(CapturedOutput output) {
        runner.withPropertyValues("spring.lifecycle.timeout-per-shutdown-phase=50ms")
                .run(context -> {
                    Listening listening = context.getBean(Listening.class);
                    queue.add(-1L);
                    listening.held.await();

                    context.getSourceApplicationContext().close();

                    Delivery<Long> again = queue.receive(Duration.ofSeconds(30)).orElseThrow();
                    assertThat(again.value()).isEqualTo(-1);
                    assertThat(again.redelivered()).isTrue();
                    again.done();
                    listening.released.countDown();
                    await().until(() -> output.getOut()
                            .contains("queue 'numbers': attempt 1 at a message failed; it is received again as soon as"
                                    + " this process has left the shared state"));
                    assertThat(queue.statistics().bytes()).isZero();
                });
    }

    @Test
    void listenersStopAndStartWithTheContext() {
        runner.run(context -> {
            ConfigurableApplicationContext application = context.getSourceApplicationContext();
            Listening listening = context.getBean(Listening.class);
            sendAndAwait(listening, 1);

            application.stop();
            await().until(() -> threads().isEmpty());
            queue.add(2L);
            topic.publish(2L);
            application.start();
            await().until(() -> listening.queued.contains(2L));
            sendAndAwait(listening, 3);
            application.pause();
            await().until(() -> threads().isEmpty());
            application.restart();
            sendAndAwait(listening, 4);

            assertThat(listening.queued).containsExactly(1L, 2L, 3L, 4L);
            assertThat(listening.published).as("nobody had subscribed to 2").containsExactly(1L, 3L, 4L);
        });
        await().until(() -> threads().isEmpty());
    }

    private void sendAndAwait(Listening listening, long number) {
        queue.add(number);
        topic.publish(number);
        await().until(() -> listening.queued.contains(number) && listening.published.contains(number));
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.contains("-numbers-"))
                .toList();
    }

    @Test
    void listenersStopBeforeWhatTheyMayNeed() {
        runner.run(context -> assertThat(context.getBean(MessageListeners.class).getPhase())
                .isGreaterThan(WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE)
                .isGreaterThan(ExecutorConfigurationSupport.DEFAULT_PHASE));
    }
}
