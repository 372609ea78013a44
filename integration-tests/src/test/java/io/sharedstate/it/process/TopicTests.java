package io.sharedstate.it.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.SharedState;
import io.sharedstate.SharedTopic;
import io.sharedstate.TopicMessage;
import io.sharedstate.TopicOptions;
import io.sharedstate.TopicStatistics;
import io.sharedstate.TopicSubscription;
import io.sharedstate.mapped.MappedEngine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that publish and subscribe are killed and stopped; the others hear every message, or how many they missed. */
class TopicTests {

    private static final int KILLS = 60;
    private static final int PROCESSES = 3;

    private static final TopicOptions SMALL = new TopicOptions(TopicOptions.MIN_SIZE);

    @TempDir(factory = SharedMemory.class)
    Path directory;

    @AutoClose
    final Workers workers = new Workers();

    @AutoClose
    SharedState state;

    private SharedTopic<Checked> topic;

    @BeforeEach
    void open() {
        state = MappedEngine.at(directory).open();
        topic = topic(state);
    }

    private static SharedTopic<Checked> topic(SharedState state) {
        return state.topic("news", Checked.CODEC, SMALL);
    }

    /** Publishes without a pause, and says the numbers. */
    static final class Publisher extends Busy {
        @Override
        void work(Child child, SharedState state, Random random) {
            SharedTopic<Checked> topic = topic(state);
            while (!child.hasHeard()) {
                long number = 0;
                for (int times = random.nextInt(100); times >= 0; times--) {
                    number = topic.publish(Checked.after(null, random));
                }
                child.say("published", number);
            }
        }
    }

    /** Listens, more or less fast, and says how many it has heard up to which number. */
    static final class Listener implements Work {
        @Override
        public void run(Child child) throws Exception {
            Random random = new Random(child.number(0));
            try (SharedState state = child.open();
                    TopicSubscription<Checked> subscription = topic(state).subscribe()) {
                Reader reader = new Reader(subscription, random);
                child.say("listening");
                while (!child.hasHeard()) {
                    reader.read();
                }
                long end = Long.parseLong(child.hear());
                while (reader.last < end) {
                    reader.read();
                }
                child.say("heard", reader.heard, subscription.missed());
            }
        }
    }

    /** Sees that each message is whole, and each number heard or missed. */
    private static final class Reader {

        private final TopicSubscription<Checked> subscription;
        private final Random random;
        private long last;
        private long heard;

        Reader(TopicSubscription<Checked> subscription, Random random) {
            this.subscription = subscription;
            this.random = random;
        }

        void read() throws InterruptedException {
            TopicMessage<Checked> message = subscription.poll(Duration.ofMillis(10));
            if (message != null) {
                if (message.number() != last + 1 + message.missed()) {
                    throw new AssertionError(message + " after number " + last);
                }
                last = message.number();
                heard++;
            }
            if (random.nextInt(5_000) == 0) {
                LockSupport.parkNanos(random.nextInt(5_000_000));
            }
        }
    }

    @Test
    void subscribersHearOrMissEachNumberWhilePublishersAreKilled() throws InterruptedException {
        Random random = Seed.random(getClass());
        Set<Long> acknowledged = new HashSet<>();
        List<Worker> listeners = List.of(
                workers.fork(Listener.class, directory, random.nextInt()),
                workers.fork(Listener.class, directory, random.nextInt()));
        listeners.forEach(worker -> worker.expect("listening"));
        assertThat(topic.statistics().subscriptions()).isEqualTo(2);
        List<Worker> alive = new ArrayList<>();
        for (int kill = 0; kill < KILLS; kill++) {
            while (alive.size() < PROCESSES) {
                alive.add(workers.fork(Publisher.class, directory, random.nextInt()));
            }
            Worker victim = Workers.working(alive, random);
            LockSupport.parkNanos(random.nextLong(TimeUnit.MILLISECONDS.toNanos(5)));
            victim.kill();
            alive.remove(victim);
            collect(victim, acknowledged);
            topic.publish(Checked.after(null, random));
        }
        alive.forEach(worker -> worker.tell("stop"));
        alive.forEach(Worker::join);
        alive.forEach(worker -> collect(worker, acknowledged));

        long published = topic.publish(Checked.after(null, random));
        assertThat(acknowledged).allMatch(number -> number < published);
        long missed = 0;
        for (Worker listener : listeners) {
            listener.tell(published);
            String[] said = listener.expect("heard").split(" ", -1);
            assertThat(Long.parseLong(said[0]) + Long.parseLong(said[1])).isEqualTo(published);
            missed += Long.parseLong(said[1]);
            listener.join();
        }
        System.out.printf("%d kills: %d messages, of which two listeners missed %d%n", KILLS, published, missed);
        assertThat(topic.statistics()).isEqualTo(new TopicStatistics(published, 0, missed, SMALL.maxSize()));
    }

    @Test
    void aStoppedSubscriberIsInNobodysWayAndIsToldWhatItMissed() throws InterruptedException {
        Random random = Seed.random(getClass());
        Worker listener = workers.fork(Listener.class, directory, random.nextInt());
        listener.expect("listening");
        for (int i = 0; i < 10; i++) {
            topic.publish(Checked.after(null, random));
        }
        listener.stop();
        try (TopicSubscription<Checked> subscription = topic.subscribe()) {
            Reader reader = new Reader(subscription, random);
            reader.last = topic.statistics().published();
            for (int i = 0; i < 10_000; i++) {
                topic.publish(Checked.after(null, random));
                reader.read();
            }
            assertThat(subscription.missed()).isZero();
        }
        listener.resume();
        long published = topic.publish(Checked.after(null, random));
        listener.tell(published);
        String[] said = listener.expect("heard").split(" ", -1);
        assertThat(Long.parseLong(said[1])).isGreaterThan(9_000);
        assertThat(Long.parseLong(said[0]) + Long.parseLong(said[1])).isEqualTo(published);
        listener.join();
    }

    @Test
    void aKilledSubscriberCountsNoMore() {
        Worker listener = workers.fork(Listener.class, directory, 1);
        listener.expect("listening");
        assertThat(topic.statistics().subscriptions()).isEqualTo(1);
        listener.kill();
        await().until(() -> topic.statistics().subscriptions() == 0);
    }

    private static void collect(Worker worker, Set<Long> acknowledged) {
        for (String line : worker.said()) {
            assertThat(acknowledged.add(Long.valueOf(line.split(" ", -1)[1])))
                    .as("each number is given once: %s", line)
                    .isTrue();
        }
    }
}
