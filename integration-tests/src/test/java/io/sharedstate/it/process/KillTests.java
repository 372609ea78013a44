package io.sharedstate.it.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.Kind;
import io.sharedstate.Lease;
import io.sharedstate.Member;
import io.sharedstate.SharedCounter;
import io.sharedstate.SharedState;
import io.sharedstate.SharedValue;
import io.sharedstate.mapped.MappedEngine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Working processes are killed at random, again and again; the others go on, and nothing that was acknowledged is lost. */
class KillTests {

    private static final int KILLS = 200;
    private static final int PROCESSES = 4;
    private static final int LOCKS = 3;

    @TempDir(factory = SharedMemory.class)
    Path parent;

    @AutoClose
    final Workers workers = new Workers();

    /** Does a few operations of one sort, chosen at random, and then says what it has done. */
    static final class Counting extends Busy {

        private static final int MOST = 32;

        @Override
        void work(Child child, SharedState state, Random random) {
            SharedCounter counter = state.counter("counter");
            SharedValue<Checked> value = state.value("value", Checked.CODEC, Checked.MAX_SIZE);
            while (!child.hasHeard()) {
                int times = 1 + random.nextInt(MOST);
                switch (random.nextInt(7)) {
                    case 0 -> child.say("counter", many(times, counter::incrementAndGet));
                    case 1 -> {
                        for (int i = 0; i < times; i++) {
                            state.adder("adder").increment();
                        }
                        child.say("adder", times);
                    }
                    case 2 -> child.say("value", many(times, () -> replace(value, random)));
                    case 3 -> {
                        String name = "counter-" + random.nextInt(5_000);
                        child.say("new", name, state.counter(name, 7).incrementAndGet());
                    }
                    default -> {
                        String name = "guarded-" + random.nextInt(LOCKS);
                        Guarded guarded = new Guarded(state, name);
                        child.say(name, many(times, guarded::count));
                    }
                }
            }
        }

        private static long replace(SharedValue<Checked> value, Random random) {
            Checked next = value.updateAndGet(old -> Checked.after(old, random));
            return next == null ? 0 : next.number();
        }

        private static String many(int times, java.util.function.LongSupplier operation) {
            StringBuilder results = new StringBuilder();
            for (int i = 0; i < times; i++) {
                results.append(i == 0 ? "" : " ").append(operation.getAsLong());
            }
            return results.toString();
        }
    }

    /** What the workers said they had done: of each thing, the value that each operation gave. */
    private static final class Acknowledged {

        private final Map<String, List<Long>> results = new HashMap<>();

        void add(Worker worker) {
            for (String line : worker.said()) {
                String[] words = line.split(" ", -1);
                if (words[0].equals("new")) {
                    of(words[1]).add(Long.valueOf(words[2]));
                } else {
                    LongStream.range(1, words.length).forEach(i -> of(words[0]).add(Long.valueOf(words[(int) i])));
                }
            }
        }

        List<Long> of(String name) {
            return results.computeIfAbsent(name, any -> new ArrayList<>());
        }

        /** Each value once, and within a worker rising. */
        Set<Long> distinct(String name) {
            assertThat(of(name)).as(name).doesNotHaveDuplicates();
            return new HashSet<>(of(name));
        }
    }

    @Test
    void survivorsFindEverythingThatWasAcknowledgedInMemory() throws InterruptedException {
        killing(parent.resolve("state"), KILLS);
    }

    @Test
    void survivorsFindEverythingThatWasAcknowledgedOnADisk(@TempDir Path disk) throws InterruptedException {
        killing(disk.resolve("state"), KILLS / 10);
    }

