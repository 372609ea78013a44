package io.sharedstate.autoconfigure.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.Codec;
import io.sharedstate.SharedState;
import io.sharedstate.SharedTopic;
import io.sharedstate.TopicMessage;
import io.sharedstate.TopicOptions;
import io.sharedstate.autoconfigure.Place;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
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
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
@ParameterizedClass
@EnumSource
class SharedTopicListenerTests {

    @Parameter
    Place.Engine engine;

    private Place place;

    private ApplicationContextRunner runner;

    @BeforeEach
    void setUp() {
        place = engine.place();
        runner = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        SharedStateAutoConfiguration.class, SharedStateMessagingAutoConfiguration.class))
                .withBean(SharedState.class, place::open);
    }

    @AfterEach
    void leave() {
        place.close();
    }

    record Price(String item, int cents) {}

    static class Prices {

        final Queue<Price> heard = new ConcurrentLinkedQueue<>();
        final Queue<TopicMessage<Price>> whole = new ConcurrentLinkedQueue<>();

        @SharedTopicListener(topic = "${prices:prices}")
        void on(Price price) {
            heard.add(price);
            if (price.cents() < 0) {
                throw new IllegalStateException("a price below zero");
            }
        }

        @SharedTopicListener(topic = "prices")
        void onWhole(TopicMessage<Price> message) {
            whole.add(message);
        }
    }

    @Test
    void everyInstanceHearsEveryMessage() {
        runner.withBean(Prices.class)
                .run(one -> runner.withBean(Prices.class).run(two -> {
                    SharedTopic<Price> topic = one.getBean(SharedState.class).topic("prices", Price.class);
                    topic.publish(new Price("book", 900));
                    topic.publish(new Price("pen", 90));

                    for (Prices prices : new Prices[] {one.getBean(Prices.class), two.getBean(Prices.class)}) {
                        await().untilAsserted(() ->
                                assertThat(prices.heard).containsExactly(new Price("book", 900), new Price("pen", 90)));
                        await().untilAsserted(() -> assertThat(prices.whole)
                                .containsExactly(
                                        new TopicMessage<>(1, new Price("book", 900), 0),
                                        new TopicMessage<>(2, new Price("pen", 90), 0)));
                    }
                }));
    }

    @Test
    void aListenerThatThrowsGoesOnWithTheNext(CapturedOutput output) {
        runner.withBean(Prices.class).run(context -> {
            SharedTopic<Price> topic = context.getBean(SharedState.class).topic("prices", Price.class);
            topic.publish(new Price("book", -1));
            topic.publish(new Price("pen", 90));

            await().untilAsserted(() -> assertThat(context.getBean(Prices.class).heard)
                    .containsExactly(new Price("book", -1), new Price("pen", 90)));
            assertThat(output)
                    .containsOnlyOnce("topic 'prices': message 1 failed; it goes on with the next")
                    .contains("IllegalStateException: a price below zero");
        });
    }

    static class Interrupting {

        final Queue<Long> heard = new ConcurrentLinkedQueue<>();

        @SharedTopicListener(topic = "numbers")
        void on(long number) {
            heard.add(number);
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void anInterruptThatTheMethodLeavesDoesNotEndIt() {
        runner.withBean(Interrupting.class).run(context -> {
            SharedTopic<Long> topic = context.getBean(SharedState.class).topic("numbers", Long.class);
            for (long number = 1; number <= 3; number++) {
                topic.publish(number);
            }

            await().untilAsserted(() ->
                    assertThat(context.getBean(Interrupting.class).heard).containsExactly(1L, 2L, 3L));
        });
    }

    @Configuration(proxyBeanMethods = false)
    static class Slow {

        static final Codec<byte[]> TORN_WHEN_EMPTY = new Codec<>() {
            @Override
            public byte[] encode(byte[] bytes) {
                return bytes;
            }

            @Override
            public byte[] decode(byte[] bytes) {
                if (bytes.length == 0) {
                    throw new IllegalArgumentException("torn");
                }
                return bytes;
            }
        };

        final CountDownLatch released = new CountDownLatch(1);
        final Queue<String> heard = new ConcurrentLinkedQueue<>();
        final Queue<Long> missed = new ConcurrentLinkedQueue<>();

        @Bean
        SharedTopic<byte[]> pictures(SharedState state) {
            return state.topic("pictures", TORN_WHEN_EMPTY, TopicOptions.DEFAULT.maxSize(TopicOptions.MIN_SIZE));
        }

        @SharedTopicListener(topic = "pictures")
        void on(byte[] picture) throws InterruptedException {
            released.await();
            heard.add(new String(picture, StandardCharsets.UTF_8));
        }

        @SharedTopicListener(topic = "pictures")
        void onWhole(TopicMessage<byte[]> message) throws InterruptedException {
            released.await();
            missed.add(message.missed());
        }
    }

    @Test
    void aListenerThatIsTooSlowIsToldHowManyItMissed(CapturedOutput output) {
        runner.withUserConfiguration(Slow.class).run(context -> {
            Slow slow = context.getBean(Slow.class);
            SharedTopic<byte[]> pictures = context.getBean(Slow.class).pictures(context.getBean(SharedState.class));
            pictures.publish("first".getBytes(StandardCharsets.UTF_8));
            byte[] large = new byte[pictures.maxMessageSize()];
            for (int i = 0; i < 100; i++) {
                pictures.publish(large);
            }
            slow.released.countDown();
            pictures.publish("last".getBytes(StandardCharsets.UTF_8));

            await().until(() -> slow.heard.contains("last"));
            await().until(() -> slow.missed.stream().mapToLong(Long::longValue).sum() + slow.missed.size() == 102);
            assertThat(slow.missed.stream().mapToLong(Long::longValue).sum()).isPositive();
            assertThat(output.getOut().lines().filter(line -> line.contains("were missed")))
                    .isNotEmpty()
                    .allMatch(
                            line -> line.contains("WARN")
                                    && line.matches(
                                            ".*topic 'pictures': \\d+ messages before number \\d+ were missed, as the listener was too slow; .*"));
        });
    }

    @Test
    void whatCannotBeReadIsLeftOutAndTheRestGoesOn(CapturedOutput output) {
        runner.withUserConfiguration(Slow.class).run(context -> {
            Slow slow = context.getBean(Slow.class);
            slow.released.countDown();
            SharedTopic<byte[]> pictures = context.getBean(Slow.class).pictures(context.getBean(SharedState.class));
            pictures.publish(new byte[0]);
            pictures.publish("last".getBytes(StandardCharsets.UTF_8));

            await().until(() -> slow.heard.contains("last"));
            assertThat(output).contains("a message of topic 'pictures' was not handled; it goes on with the next");
        });
    }
}
