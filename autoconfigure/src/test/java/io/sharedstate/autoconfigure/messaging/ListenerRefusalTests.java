package io.sharedstate.autoconfigure.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sharedstate.Delivery;
import io.sharedstate.SharedQueue;
import io.sharedstate.SharedState;
import io.sharedstate.TopicMessage;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.scheduling.annotation.Async;

@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class ListenerRefusalTests {

    @ParameterizedTest
    @MethodSource
    void whatCannotWorkIsRefusedAtTheStart(
            Class<?> listener, String description, String action, CapturedOutput output) {
        assertThatThrownBy(() -> new SpringApplicationBuilder(Application.class, listener)
                        .web(WebApplicationType.NONE)
                        .properties("spring.main.banner-mode=off", "sharedstate.engine=heap")
                        .run())
                .hasStackTraceContaining(ListenerException.class.getName());
        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("'" + listener.getName() + ".on' has @Shared")
                .contains(description)
                .contains(action);
    }

    static Stream<Arguments> whatCannotWorkIsRefusedAtTheStart() {
        String block = "block on what is reactive or asynchronous";
        String nobodyKnows = ": nobody knows when its work is done.";
        return Stream.of(
                Arguments.of(
                        Future.class, "@SharedQueueListener, but it returns a CompletableFuture" + nobodyKnows, block),
                Arguments.of(FutureOfTopic.class, "@SharedTopicListener, but it returns a CompletableFuture", block),
                Arguments.of(Asynchronous.class, "it is @Async" + nobodyKnows, "Leave @Async out"),
                Arguments.of(AsynchronousClass.class, "it is @Async" + nobodyKnows, "Leave @Async out"),
                Arguments.of(
                        NoParameter.class,
                        "it has 0 parameters.",
                        "Have it take the message, or a Delivery of it, and nothing else."),
                Arguments.of(
                        TwoParameters.class,
                        "it has 2 parameters.",
                        "Have it take the message, or a TopicMessage of it, and nothing else."),
                Arguments.of(
                        Variable.class, "the type of its message isn't known: it takes a ?.", "or Delivery<Order>"),
                Arguments.of(
                        RawDelivery.class,
                        "the type of its message isn't known: it takes a " + Delivery.class.getName(),
                        "or Delivery<Order>"),
                Arguments.of(
                        RawMessage.class,
                        "the type of its message isn't known: it takes a " + TopicMessage.class.getName(),
                        "or TopicMessage<Order>"),
                Arguments.of(
                        Parameterized.class,
                        "it takes messages of type java.util.List<java.lang.String>, which no codec is known for.",
                        "declare a bean of type SharedQueue<java.util.List<java.lang.String>> with the name 'orders'"),
                Arguments.of(
                        Mismatch.class,
                        "it takes messages of type java.lang.Long, and the bean 'ordersQueue', which has the name 'orders',"
                                + " isn't a io.sharedstate.SharedQueue<java.lang.Long>.",
                        "Have both say the same type."),
                Arguments.of(BadName.class, "its SharedQueue 'no name' can't be had: ", "Correct the name"),
                Arguments.of(NoConcurrency.class, "its concurrency is '0'.", "1 or more"),
                Arguments.of(NotANumber.class, "its concurrency is 'many'.", "1 or more"),
                Arguments.of(NoDuration.class, "its retryDelay is 'soon'.", "such as 500ms, 10s or PT1M"),
                Arguments.of(NegativeDuration.class, "its retryDelay is '-1s'.", "zero or more"),
                Arguments.of(
                        FinalMethod.class,
                        "is a proxy that it can't be called through.",
                        "Make it a public method that isn't final"),
                Arguments.of(
                        PrivateMethod.class,
                        "is a proxy that it can't be called through.",
                        "Make it a public method that isn't final"),
                Arguments.of(
                        NotOfTheInterface.class,
                        "is a proxy that it can't be called through.",
                        "if the proxy is one of interfaces, put it into one of these"));
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({SharedStateAutoConfiguration.class, SharedStateMessagingAutoConfiguration.class})
    static class Application {}

    static class Future {
        @SharedQueueListener(queue = "orders")
        CompletableFuture<String> on(String order) {
            return CompletableFuture.completedFuture(order);
        }
    }

    static class FutureOfTopic {
        @SharedTopicListener(topic = "orders")
        CompletableFuture<String> on(String order) {
            return CompletableFuture.completedFuture(order);
        }
    }

    static class Asynchronous {
        @Async
        @SharedQueueListener(queue = "orders")
        void on(String order) {}
    }

    @Async
    static class AsynchronousClass {
        @SharedQueueListener(queue = "orders")
        void on(String order) {}
    }

    static class NoParameter {
        @SharedQueueListener(queue = "orders")
        void on() {}
    }

    static class TwoParameters {
        @SharedTopicListener(topic = "orders")
        void on(String order, long number) {}
    }

    static class Variable<T> {
        @SharedQueueListener(queue = "orders")
        void on(T order) {}
    }

    static class RawDelivery {
        @SharedQueueListener(queue = "orders")
        @SuppressWarnings("rawtypes")
        void on(Delivery order) {}
    }

    static class RawMessage {
        @SharedTopicListener(topic = "orders")
        void on(TopicMessage<?> order) {}
    }

    static class Parameterized {
        @SharedQueueListener(queue = "orders")
        void on(List<String> orders) {}
    }

    @Configuration(proxyBeanMethods = false)
    static class Mismatch {
        @Bean
        SharedQueue<String> ordersQueue(SharedState state) {
            return state.queue("orders", String.class);
        }

        @SharedQueueListener(queue = "orders")
        void on(long order) {}
    }

    static class BadName {
        @SharedQueueListener(queue = "no name")
        void on(String order) {}
    }

    static class NoConcurrency {
        @SharedQueueListener(queue = "orders", concurrency = "${workers:0}")
        void on(String order) {}
    }

    static class NotANumber {
        @SharedQueueListener(queue = "orders", concurrency = "many")
        void on(String order) {}
    }

    static class NoDuration {
        @SharedQueueListener(queue = "orders", retryDelay = "soon")
        void on(String order) {}
    }

    static class NegativeDuration {
        @SharedQueueListener(queue = "orders", retryDelay = "-1s")
        void on(String order) {}
    }

    @Import(ListenerBeansTests.Advised.class)
    static class FinalMethod {
        @SharedQueueListener(queue = "orders")
        public final void on(String order) {}

        @ListenerBeansTests.Intercepted
        public void other() {}
    }

    @Import(ListenerBeansTests.Advised.class)
    static class PrivateMethod {
        @SharedQueueListener(queue = "orders")
        private void on(String order) {}

        @ListenerBeansTests.Intercepted
        public void other() {}
    }

    interface Other {
        void other();
    }

    @Import(ListenerBeansTests.Advised.class)
    static class NotOfTheInterface implements Other {
        @SharedQueueListener(queue = "orders")
        public void on(String order) {}

        @ListenerBeansTests.Intercepted
        @Override
        public void other() {}
    }
}
