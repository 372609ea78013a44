package io.sharedstate.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Kills the holder of a lock while another process waits for it. When the kernel frees the dead holder's byte of
 * {@code process.lock} is seen from here, a third process, by asking for that byte every few microseconds.
 */
final class TakeOver {

    private static final long PROBE_NS = 5_000;
    private static final int SEED = 2026;

    /**
     * Milliseconds, an element for each kill.
     *
     * @param fromKill from the kill to when the waiter's {@code lock()} has returned
     * @param fromFree to the same moment, from the last probe that found the byte still locked
     */
    record Times(List<Double> fromKill, List<Double> fromFree) {}

    private TakeOver() {}

    static Times measure(int kills) {
        Times times = new Times(new ArrayList<>(), new ArrayList<>());
        Random random = new Random(SEED);
        try (Scratch scratch = Scratch.create();
                Child waiter = Child.worker()) {
            waiter.ask("join", scratch.path());
            Path processLock = scratch.state().resolve("process.lock");
            try (FileChannel channel =
                    FileChannel.open(processLock, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                for (int kill = 0; kill < kills; kill++) {
                    kill(scratch.path(), waiter, channel, random, times);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return times;
    }

    private static void kill(Path directory, Child waiter, FileChannel processLock, Random random, Times times)
            throws IOException {
        try (Child holder = Child.worker()) {
            long ordinal = holder.ask("join", directory)[0];
            holder.ask("lock");
            waiter.send("lock");
            while (holder.ask("waiters")[0] == 0) {
                Thread.onSpinWait();
            }
            // any moment of the waiter's pauses, and long after it has begun to wait
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(20_000 + random.nextInt(20_000)));

            long killed = System.nanoTime();
            holder.kill();
            long stillLocked = killed;
            for (long asked = System.nanoTime(); isLocked(processLock, ordinal); asked = System.nanoTime()) {
                stillLocked = asked;
                LockSupport.parkNanos(PROBE_NS);
            }
            long taken = waiter.receive()[0];
            waiter.ask("unlock");
            times.fromKill().add((taken - killed) / 1e6);
            times.fromFree().add((taken - stillLocked) / 1e6);
        }
    }

    private static boolean isLocked(FileChannel processLock, long ordinal) throws IOException {
        try (FileLock probe = processLock.tryLock(ordinal, 1, true)) {
            return probe == null;
        }
    }
}
