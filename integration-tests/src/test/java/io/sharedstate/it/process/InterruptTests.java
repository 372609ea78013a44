package io.sharedstate.it.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.Flush;
import io.sharedstate.Kind;
import io.sharedstate.Lease;
import io.sharedstate.SharedState;
import io.sharedstate.SharedValue;
import io.sharedstate.mapped.MappedEngine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An interrupt during channel I/O closes the channel, and a closed channel drops the process's kernel locks: threads are
 * interrupted in the midst of everything, and their process is still known to be alive, with what it holds.
 */
class InterruptTests {

    @TempDir(factory = SharedMemory.class)
    Path directory;

    @AutoClose
    final Workers workers = new Workers();

    /** One thread holds a lock; others do everything there is, under a storm of interrupts. */
    static final class Interrupted implements Work {

        @Override
        public void run(Child child) throws Exception {
            Random seeds = new Random(child.number(0));
            Flush flush = Flush.valueOf(child.argument(1));
            try (SharedState state =
                    MappedEngine.at(child.directory()).flush(flush).open()) {
                Lease held = state.lock("held").acquire();
                AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
                List<Thread> threads = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    Random random = new Random(seeds.nextLong());
                    String own = "own-" + i;
                    threads.add(new Thread(() -> {
                        try {
                            while (!child.hasHeard()) {
                                step(state, child.directory(), random, own);
                            }
                        } catch (Throwable e) {
                            failure.compareAndSet(null, e);
                        }
                    }));
                }
                threads.forEach(Thread::start);
                child.say("ready", held.fencingToken());
                Random random = new Random(seeds.nextLong());
                while (!child.hasHeard() && failure.get() == null) {
                    threads.get(random.nextInt(threads.size())).interrupt();
                    if (random.nextInt(100) == 0) {
                        LockSupport.parkNanos(1);
                    }
                }
                for (Thread thread : threads) {
                    thread.join();
                }
                Throwable e = failure.get();
                if (e != null) {
                    throw new AssertionError("interrupted, and failed", e);
                }
                child.say("stopped", state.counter("counted").get());
                child.hear();
                child.hear();
                held.close();
            }
        }

        private static void step(SharedState state, Path directory, Random random, String own) {
            String name = "name-" + random.nextInt(20);
            state.counter("counted").incrementAndGet();
            try {
                switch (random.nextInt(14)) {
                    case 0 -> state.counter("counter-" + random.nextInt(20_000)).incrementAndGet();
                    case 1 -> state.adder(name).increment();
                    case 2 ->
                        state.lock("lock-" + random.nextInt(2_000)).acquire().close();
                    case 3 -> {
                        state.lock(name).lockInterruptibly();
                        state.lock(name).unlock();
                    }
                    case 4 -> {
                        if (state.lock("held").tryLock(random.nextInt(2_000), TimeUnit.MICROSECONDS)) {
                            throw new AssertionError("a lock that is held was had");
                        }
                    }
                    case 5 -> {
                        SharedValue<Checked> value = state.value(name, Checked.CODEC, Checked.MAX_SIZE);
                        value.updateAndGet(old -> Checked.after(old, random));
                        value.get();
                    }
                    case 6 -> state.region(name, 128).lock().acquire().close();
                    case 7 -> {
                        state.region(own, 8 << random.nextInt(10));
                        state.remove(Kind.REGION, own);
                    }
                    case 8 -> {
                        state.value(own, String.class, 1 << random.nextInt(12)).set("");
                        state.remove(Kind.VALUE, own);
                    }
                    case 9 -> {
                        if (!state.problems().isEmpty()) {
                            throw new AssertionError(state.problems());
                        }
                    }
                    case 10 -> state.names(List.of(Kind.values()).get(random.nextInt(Kind.values().length)));
                    case 11 -> {
                        if (state.members().all().isEmpty() || state.size() == 0) {
                            throw new AssertionError("nobody is there");
                        }
                    }
                    case 12 -> state.lock("held").status();
                    default -> {
                        try (SharedState again = MappedEngine.at(directory).open()) {
                            again.counter("counted").get();
                        }
                    }
                }
            } catch (InterruptedException e) {
                // as lockInterruptibly and timed waits promise
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Flush.class)
    void anInterruptNeverCostsAKernelLock(Flush flush) throws InterruptedException {
        Random random = Seed.random(getClass());
        Worker storm = workers.fork(Interrupted.class, directory, random.nextInt(), flush);
        storm.expect("ready");
        try (SharedState state = MappedEngine.at(directory).open()) {
            for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(4); System.nanoTime() < end; ) {
                assertThat(storm.isSilent()).isTrue();
                assertThat(state.members().all()).hasSizeGreaterThanOrEqualTo(2);
                assertThat(state.lock("held").tryLock(50, TimeUnit.MILLISECONDS))
                        .isFalse();
            }
            storm.tell("stop");
            long counted = storm.expectNumber("stopped");
            assertThat(counted).isPositive().isEqualTo(state.counter("counted").get());
            assertThat(state.lock("held").tryLock()).isFalse();
            assertThat(state.members().all()).hasSize(2);
            assertThat(state.problems()).isEmpty();
            storm.tell("end");
            storm.tell("end");
            storm.join();
            assertThat(state.members().all()).hasSize(1);
            assertThat(state.lock("held").tryLock()).isTrue();
            assertThat(state.lock("held").wasAbandoned()).isFalse();
            state.lock("held").unlock();
        }
    }
}
