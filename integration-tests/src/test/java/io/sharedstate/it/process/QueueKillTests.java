package io.sharedstate.it.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.Delivery;
import io.sharedstate.QueueOptions;
import io.sharedstate.QueueStatistics;
import io.sharedstate.SharedQueue;
import io.sharedstate.SharedState;
import io.sharedstate.mapped.MappedEngine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes that offer and receive are killed; what was offered is received, and nothing twice that isn't marked as redelivered.
 * {@code -Dsharedstate.test.kills=500} kills that many producers, {@code -Dsharedstate.test.messages=...} sends that many messages.
 */
class QueueKillTests {

    private static final long MESSAGES = Long.getLong("sharedstate.test.messages", 1_000_000);
    private static final int KILLS = Integer.getInteger("sharedstate.test.kills", 30);
    private static final int EACH = 4;
    private static final int BATCH = 40;
    private static final Duration LONG = Duration.ofSeconds(30);

    /** So large that no message that is redelivered by a death becomes a dead letter. */
    private static final int ATTEMPTS = QueueOptions.MOST_ATTEMPTS;

    @TempDir(factory = SharedMemory.class)
    Path parent;

    @AutoClose
    final Workers workers = new Workers();

    private static SharedQueue<Long> queue(SharedState state, long size) {
        return state.queue(
                "numbers", Long.class, QueueOptions.DEFAULT.maxSize(size).maxAttempts(ATTEMPTS));
    }