    private void killing(Path directory, int kills) throws InterruptedException {
        Random random = Seed.random(getClass());
        Acknowledged acknowledged = new Acknowledged();
        List<Worker> alive = new ArrayList<>();
        long own = 0;
        int abandoned = 0;
        try (SharedState state = MappedEngine.at(directory).open()) {
            for (int kill = 0; kill < kills; kill++) {
                while (alive.size() < PROCESSES) {
                    alive.add(workers.fork(Counting.class, directory, random.nextInt()));
                }
                Worker victim = Workers.working(alive, random);
                Worker other = Workers.working(alive, random);
                boolean stopping = other != victim && random.nextInt(5) == 0;
                if (stopping) {
                    other.stop();
                }
                LockSupport.parkNanos(random.nextLong(TimeUnit.MILLISECONDS.toNanos(5)));
                victim.kill();
                alive.remove(victim);
                acknowledged.add(victim);
                if (stopping) {
                    other.resume();
                }
                Guarded guarded = new Guarded(state, "guarded-" + random.nextInt(LOCKS));
                try (Lease lease = guarded.lock()
                        .tryAcquire(Duration.ofSeconds(20))
                        .orElseThrow(() ->
                                new AssertionError("stuck: " + guarded.lock().status()))) {
                    abandoned += lease.wasAbandoned() ? 1 : 0;
                    acknowledged.of(guarded.lock().name()).add(guarded.count(lease));
                }
                own++;
                state.value("value", Checked.CODEC, Checked.MAX_SIZE).get();
            }
            alive.forEach(worker -> worker.tell("stop"));
            alive.forEach(Worker::join);
            alive.forEach(acknowledged::add);
            assertThat(state.members().all()).containsExactly(state.members().self());
            long found = verify(state, acknowledged, (long) kills * Busy.THREADS * Counting.MOST);
            System.out.printf(
                    "%d kills: %d operations acknowledged; locks found abandoned %d times, %d of %d times by the test itself%n",
                    kills,
                    acknowledged.results.values().stream().mapToInt(List::size).sum(),
                    found,
                    abandoned,
                    own);
        }
        try (SharedState reopened = MappedEngine.at(directory).open()) {
            assertThat(reopened.members().all())
                    .extracting(Member::ordinal)
                    .as("all left or died, so the first ordinal is free")
                    .containsExactly(0);
            verify(reopened, acknowledged, (long) kills * Busy.THREADS * Counting.MOST);
        }
    }

    /** @param inFlight what may have been done by those killed before they could say so */
    private static long verify(SharedState state, Acknowledged acknowledged, long inFlight) {
        int counted = acknowledged.distinct("counter").size();
        assertThat(state.counter("counter").get()).isBetween((long) counted, counted + inFlight);

        long added =
                acknowledged.of("adder").stream().mapToLong(Long::longValue).sum();
        assertThat(state.adder("adder").sum()).isBetween(added, added + inFlight);

        int replaced = acknowledged.distinct("value").size();
        SharedValue<Checked> value = state.value("value", Checked.CODEC, Checked.MAX_SIZE);
        assertThat(value.version()).isBetween((long) replaced, replaced + inFlight);
        assertThat(value.get()).isNotNull().returns(value.version(), Checked::number);

        long abandoned = 0;
        for (int i = 0; i < LOCKS; i++) {
            Guarded guarded = new Guarded(state, "guarded-" + i);
            Set<Long> tokens = acknowledged.distinct("guarded-" + i);
            assertThat(guarded.counted()).isBetween((long) tokens.size(), tokens.size() + inFlight);
            assertThat(guarded.lock().status().fencingToken())
                    .isGreaterThanOrEqualTo(
                            tokens.stream().mapToLong(Long::longValue).max().orElse(0));
            assertThat(guarded.lock().status().holder()).isNull();
            assertThat(guarded.lock().status().abandoned()).isFalse();
            abandoned += guarded.lock().status().abandonments();
        }

        acknowledged.results.keySet().stream()
                .filter(name -> name.startsWith("counter-"))
                .forEach(name -> {
                    int times = acknowledged.distinct(name).size();
                    assertThat(state.names(Kind.COUNTER)).contains(name);
                    assertThat(state.counter(name, 0).get()).as(name).isGreaterThanOrEqualTo(7L + times);
                });
        return abandoned;
    }
}
