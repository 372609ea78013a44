package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.Kind;
import io.sharedstate.QueueOptions;
import io.sharedstate.SharedQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** What somebody does to a queue at the very moment at which it is removed. */
class QueueRemovalTests {

    private final HeapMemory memory = new HeapMemory();
    private final AtomicReference<Runnable> whenRemoving = new AtomicReference<>(() -> {});

    private final MappedState remover = MappedEngine.heap().open("heap", memory.new Attached() {
        @Override
        public void lockCreation() {
            whenRemoving.getAndSet(() -> {}).run();
            super.lockCreation();
        }
    });

    private final MappedState other = MappedEngine.heap().open("heap", memory.attach());

    private static SharedQueue<String> queue(MappedState state) {
        return state.queue("queue", String.class, QueueOptions.DEFAULT.maxSize(QueueOptions.MIN_SIZE));
    }

    /** Begins an action when both locks are held to remove the queue, which then goes on when the action waits for one of them. */
    private CompletableFuture<Boolean> during(BooleanSupplier action) {
        CompletableFuture<Boolean> result = new CompletableFuture<>();
        whenRemoving.set(() -> {
            Thread thread = new Thread(() -> result.complete(action.getAsBoolean()));
            thread.start();
            await().until(() ->
                    thread.getState() == Thread.State.TIMED_WAITING || thread.getState() == Thread.State.WAITING);
        });
        return result;
    }

    @Test
    void whatIsOfferedMeanwhileIsInTheNextQueue() throws Exception {
        try (remover;
                other) {
            SharedQueue<String> queue = queue(other);
            queue.add("gone");
            CompletableFuture<Boolean> offered = during(() -> queue.offer("stays"));
            assertThat(remover.remove(Kind.QUEUE, "queue")).isTrue();
            assertThat(offered.get(30, TimeUnit.SECONDS)).isTrue();
            assertThat(queue.poll()).isEqualTo("stays");
            assertThat(queue(remover).poll()).isNull();
        }
    }

    @Test
    void whoReceivesMeanwhileFindsNothing() throws Exception {
        try (remover;
                other) {
            SharedQueue<String> queue = queue(other);
            queue.add("gone");
            CompletableFuture<Boolean> received = during(() -> queue.poll() != null);
            assertThat(remover.remove(Kind.QUEUE, "queue")).isTrue();
            assertThat(received.get(30, TimeUnit.SECONDS)).isFalse();
        }
    }
}
