package io.sharedstate.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.SharedState;
import io.sharedstate.SharedStateEvent;
import io.sharedstate.mapped.MappedEngine;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.event.EventListener;

class SharedStateEventsTests {

    private final MappedEngine engine = MappedEngine.heap();

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SharedStateAutoConfiguration.class))
            .withBean(SharedState.class, engine::open);

    @Test
    void publishesWhatHappensToTheState() {
        runner.withBean(Listener.class).run(context -> {
            Queue<SharedStateEvent> events = context.getBean(Listener.class).events;
            int ordinal;
            try (SharedState other = engine.open()) {
                ordinal = other.members().self().ordinal();
                await().until(() -> events.stream()
                        .anyMatch(event -> event instanceof SharedStateEvent.MemberJoined joined
                                && joined.member().ordinal() == 1));
            }
            await().until(() -> events.stream()
                    .anyMatch(event -> event instanceof SharedStateEvent.MemberLeft left
                            && left.member().ordinal() == ordinal));
        });
    }

    @Test
    void goesOnAfterAListenerThatThrows() {
        runner.withBean(Listener.class).withBean(Throwing.class).run(context -> {
            Queue<SharedStateEvent> thrown = context.getBean(Throwing.class).events;
            try (SharedState other = engine.open()) {
                await().until(() -> thrown.stream().anyMatch(SharedStateEvent.MemberJoined.class::isInstance));
            }
            await().until(() -> thrown.stream().anyMatch(SharedStateEvent.MemberLeft.class::isInstance));
        });
    }

    @Test
    void publishesNothingUnlessTheContextRuns() {
        runner.withBean(Listener.class).run(context -> {
            Listener listener = context.getBean(Listener.class);
            SharedStateEvents events = context.getBean(SharedStateEvents.class);
            Queue<SharedStateEvent> seenByTheState = new ConcurrentLinkedQueue<>();
            context.getBean(SharedState.class).addListener(seenByTheState::add);
            events.stop();
            try (SharedState other = engine.open()) {
                await().until(() -> !seenByTheState.isEmpty());
            }
            assertThat(listener.events).isEmpty();
            events.start();
            await().until(() -> seenByTheState.stream().anyMatch(SharedStateEvent.MemberLeft.class::isInstance));
            try (SharedState other = engine.open()) {
                await().until(() -> listener.events.stream()
                                .filter(SharedStateEvent.MemberJoined.class::isInstance)
                                .count()
                        == 1);
            }
        });
    }

    static class Listener {

        final Queue<SharedStateEvent> events = new ConcurrentLinkedQueue<>();

        @EventListener
        void on(SharedStateEvent event) {
            events.add(event);
        }
    }

    static class Throwing {

        final Queue<SharedStateEvent> events = new ConcurrentLinkedQueue<>();

        @EventListener
        void on(SharedStateEvent event) {
            events.add(event);
            throw new IllegalStateException("a listener's own failure");
        }
    }
}
