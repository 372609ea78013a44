package io.sharedstate.it.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.Lease;
import io.sharedstate.SharedState;
import io.sharedstate.mapped.MappedEngine;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long it takes from the kill of a holder until the next one has its lock: printed, for it depends on the machine. */
class TakeOverTests {

    @TempDir(factory = SharedMemory.class)
    Path directory;

    @AutoClose
    final Workers workers = new Workers();

    /** Touches as many megabytes of heap as it is told, locks, and waits for its end. */
    static final class Doomed implements Work {
        @Override
        public void run(Child child) throws Exception {
            byte[][] heap = new byte[child.number(0)][1 << 20];
            for (byte[] megabyte : heap) {
                Arrays.fill(megabyte, (byte) 1);
            }
            try (SharedState state = child.open();
                    Lease lease = state.lock("lock").acquire()) {
                child.say("locked", lease.fencingToken());
                child.hear();
            }
        }
    }

    /** Waits for the lock, says when it got it, on the clock that all processes of a host share, and unlocks. */
    static final class Successor implements Work {
        @Override
        public void run(Child child) throws Exception {
            try (SharedState state = child.open()) {
                child.say("ready");
                while (true) {
                    child.hear();
                    try (Lease lease = state.lock("lock").acquire()) {
                        long now = System.nanoTime();
                        if (!lease.wasAbandoned()) {
                            throw new AssertionError("not told that the holder died");
                        }
                        lease.markConsistent();
                        child.say("locked", now, lease.fencingToken());
                    }
                }
            }
        }
    }

    @Test
    void aSmallHoldersLockIsTakenOver() {
        measure("a small heap", 40, 0);
    }

    @Test
    void aHoldersWithABigHeapIsTakenOver() {
        measure("1 GB of touched heap", 3, 1024);
    }

    private void measure(String what, int times, int megabytes) {
        Worker successor = workers.fork(Successor.class, directory);
        successor.expect("ready");
        long[] micros = new long[times];
        for (int i = 0; i < times; i++) {
            Worker doomed = workers.add(
                    Worker.fork(List.of("-Xmx" + (64 + 5 * megabytes / 4) + "m"), Doomed.class, directory, megabytes));
            long token = doomed.expectNumber("locked");
            successor.tell("lock");
            awaitWaiter();
            long killed = System.nanoTime();
            doomed.kill();
            String[] words = successor.expect("locked").split(" ", -1);
            micros[i] = TimeUnit.NANOSECONDS.toMicros(Long.parseLong(words[0]) - killed);
            assertThat(Long.parseLong(words[1])).isEqualTo(token + 1);
        }
        Arrays.sort(micros);
        System.out.printf(
                "kill to take-over, %s, %d times: p50 %.1f ms, p90 %.1f ms, max %.1f ms%n",
                what, times, micros[times / 2] / 1e3, micros[times * 9 / 10] / 1e3, micros[times - 1] / 1e3);
    }

    private void awaitWaiter() {
        Awaitility.await().until(() -> {
            try (SharedState state = MappedEngine.at(directory).open()) {
                return state.lock("lock").status().waiters() == 1;
            }
        });
    }
}
