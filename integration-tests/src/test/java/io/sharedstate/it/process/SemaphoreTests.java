package io.sharedstate.it.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.SemaphoreStatus.Holder;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedSemaphore;
import io.sharedstate.SharedState;
import io.sharedstate.mapped.MappedEngine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes with permits are killed and stopped. */
class SemaphoreTests {

    private static final int PERMITS = 3;
    private static final int PROCESSES = 4;
    private static final int KILLS = 60;
    private static final Duration STOPPED = Duration.ofSeconds(5);

    @TempDir(factory = SharedMemory.class)
    Path directory;

    @AutoClose
    final Workers workers = new Workers();

    @AutoClose
    SharedState state;

    private SharedSemaphore semaphore;

    @BeforeEach
    void open() {
        state = MappedEngine.at(directory).open();
        semaphore = state.semaphore("permits", PERMITS);
    }

    /** Acquires what it is told, says so, and releases it when it is told. */
    static final class Owner implements Work {
        @Override
        public void run(Child child) throws Exception {
            int permits = child.number(0);
            try (SharedState state = child.open()) {
                SharedSemaphore semaphore = state.semaphore("permits", PERMITS);
                child.say("joined");
                semaphore.acquire(permits);
                child.say("acquired");
                child.hear();
                semaphore.release(permits);
            }
        }
    }

    private Worker owner(int permits) {
        Worker owner = workers.fork(Owner.class, directory, permits);
        owner.expect("joined");
        return owner;
    }

    @Test
    void thePermitsOfAKilledProcessGoToWhoWaits() {
        Worker first = owner(2);
        first.expect("acquired");
        Worker second = owner(3);
        await().until(() -> semaphore.status().waiters() == 1);
        assertThat(second.isSilent()).isTrue();
        assertThat(semaphore.status().holders())
                .singleElement()
                .satisfies(holder -> assertThat(holder.member().pid()).isEqualTo(first.pid()))
                .returns(2, Holder::permits);

        first.kill();
        second.expect("acquired");
        assertThat(semaphore.availablePermits()).isZero();

        second.kill();
        await().until(() -> semaphore.tryAcquire(PERMITS));
        semaphore.release(PERMITS);
    }

    @Test
    void nobodyGetsThePermitsOfAStoppedProcess() throws InterruptedException {
        Worker owner = owner(2);
        owner.expect("acquired");
        owner.stop();

        for (long end = System.nanoTime() + STOPPED.toNanos(); System.nanoTime() < end; ) {
            assertThat(semaphore.tryAcquire(2)).isFalse();
            assertThat(semaphore.tryAcquire(2, Duration.ofMillis(500))).isFalse();
            assertThat(semaphore.availablePermits()).isEqualTo(1);
        }

        owner.resume();
        owner.tell("release");
        assertThat(semaphore.tryAcquire(PERMITS, Duration.ofSeconds(20))).isTrue();
        owner.join();
        semaphore.release(PERMITS);
    }

    @Test
    void aStoppedProcessThatWaitsIsInNobodysWay() {
        assertThat(semaphore.tryAcquire(PERMITS)).isTrue();
        Worker waiter = owner(1);
        await().until(() -> semaphore.status().waiters() == 1);
        await().pollDelay(Duration.ofMillis(200)).until(waiter::isSilent);
        waiter.stop();
        for (int i = 0; i < 1_000; i++) {
            semaphore.release(PERMITS);
            assertThat(semaphore.tryAcquire(PERMITS)).isTrue();
        }
        waiter.resume();
        semaphore.release(PERMITS);
        waiter.expect("acquired");
        waiter.tell("release");
        waiter.join();
    }

    /**
     * There are as many locks as permits. Who has a permit takes one of them for that time, so that there always is one left: with more
     * inside than permits, there would not.
     */
    static final class Using extends Busy {

        @Override
        void work(Child child, SharedState state, Random random) {
            SharedSemaphore semaphore = state.semaphore("permits", PERMITS);
            while (!child.hasHeard()) {
                try {
                    semaphore.acquire();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                SharedLock lock = free(state);
                if (random.nextInt(50) == 0) {
                    LockSupport.parkNanos(random.nextInt(1_000_000));
                }
                lock.unlock();
                semaphore.release();
                child.say("used");
            }
        }

        private static SharedLock free(SharedState state) {
            for (int attempt = 0; attempt < 10_000; attempt++) {
                for (int number = 0; number < PERMITS; number++) {
                    SharedLock lock = state.lock("place-" + number);
                    if (!lock.isHeldByCurrentThread() && lock.tryLock()) {
                        return lock;
                    }
                }
                Thread.yield();
            }
            throw new AssertionError("more are inside than there are permits");
        }
    }

    @Test
    void thereAreNeverMoreInsideThanPermitsWhileProcessesAreKilled() throws InterruptedException {
        Random random = Seed.random(getClass());
        List<Worker> alive = new ArrayList<>();
        for (int kill = 0; kill < KILLS; kill++) {
            while (alive.size() < PROCESSES) {
                alive.add(workers.fork(Using.class, directory, random.nextInt()));
            }
            Worker victim = Workers.working(alive, random);
            LockSupport.parkNanos(random.nextLong(TimeUnit.MILLISECONDS.toNanos(5)));
            victim.kill();
            alive.remove(victim);
            assertThat(semaphore.tryAcquire(Duration.ofSeconds(20)))
                    .as("after kill %d: %s", kill, semaphore.status())
                    .isTrue();
            assertThat(semaphore.status().inUse()).isLessThanOrEqualTo(PERMITS);
            semaphore.release();
        }
        alive.forEach(worker -> worker.tell("stop"));
        alive.forEach(Worker::join);
        assertThat(semaphore.status().holders()).isEmpty();
        assertThat(semaphore.availablePermits()).isEqualTo(PERMITS);
    }
}
