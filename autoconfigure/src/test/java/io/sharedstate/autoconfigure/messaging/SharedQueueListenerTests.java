package io.sharedstate.autoconfigure.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.Codec;
import io.sharedstate.DeadLetter;
import io.sharedstate.Delivery;
import io.sharedstate.QueueOptions;
import io.sharedstate.SharedQueue;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.Place;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
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
import org.springframework.stereotype.Component;

@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
@ParameterizedClass
@EnumSource
class SharedQueueListenerTests {

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
                .withBean(SharedState.class, place::open)
                .withBean(Inbox.class);
    }

    @AfterEach
    void leave() {
        place.close();
    }

    record Order(int number, String item) {}

    /** What listeners heard. */
    static class Inbox {

        final Queue<Object> heard = new ConcurrentLinkedQueue<>();

        void awaitExactly(Object... expected) {
            await().untilAsserted(() -> assertThat(heard).containsExactly(expected));
        }
    }

    private static SharedQueue<Order> orders(SharedState state) {
        return state.queue("orders", Order.class);
    }

    private static void awaitNothingLeft(SharedState state) {
        await().until(() -> orders(state).statistics().bytes() == 0);
    }

    @Test
    void aMessageIsDoneWhenTheMethodReturns() {
        runner.withUserConfiguration(Plain.class).run(context -> {
            SharedState state = context.getBean(SharedState.class);

            orders(state).add(new Order(1, "book"));
            orders(state).add(new Order(2, "pen"));

            context.getBean(Inbox.class).awaitExactly(new Order(1, "book"), new Order(2, "pen"));
            awaitNothingLeft(state);
        });
    }

    @Component
    record Plain(Inbox inbox) {
        @SharedQueueListener(queue = "orders")
        void on(Order order) {
            inbox.heard.add(order);
        }
    }

    @Test
    void aMessageThatWasThereBeforeIsReceived() {
        try (SharedState before = place.open()) {
            orders(before).add(new Order(1, "book"));
            runner.withUserConfiguration(Plain.class)
                    .run(context -> context.getBean(Inbox.class).awaitExactly(new Order(1, "book")));
        }
    }

    @Test
    void withDeliveriesTheMethodSaysWhatBecomesOfThem(CapturedOutput output) {
        runner.withUserConfiguration(Deliveries.class).run(context -> {
            SharedState state = context.getBean(SharedState.class);

            orders(state).add(new Order(1, "done"));
            orders(state).add(new Order(2, "nothing"));
            context.getBean(Inbox.class).awaitExactly("done 1", "nothing 1");
            awaitNothingLeft(state);
            orders(state).add(new Order(3, "retry"));
            context.getBean(Inbox.class).awaitExactly("done 1", "nothing 1", "retry 1", "retry 2");
            orders(state).add(new Order(4, "close"));

            context.getBean(Inbox.class)
                    .awaitExactly("done 1", "nothing 1", "retry 1", "retry 2", "close 1", "close 2");
            awaitNothingLeft(state);
            assertThat(output).doesNotContain("failed");
            orders(state).add(new Order(5, "fails when done"));
            await().until(() ->
                    output.getOut().contains("queue 'orders': attempt 1 at a message failed; it had been done before"));
        });
    }

    @Component
    record Deliveries(Inbox inbox) {
        @SharedQueueListener(queue = "orders")
        void on(Delivery<Order> delivery) {
            inbox.heard.add(delivery.value().item() + " " + delivery.attempts());
            assertThat(delivery.redelivered()).isEqualTo(delivery.attempts() > 1);
            if (delivery.attempts() == 1) {
                switch (delivery.value().item()) {
                    case "done" -> delivery.done();
                    case "retry" -> delivery.retry(Duration.ofMillis(1));
                    case "close" -> delivery.close();
                    case "fails when done" -> {
                        delivery.done();
                        throw new IllegalStateException("afterwards");
                    }
                    default -> {}
                }
            }
        }
    }

    @Test
    void whatFailsIsRetriedUntilItIsADeadLetterAndTheRestGoesOn(CapturedOutput output) {
        runner.withUserConfiguration(Failing.class).run(context -> {
            SharedQueue<Order> orders = context.getBean(Failing.class).ordersQueue(context.getBean(SharedState.class));

            orders.add(new Order(1, "secret"));
            orders.add(new Order(2, "pen"));
            await().until(() -> orders.statistics().deadLetters() == 1);
            orders.add(new Order(3, "book"));

            await().untilAsserted(() -> assertThat(context.getBean(Inbox.class).heard)
                    .filteredOn(Order.class::isInstance)
                    .containsExactly(new Order(2, "pen"), new Order(3, "book")));
            assertThat(context.getBean(Inbox.class).heard)
                    .filteredOn(Integer.class::isInstance)
                    .containsExactly(1, 2, 3);
            assertThat(orders.deadLetters(10)).extracting(DeadLetter::value).containsExactly(new Order(1, "secret"));
            assertThat(output)
                    .containsOnlyOnce("queue 'orders': attempt 1 at a message failed; the next one is in PT0.001S")
                    .containsOnlyOnce("queue 'orders': attempt 2 at a message failed; the next one is in PT0.002S")
                    .containsOnlyOnce("queue 'orders': attempt 3 at a message failed; the next one is in PT0.004S")
                    .contains("IllegalStateException: no such thing")
                    .doesNotContain("secret");
        });
    }

    @Configuration(proxyBeanMethods = false)
    static class Failing {

        @Bean
        SharedQueue<Order> ordersQueue(SharedState state) {
            return state.queue("orders", Order.class, QueueOptions.DEFAULT.maxAttempts(3));
        }

        @Bean
        Object listener(Inbox inbox) {
            return new Object() {
                @SharedQueueListener(queue = "orders", retryDelay = "1ms")
                void on(Delivery<Order> delivery) {
                    if (delivery.value().item().equals("secret")) {
                        inbox.heard.add(delivery.attempts());
                        throw new IllegalStateException("no such thing");
                    }
                    inbox.heard.add(delivery.value());
                }
            };
        }
    }

    @Test
    void whatIsDeclaredOfAQueueHolds() {
        runner.withUserConfiguration(Refusing.class)
                .withPropertyValues(
                        "sharedstate.queues.orders.type=" + Order.class.getName(),
                        "sharedstate.queues.orders.max-attempts=2")
                .run(context -> {
                    SharedQueue<?> orders = context.getBean("ordersQueue", SharedQueue.class);

                    orders(context.getBean(SharedState.class)).add(new Order(1, "book"));

                    await().until(() -> orders.statistics().deadLetters() == 1);
                    assertThat(context.getBean(Inbox.class).heard).hasSize(2);
                });
    }

    @Component
    record Refusing(Inbox inbox) {
        @SharedQueueListener(queue = "orders", retryDelay = "1ms")
        void on(Order order) {
            inbox.heard.add(order);
            throw new IllegalStateException("refused on purpose");
        }
    }

    @Test
    void whatCannotBeReadIsRetriedUntilItIsADeadLetterAndTheRestGoesOn(CapturedOutput output) {
        runner.withUserConfiguration(Unreadable.class).run(context -> {
            SharedQueue<String> texts =
                    context.getBean(Unreadable.class).textsQueue(context.getBean(SharedState.class));

            texts.add("torn");
            texts.add("whole");

            context.getBean(Inbox.class).awaitExactly("whole");
            await().until(() -> texts.statistics().deadLetters() == 1);
            assertThat(output)
                    .contains("queue 'texts': attempt 2 at a message failed")
                    .contains("CodecException: queue 'texts': a message of 4 bytes, received 2 times, can't be read");
        });
    }

    @Configuration(proxyBeanMethods = false)
    static class Unreadable {

        private static final Codec<String> CODEC = new Codec<>() {
            @Override
            public byte[] encode(String text) {
                return text.getBytes(StandardCharsets.UTF_8);
            }

            @Override
            public String decode(byte[] bytes) {
                String text = new String(bytes, StandardCharsets.UTF_8);
                if (text.equals("torn")) {
                    throw new IllegalArgumentException("no text");
                }
                return text;
            }
        };

        @Bean
        SharedQueue<String> textsQueue(SharedState state) {
            return state.queue("texts", CODEC, QueueOptions.DEFAULT.maxAttempts(2));
        }

        @Bean
        Object listener(Inbox inbox) {
            return new Object() {
                @SharedQueueListener(queue = "texts", retryDelay = "0")
                void on(String text) {
                    inbox.heard.add(text);
                }
            };
        }
    }

    @Test
    void asManyAreHandledAtOnceAsTheConcurrencySays() {
        runner.withUserConfiguration(Concurrent.class)
                .withPropertyValues("shop.queue=orders", "shop.workers=4")
                .run(context -> {
                    SharedState state = context.getBean(SharedState.class);
                    for (int i = 0; i < 12; i++) {
                        orders(state).add(new Order(i, "book"));
                    }

                    awaitNothingLeft(state);
                    Concurrent listener = context.getBean(Concurrent.class);
                    assertThat(listener.most).hasValue(4);
                    assertThat(listener.threads)
                            .containsOnly("queue-orders-1", "queue-orders-2", "queue-orders-3", "queue-orders-4");
                });
    }

    @Component
    static class Concurrent {

        final CyclicBarrier four = new CyclicBarrier(4);
        final AtomicInteger now = new AtomicInteger();
        final AtomicInteger most = new AtomicInteger();
        final Queue<String> threads = new ConcurrentLinkedQueue<>();

        @SharedQueueListener(queue = "${shop.queue}", concurrency = "#{${shop.workers} * 1}")
        void on(Order order) throws Exception {
            threads.add(Thread.currentThread().getName());
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            four.await();
            now.decrementAndGet();
        }
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21)
    void listenersHaveVirtualThreadsIfTheApplicationHas() {
        runner.withUserConfiguration(Threads.class)
                .withPropertyValues("spring.threads.virtual.enabled=true")
                .run(context -> {
                    orders(context.getBean(SharedState.class)).add(new Order(1, "book"));

                    await().until(() -> !context.getBean(Inbox.class).heard.isEmpty());
                    assertThat(context.getBean(Inbox.class).heard.peek())
                            .asString()
                            .contains("VirtualThread")
                            .contains("queue-orders-0");
                });
    }

    @Component
    record Threads(Inbox inbox) {
        @SharedQueueListener(queue = "orders")
        void on(Order order) {
            inbox.heard.add(Thread.currentThread().toString());
        }
    }

    @Test
    void anInterruptThatTheMethodLeavesDoesNotEndIt() {
        runner.withUserConfiguration(Interrupting.class).run(context -> {
            SharedState state = context.getBean(SharedState.class);
            for (int i = 1; i <= 3; i++) {
                orders(state).add(new Order(i, "book"));
            }

            context.getBean(Inbox.class).awaitExactly(1, 2, 3);
            awaitNothingLeft(state);
        });
    }

    @Component
    record Interrupting(Inbox inbox) {
        @SharedQueueListener(queue = "orders")
        void on(Order order) {
            inbox.heard.add(order.number());
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void theTypeOfTheMessageMayBeThatOfASubclass() {
        runner.withUserConfiguration(Specific.class).run(context -> {
            SharedState state = context.getBean(SharedState.class);
            state.queue("orders", Long.class).add(7L);

            context.getBean(Inbox.class).awaitExactly(7L);
        });
    }

    abstract static class Generic<T> {

        private final Inbox inbox;

        Generic(Inbox inbox) {
            this.inbox = inbox;
        }

        @SharedQueueListener(queue = "orders")
        public void on(T message) {
            inbox.heard.add(message);
        }
    }

    @Component
    static class Specific extends Generic<Long> {
        Specific(Inbox inbox) {
            super(inbox);
        }
    }
}
