package io.sharedstate.it.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.Kind;
import io.sharedstate.SharedAdder;
import io.sharedstate.SharedCounter;
import io.sharedstate.SharedState;
import io.sharedstate.SharedValue;
import io.sharedstate.mapped.MappedEngine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several processes count, and none is disturbed: every sum is exact. */
class CountingTests {

    private static final int PROCESSES = 4;

    @TempDir(factory = SharedMemory.class)
    Path parent;

    @AutoClose
    final Workers workers = new Workers();

    /** Two threads in each process, so that the lock's gate inside a process is used as well as its word between processes. */
    abstract static class TwoThreads implements Work {

        @Override
        public void run(Child child) throws Exception {
            int n = child.number(0);
            ExecutorService threads = Executors.newFixedThreadPool(2);
            try (SharedState state = child.open()) {
                child.say("ready");
                child.hear();
                Callable<Long> half = () -> work(state, n / 2);
                long result = 0;
                for (Future<Long> each : threads.invokeAll(List.of(half, half))) {
                    result += each.get();
                }
                child.say("done", result);
            }
        }

        abstract long work(SharedState state, int n) throws Exception;
    }

    private long[] run(Class<? extends Work> work, Path directory, int n) {
        List<Worker> all = workers.fork(PROCESSES, work, directory, n);
        all.forEach(worker -> worker.expect("ready"));
        all.forEach(worker -> worker.tell("go"));
        long[] results =
                all.stream().mapToLong(worker -> worker.expectNumber("done")).toArray();
        all.forEach(Worker::join);
        return results;
    }

    private SharedState open(Path directory) {
        return MappedEngine.at(directory).open();
    }

    static final class Increments extends TwoThreads {
        @Override
        long work(SharedState state, int n) {
            SharedCounter counter = state.counter("hits", 5);
            long seen = 0;
            for (int i = 0; i < n; i++) {
                seen += counter.incrementAndGet();
            }
            return seen;
        }
    }

    @Test
    void everyIncrementCountsOnceAndGivesItsOwnValue() {
        int n = 100_000;
        Path directory = parent.resolve("state");

        long[] sums = run(Increments.class, directory, n);

        long total = (long) PROCESSES * n;
        try (SharedState state = open(directory)) {
            assertThat(state.counter("hits").get()).isEqualTo(5 + total);
        }
        assertThat(LongStream.of(sums).sum()).isEqualTo(5 * total + total * (total + 1) / 2);
    }

    @Test
    void countingOnADiskIsAsExact(@TempDir Path disk) {
        Path directory = disk.resolve("state");

        run(Increments.class, directory, 20_000);

        try (SharedState state = open(directory)) {
            assertThat(state.counter("hits").get()).isEqualTo(5 + PROCESSES * 20_000L);
        }
    }

    static final class Sales extends TwoThreads {
        @Override
        long work(SharedState state, int n) {
            SharedCounter stock = state.counter("stock", 100_000);
            long sold = 0;
            for (int i = 0; i < n; i++) {
                sold += stock.tryAdd(-1, 0, Long.MAX_VALUE) ? 1 : 0;
            }
            return sold;
        }
    }

    @Test
    void aStockIsSoldOutAndNeverOversold() {
        Path directory = parent.resolve("state");

        long[] sold = run(Sales.class, directory, 60_000);

        assertThat(LongStream.of(sold).sum()).isEqualTo(100_000);
        try (SharedState state = open(directory)) {
            assertThat(state.counter("stock").get()).isZero();
        }
    }

    static final class Additions extends TwoThreads {
        @Override
        long work(SharedState state, int n) {
            SharedAdder adder = state.adder("bytes");
            for (int i = 0; i < n; i++) {
                adder.add(3);
            }
            return 3L * n;
        }
    }

    @Test
    void everyAdditionIsInExactlyOneOfTheSumsCutOff() {
        Path directory = parent.resolve("state");
        List<Worker> all = workers.fork(PROCESSES, Additions.class, directory, 100_000);
        all.forEach(worker -> worker.expect("ready"));
        all.forEach(worker -> worker.tell("go"));

        long cut = 0;
        try (SharedState state = open(directory)) {
            SharedAdder adder = state.adder("bytes");
            while (all.stream().anyMatch(Worker::isSilent)) {
                cut += adder.sumThenReset();
            }
            all.forEach(worker -> worker.expect("done"));
            cut += adder.sumThenReset();
            assertThat(adder.sum()).isZero();
        }
        assertThat(cut).isEqualTo(3L * PROCESSES * 100_000);
    }

    static final class LockedIncrements extends TwoThreads {
        @Override
        long work(SharedState state, int n) {
            Guarded guarded = new Guarded(state, "guard");
            for (int i = 0; i < n; i++) {
                guarded.count();
            }
            return n;
        }
    }

    @Test
    void whatALockGuardsLosesNoUpdate() {
        int n = 20_000;
        Path directory = parent.resolve("state");

        run(LockedIncrements.class, directory, n);

        try (SharedState state = open(directory)) {
            assertThat(state.lock("guard").status().acquisitions()).isEqualTo((long) PROCESSES * n);
            assertThat(state.lock("guard").status().holder()).isNull();
            assertThat(new Guarded(state, "guard").counted()).isEqualTo((long) PROCESSES * n);
        }
    }

    static final class Replacements extends TwoThreads {
        @Override
        long work(SharedState state, int n) {
            SharedValue<Checked> value = state.value("record", Checked.CODEC, Checked.MAX_SIZE);
            Random random = new Random(n);
            for (int i = 0; i < n; i++) {
                value.updateAndGet(old -> Checked.after(old, random));
                if (value.get() == null) {
                    throw new AssertionError("empty after an update");
                }
            }
            return n;
        }
    }

    @Test
    void everyUpdateOfAValueBuildsOnTheOneBefore() {
        int n = 5_000;
        Path directory = parent.resolve("state");

        run(Replacements.class, directory, n);

        try (SharedState state = open(directory)) {
            SharedValue<Checked> value = state.value("record", Checked.CODEC, Checked.MAX_SIZE);
            assertThat(value.get()).isNotNull().returns((long) PROCESSES * n, Checked::number);
            assertThat(value.version()).isEqualTo((long) PROCESSES * n);
        }
    }

    /** Every thread makes all names, in an order of its own, and counts each once; "hits" is counted all the while. */
    static final class Growth extends TwoThreads {

        private static final int NAMES = 12_000;

        @Override
        long work(SharedState state, int rounds) {
            SharedCounter hits = state.counter("hits");
            List<Integer> order =
                    new ArrayList<>(IntStream.range(0, NAMES).boxed().toList());
            Collections.shuffle(order, new Random(System.nanoTime()));
            for (int i : order) {
                state.counter("c" + i, i).incrementAndGet();
                hits.incrementAndGet();
            }
            return NAMES;
        }
    }

    @Test
    void thousandsOfCountersAreMadeByAllAtOnceWhileOthersCount() {
        Path directory = parent.resolve("state");

        run(Growth.class, directory, 0);

        try (SharedState state = open(directory)) {
            assertThat(state.names(Kind.COUNTER)).hasSize(Growth.NAMES + 1);
            assertThat(state.counter("hits").get()).isEqualTo(2L * PROCESSES * Growth.NAMES);
            assertThat(IntStream.range(0, Growth.NAMES)
                            .filter(i -> state.counter("c" + i).get() != i + 2 * PROCESSES))
                    .as("counters that lost a count")
                    .isEmpty();
        }
    }
}