    /** Offers the numbers from 0 on, one by one or many at once, with pauses as told, in microseconds; says up to which. */
    static final class Producer implements Work {
        @Override
        public void run(Child child) throws Exception {
            long life = child.number(0);
            try (SharedState state = child.open()) {
                SharedQueue<Long> queue = queue(state, child.number(1));
                Random random = new Random(life);
                for (long next = 0; !child.hasHeard(); ) {
                    List<Long> batch = new ArrayList<>();
                    for (int i = 1 + random.nextInt(BATCH); i > 0; i--) {
                        batch.add(life << 32 | next++);
                    }
                    if (batch.size() == 1) {
                        queue.put(batch.get(0));
                    } else if (!queue.offerAll(batch, LONG)) {
                        throw new AssertionError("no room for " + LONG);
                    }
                    child.say("sent", next);
                    LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(child.number(2)));
                }
            }
        }
    }

    /** Receives, says what, and only then that it is done: so whoever is killed has said what it has done. */
    static final class Consumer implements Work {
        @Override
        public void run(Child child) throws Exception {
            try (SharedState state = child.open()) {
                SharedQueue<Long> queue = queue(state, child.number(1));
                Random random = new Random(child.number(0));
                while (!child.hasHeard()) {
                    List<Delivery<Long>> deliveries = queue.receive(1 + random.nextInt(BATCH), Duration.ofMillis(100));
                    StringBuilder line = new StringBuilder("got");
                    for (Delivery<Long> delivery : deliveries) {
                        line.append(delivery.redelivered() ? " !" : " ").append(delivery.value());
                    }
                    child.say(line);
                    LockSupport.parkNanos(random.nextInt(1_000_000));
                    deliveries.forEach(Delivery::done);
                }
            }
        }
    }

    /** What was said of the numbers of one producer's life. */
    private static final class Life {
        long sent;
        final BitSet received = new BitSet();
        final BitSet first = new BitSet();
    }

    private final Map<Integer, Life> lives = new HashMap<>();
    private long duplicates;

    private Life life(int number) {
        return lives.computeIfAbsent(number, any -> new Life());
    }

    private long sent() {
        return lives.values().stream().mapToLong(life -> life.sent).sum();
    }

    private void heardOf(int number, Worker producer) {
        for (String line : producer.said()) {
            life(number).sent = Long.parseLong(line.substring("sent ".length()));
        }
    }

    /** @param last the newest number of each life that this consumer has received for the first time */
    private void heardOf(Worker consumer, Map<Integer, Integer> last) {
        for (String line : consumer.said()) {
            String[] words = line.split(" ", -1);
            for (int i = 1; i < words.length; i++) {
                boolean redelivered = words[i].charAt(0) == '!';
                received(Long.parseLong(redelivered ? words[i].substring(1) : words[i]), redelivered, last);
            }
        }
    }

    private void received(long message, boolean redelivered, Map<Integer, Integer> last) {
        int life = (int) (message >> 32);
        int number = (int) message;
        duplicates += life(life).received.get(number) ? 1 : 0;
        life(life).received.set(number);
        if (!redelivered) {
            assertThat(life(life).first.get(number))
                    .as("message %d of life %d is a duplicate and not marked", number, life)
                    .isFalse();
            life(life).first.set(number);
            Integer before = last.put(life, number);
            assertThat(number).as("after %s, of life %d", before, life).isGreaterThan(before == null ? -1 : before);
        }
    }

    private void verifyAllReceived() {
        lives.forEach((number, life) -> {
            assertThat((long) life.received.nextClearBit(0))
                    .as("the first number of life %d that was not received", number)
                    .isGreaterThanOrEqualTo(life.sent)
                    .isEqualTo(life.received.length());
        });
    }

    @Test
    void nothingIsLostWhileProducersAndConsumersAreKilled() {
        Random random = Seed.random(getClass());
        Path directory = parent.resolve("state");
        Map<Integer, Worker> producers = new HashMap<>();
        Map<Integer, Worker> consumers = new HashMap<>();
        Map<Integer, Map<Integer, Integer>> last = new HashMap<>();
        int forks = 0;
        int kills = 0;
        int size = 1 << 20;
        long start = System.nanoTime();
        long nextKill = start + TimeUnit.SECONDS.toNanos(2);
        try (SharedState state = MappedEngine.at(directory).open()) {
            while (sent() < MESSAGES) {
                while (producers.size() < EACH) {
                    producers.put(forks, workers.fork(Producer.class, directory, forks++, size, 1_200));
                }
                while (consumers.size() < EACH) {
                    last.put(forks, new HashMap<>());
                    consumers.put(forks, workers.fork(Consumer.class, directory, forks++, size));
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
                if (System.nanoTime() - nextKill > 0) {
                    Map<Integer, Worker> either = random.nextBoolean() ? producers : consumers;
                    List<Integer> numbers = List.copyOf(either.keySet());
                    int victim = numbers.get(random.nextInt(numbers.size()));
                    either.get(victim).kill();
                    hear(producers, consumers, last);
                    either.remove(victim);
                    kills++;
                    nextKill = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
                }
                hear(producers, consumers, last);
            }
            producers.values().forEach(producer -> producer.tell("stop"));
            await().atMost(LONG).until(() -> {
                hear(producers, consumers, last);
                return state.members().all().size() == 1 + EACH;
            });
            producers.values().forEach(Worker::join);
            await().atMost(LONG).until(() -> {
                hear(producers, consumers, last);
                QueueStatistics statistics = state.queueStatistics("numbers").orElseThrow();
                return statistics.depth() + statistics.inWork() == 0;
            });
            consumers.values().forEach(consumer -> consumer.tell("stop"));
            consumers.values().forEach(Worker::join);
            hear(producers, consumers, last);
            verifyAllReceived();
            System.out.printf(
                    "%d messages in %.1f s, %d kills, %d received twice: %s%n",
                    sent(), (System.nanoTime() - start) / 1e9, kills, duplicates, state.queueStatistics("numbers"));
            assertThat(kills).isPositive();
            assertThat(state.queueStatistics("numbers").orElseThrow().redelivered())
                    .isPositive();
            assertThat(state.queueStatistics("numbers").orElseThrow().deadLetters())
                    .isZero();
        }
    }

    private void hear(
            Map<Integer, Worker> producers, Map<Integer, Worker> consumers, Map<Integer, Map<Integer, Integer>> last) {
        producers.forEach(this::heardOf);
        consumers.forEach((number, consumer) -> heardOf(consumer, last.get(number)));
    }

    /** A producer that dies never stops the others, whatever it was about: each time all that it has sent can be received. */
    @Test
    void theQueueDrainsHoweverManyProducersAreKilled() throws InterruptedException {
        Random random = Seed.random(getClass());
        Path directory = parent.resolve("state");
        int size = (int) QueueOptions.MIN_SIZE;
        Map<Integer, Worker> alive = new HashMap<>();
        Map<Integer, Integer> last = new HashMap<>();
        int forks = 0;
        try (SharedState state = MappedEngine.at(directory).open()) {
            SharedQueue<Long> queue = queue(state, size);
            for (int kill = 0; kill < KILLS; kill++) {
                while (alive.size() < 3) {
                    alive.put(forks, workers.fork(Producer.class, directory, forks++, size, 0));
                }
                List<Integer> numbers = List.copyOf(alive.keySet());
                int victim = numbers.get(random.nextInt(numbers.size()));
                for (long end = System.nanoTime() + LONG.toNanos();
                        alive.get(victim).isSilent(); ) {
                    drain(queue, last);
                    assertThat(System.nanoTime())
                            .as("when life %d has to work", victim)
                            .isLessThan(end);
                }
                for (long end = System.nanoTime() + random.nextInt(5_000_000); System.nanoTime() < end; ) {
                    drain(queue, last);
                }
                alive.get(victim).kill();
                heardOf(victim, alive.remove(victim));
                while (life(victim).received.length() < life(victim).sent) {
                    assertThat(drain(queue, last))
                            .as("the rest of life %d", victim)
                            .isTrue();
                }
                for (long end = System.nanoTime() + LONG.toNanos(); !queue.offer(-1L << 32); ) {
                    // the others have filled it
                    drain(queue, last);
                    assertThat(System.nanoTime())
                            .as("when there has to be room")
                            .isLessThan(end);
                }
            }
            alive.values().forEach(producer -> producer.tell("stop"));
            await().atMost(LONG)
                    .until(() -> !drain(queue, last) && state.members().all().size() == 1);
            alive.forEach((number, producer) -> {
                producer.join();
                heardOf(number, producer);
            });
            while (drain(queue, last)) {}
            lives.remove(-1);
            verifyAllReceived();
            System.out.printf("%d messages of %d producers, %d kills%n", sent(), forks, KILLS);
        }
    }

    private boolean drain(SharedQueue<Long> queue, Map<Integer, Integer> last) throws InterruptedException {
        List<Delivery<Long>> deliveries = queue.receive(100, Duration.ZERO);
        for (Delivery<Long> delivery : deliveries) {
            assertThat(delivery.redelivered()).isFalse();
            delivery.done();
            if (delivery.value() >= 0) {
                received(delivery.value(), false, last);
            }
        }
        return !deliveries.isEmpty();
    }

    /** A consumer with all sixteen messages in work, some of them done and the room filled again. */
    static final class Hoarder implements Work {
        @Override
        public void run(Child child) throws Exception {
            try (SharedState state = child.open()) {
                SharedQueue<byte[]> queue = sixteen(state);
                List<Delivery<byte[]>> deliveries = new ArrayList<>();
                while (deliveries.size() < 16) {
                    deliveries.addAll(queue.receive(16, LONG));
                }
                deliveries.subList(0, 5).forEach(Delivery::done);
                child.say("working");
                child.hear();
                deliveries.get(5).done();
                child.say("done");
                child.hear();
            }
        }
    }

    private static SharedQueue<byte[]> sixteen(SharedState state) {
        return state.queue("sixteen", byte[].class, QueueOptions.DEFAULT.maxSize(QueueOptions.MIN_SIZE));
    }

    private static byte[] sixteenth(int number) {
        byte[] bytes = new byte[4096 - 32];
        bytes[0] = (byte) number;
        return bytes;
    }

    private Worker hoarderOf(SharedQueue<byte[]> queue, Path directory) throws InterruptedException {
        for (int i = 0; i < 16; i++) {
            queue.put(sixteenth(i));
        }
        Worker hoarder = workers.fork(Hoarder.class, directory);
        hoarder.expect("working");
        return hoarder;
    }

    @Test
    void aFullQueueWithAllInWorkLosesNothingWithItsConsumer() throws InterruptedException {
        Path directory = parent.resolve("state");
        try (SharedState state = MappedEngine.at(directory).open()) {
            SharedQueue<byte[]> queue = sixteen(state);
            Worker hoarder = hoarderOf(queue, directory);
            for (int i = 16; queue.offer(sixteenth(i)); i++) {}
            assertThat(queue.statistics()).returns(11L, QueueStatistics::inWork).returns(5L, QueueStatistics::depth);
            hoarder.kill();
            List<Integer> numbers = new ArrayList<>();
            while (numbers.size() < 16) {
                for (Delivery<byte[]> delivery : queue.receive(16, LONG)) {
                    assertThat(delivery.redelivered()).isEqualTo(delivery.value()[0] < 16);
                    numbers.add((int) delivery.value()[0]);
                    delivery.done();
                }
            }
            assertThat(numbers).containsExactlyInAnyOrder(5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20);
            assertThat(queue.poll()).isNull();
        }
    }

    /** A stopped process is alive: what it has in work is its own until the kernel says that it is dead. */
    @Test
    void nobodyTakesTheMessageOfAStoppedConsumer() throws InterruptedException {
        Path directory = parent.resolve("state");
        try (SharedState state = MappedEngine.at(directory).open()) {
            SharedQueue<byte[]> queue = sixteen(state);
            Worker hoarder = hoarderOf(queue, directory);
            hoarder.stop();
            for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10); System.nanoTime() < end; ) {
                assertThat(queue.poll()).isNull();
                assertThat(queue.receive(Duration.ofSeconds(1))).isEmpty();
            }
            hoarder.resume();
            hoarder.tell("done");
            hoarder.expect("done");
            assertThat(queue.poll()).isNull();
            assertThat(queue.statistics().inWork()).isEqualTo(10);
            hoarder.stop();
            hoarder.kill();
            assertThat(queue.receive(LONG)).isPresent();
            assertThat(queue.receive(16, LONG)).hasSize(9);
        }
    }
}
