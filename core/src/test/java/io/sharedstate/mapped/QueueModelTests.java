package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.sharedstate.DeadLetter;
import io.sharedstate.Delivery;
import io.sharedstate.QueueOptions;
import io.sharedstate.QueueStatistics;
import io.sharedstate.SharedQueue;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** A queue and a few collections do the same at random, while members come, leave and die; {@code -Dsharedstate.test.seed=...} repeats it. */
class QueueModelTests {

    private static final Logger LOG = (Logger) LoggerFactory.getLogger(SharedQueue.class);
    private static final QueueOptions OPTIONS =
            QueueOptions.DEFAULT.maxSize(QueueOptions.MIN_SIZE).maxAttempts(4);
    private static final int STEPS = 60_000;

    /** What is known of a message: the text says who is meant. */
    private static final class Message {
        final String text;
        int attempts;
        boolean redelivered;
        long due;

        Message(String text) {
            this.text = text;
        }
    }

    private record Held(Message message, Delivery<String> delivery) {}

    private final class Process {
        final HeapMemory.Attached storage = memory.attach();
        final MappedState state = MappedEngine.heap()
                .maxMembers(4)
                .monotonic(() -> clock.get() * 1_000_000)
                .open("heap", storage);
        final SharedQueue<String> queue = state.queue("queue", String.class, OPTIONS);
        final List<Held> inWork = new ArrayList<>();

        void end(boolean killed) {
            if (killed) {
                storage.die();
                state.endThreads();
            } else {
                state.close();
            }
            inWork.forEach(held -> giveBack(held.message(), 0));
        }
    }

    private final HeapMemory memory = new HeapMemory();
    private final AtomicLong clock = new AtomicLong(1_000);
    private final Deque<Message> ready = new ArrayDeque<>();
    private final Map<String, Message> waiting = new HashMap<>();
    private final Map<String, Message> dead = new HashMap<>();
    private final List<Process> processes = new ArrayList<>();
    private Random random = new Random();

    @BeforeEach
    void mute() {
        LOG.setLevel(Level.ERROR);
        long seed = Long.getLong("sharedstate.test.seed", System.nanoTime());
        System.out.printf("QueueModelTests: -Dsharedstate.test.seed=%d%n", seed);
        random = new Random(seed);
    }

    @AfterEach
    void end() {
        LOG.setLevel(null);
        processes.forEach(process -> process.end(false));
    }

    private void giveBack(Message message, long due) {
        message.redelivered = true;
        message.due = due;
        (message.attempts < OPTIONS.maxAttempts() ? waiting : dead).put(message.text, message);
    }

    @Test
    void doesWhatAFewCollectionsDo() throws Exception {
        int full = 0;
        int deaths = 0;
        long redelivered = 0;
        processes.add(new Process());
        for (int step = 0; step < STEPS; step++) {
            clock.addAndGet(random.nextInt(4));
            if (processes.size() < 3) {
                processes.add(new Process());
            }
            Process process = processes.get(random.nextInt(processes.size()));
            // more messages at some times than at others, so that the queue is from empty to over-full
            int receivers = step % 6_000 < 3_000 ? 3 : 8;
            switch (random.nextInt(24)) {
                case 0 -> {
                    DeadLetter<String> letter =
                            process.queue.deadLetters(1).stream().findFirst().orElse(null);
                    assertThat(letter != null).isEqualTo(!dead.isEmpty());
                    if (letter != null) {
                        Message message = dead.remove(letter.value());
                        assertThat(letter.attempts()).isEqualTo(message.attempts);
                        if (random.nextBoolean()) {
                            assertThat(letter.remove()).isTrue();
                        } else {
                            assertThat(letter.requeue()).isTrue();
                            message.attempts = 0;
                            giveBack(message, 0);
                        }
                    }
                }
                case 1 -> {
                    if (random.nextInt(20) == 0) {
                        boolean killed = random.nextBoolean();
                        process.end(killed);
                        processes.remove(process);
                        deaths++;
                        if (processes.isEmpty()) {
                            processes.add(new Process());
                        }
                        // so that it is certain that somebody knows
                        Process finder = processes.get(0);
                        clock.addAndGet(10);
                        receive(finder, 1);
                    }
                }
                case 2 -> full += offer(process, 1 + random.nextInt(5)) ? 0 : 1;
                case 3, 4, 5, 6, 7, 8 -> full += offer(process, 1) ? 0 : 1;
                case 9, 10, 11, 12, 13, 14, 15, 16 -> {
                    if (random.nextInt(8) < receivers) {
                        redelivered += receive(process, 1 + random.nextInt(random.nextInt(5) == 0 ? 20 : 2));
                    }
                }
                default -> {
                    if (!process.inWork.isEmpty()) {
                        settle(process.inWork.remove(random.nextInt(process.inWork.size())));
                    }
                }
            }
            if (step % 500 == 0) {
                verify(processes.get(0));
            }
        }
        assertThat(full).isGreaterThan(50);
        assertThat(deaths).isGreaterThan(20);
        assertThat(redelivered).isGreaterThan(1_000);
    }

    private int number;

    private boolean offer(Process process, int count) throws InterruptedException {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add(number++ + "x".repeat(random.nextInt(random.nextInt(10) == 0 ? 5_000 : 200)));
        }
        boolean offered = process.queue.offerAll(texts, Duration.ZERO);
        if (offered) {
            texts.forEach(text -> ready.add(new Message(text)));
        }
        return offered;
    }

    /** Returns how many were redelivered. */
    private int receive(Process process, int max) throws InterruptedException {
        long due = waiting.values().stream()
                .filter(message -> message.due <= clock.get())
                .count();
        List<Delivery<String>> received = process.queue.receive(max, Duration.ZERO);
        assertThat(received.size()).isEqualTo((int) Math.min(max, due + ready.size()));
        int redelivered = 0;
        for (Delivery<String> delivery : received) {
            Message message;
            if (delivery.redelivered()) {
                message = waiting.remove(delivery.value());
                assertThat(message).as("%.20s", delivery.value()).isNotNull();
                assertThat(message.due).isLessThanOrEqualTo(clock.get());
                redelivered++;
            } else {
                message = ready.remove();
                assertThat(delivery.value()).isEqualTo(message.text);
            }
            assertThat(delivery.attempts()).isEqualTo(++message.attempts);
            assertThat(delivery.redelivered()).isEqualTo(message.redelivered);
            process.inWork.add(new Held(message, delivery));
        }
        assertThat((long) redelivered).isEqualTo(Math.min(max, due));
        return redelivered;
    }

    private void settle(Held held) {
        switch (random.nextInt(6)) {
            case 0 -> {
                held.delivery().close();
                giveBack(held.message(), 0);
            }
            case 1 -> {
                int delay = random.nextInt(1_000);
                held.delivery().retry(Duration.ofMillis(delay));
                giveBack(held.message(), clock.get() + delay);
            }
            default -> held.delivery().done();
        }
    }

    private void verify(Process process) {
        process.state.checkInvariants();
        assertThat(process.queue.statistics())
                .returns((long) ready.size() + waiting.size(), QueueStatistics::depth)
                .returns((long) dead.size(), QueueStatistics::deadLetters)
                .returns(
                        processes.stream().mapToLong(each -> each.inWork.size()).sum(), QueueStatistics::inWork);
    }
}
