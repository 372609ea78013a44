package io.sharedstate.it.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sharedstate.Lease;
import io.sharedstate.LockStatus;
import io.sharedstate.Member;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedState;
import io.sharedstate.SharedStateEvent.LockAbandoned;
import io.sharedstate.mapped.MappedEngine;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a lock when processes die, leave, or wait in odd ways. */
@SuppressWarnings("LockNotBeforeTry")
class LockTests {

    @TempDir(factory = SharedMemory.class)
    Path directory;

    @AutoClose
    final Workers workers = new Workers();

    @AutoClose
    SharedState state;

    @BeforeEach
    void open() {
        state = MappedEngine.at(directory).open();
    }

    /** Locks, says what it found, and is killed, or puts things right and unlocks when it is told. */
    static final class Holder implements Work {
        @Override
        public void run(Child child) throws Exception {
            try (SharedState state = child.open()) {
                SharedLock lock = state.lock("lock");
                Lease lease = lock.acquire();
                lock.lock();
                child.say("locked", lease.fencingToken(), lease.wasAbandoned());
                child.hear();
                lock.unlock();
                lease.markConsistent();
                lease.close();
            }
        }
    }

    private Worker holder() {
        return workers.fork(Holder.class, directory);
    }

    @Test
    void aDeadHolderIsKnownUntilSomebodyPutsThingsRight() throws InterruptedException {
        SharedLock lock = state.lock("lock");
        List<LockAbandoned> events = new CopyOnWriteArrayList<>();
        state.addListener(event -> {
            if (event instanceof LockAbandoned abandoned) {
                events.add(abandoned);
            }
        });
        Worker first = holder();
        assertThat(first.expect("locked")).isEqualTo("1 false");
        assertThat(lock.status().holder()).isNotNull().satisfies(it -> {
            assertThat(it.alive()).isTrue();
            assertThat(it.thread()).isEqualTo("main");
            assertThat(it.member()).isNotNull().returns(first.pid(), Member::pid);
        });
        first.kill();
        assertThat(lock.status().holder()).isNotNull().returns(false, LockStatus.Holder::alive);

        Worker second = holder();
        assertThat(second.expect("locked")).isEqualTo("2 true");
        second.kill();

        assertThat(lock.tryLock()).as("a dead holder is found at once").isTrue();
        assertThat(lock.fencingToken()).isEqualTo(3);
        assertThat(lock.wasAbandoned()).isTrue();
        lock.unlock();
        assertThat(lock.status()).returns(true, LockStatus::abandoned).returns(2L, LockStatus::abandonments);

        Worker third = holder();
        assertThat(third.expect("locked")).as("unlocking isn't repairing").isEqualTo("4 true");
        third.tell("unlock");
        third.join();

        try (Lease lease = lock.acquire()) {
            assertThat(lease.wasAbandoned()).isFalse();
        }
        assertThat(lock.status())
                .returns(false, LockStatus::abandoned)
                .returns(2L, LockStatus::abandonments)
                .returns(5L, LockStatus::fencingToken);
        await().untilAsserted(() -> assertThat(events).containsExactly(new LockAbandoned("lock", 3, false)));
    }

    @Test
    void theRepairRunsBeforeTheLockIsHadAndAgainUntilItCompletes() {
        SharedLock lock = state.lock("lock");
        List<Boolean> repairs = new ArrayList<>();
        lock.onAbandoned(() -> {
            repairs.add(lock.isHeldByCurrentThread());
            if (repairs.size() == 1) {
                throw new IllegalArgumentException("can't");
            }
        });
        Worker holder = holder();
        holder.expect("locked");
        holder.kill();

        assertThatThrownBy(lock::lock).hasMessageContaining("can't");
        assertThat(lock.isHeldByCurrentThread()).isFalse();
        assertThat(lock.status().holder()).isNull();
        assertThat(lock.status().abandoned()).isTrue();

        lock.lock();
        assertThat(lock.wasAbandoned()).isFalse();
        lock.unlock();
        assertThat(repairs).containsExactly(true, true);
    }

    /** A thread locks and never unlocks; another one closes the state, which then can't leave. */
    static final class Closer implements Work {
        @Override
        public void run(Child child) throws Exception {
            SharedState state = child.open();
            SharedLock lock = state.lock("lock");
            CountDownLatch locked = new CountDownLatch(1);
            Thread holder = new Thread(() -> {
                lock.lock();
                locked.countDown();
                try {
                    child.say("locked");
                    Thread.currentThread().join();
                } catch (InterruptedException e) {
                    lock.unlock();
                }
            });
            holder.setDaemon(true);
            holder.start();
            locked.await();
            if (child.argument(0).equals("unlocking")) {
                holder.interrupt();
            }
            state.close();
            child.say("closed");
            child.hear();
        }
    }

    @Test
    void aMemberThatClosesWithALockHeldStaysUntilItsProcessEnds() {
        Worker closer = workers.fork(Closer.class, directory, "for ever");
        closer.expect("locked");
        closer.expect("closed");

        assertThat(state.members().all()).hasSize(2);
        assertThat(state.lock("lock").tryLock()).isFalse();

        closer.tell("end");
        closer.join();
        assertThat(state.members().all()).hasSize(1);
        assertThat(state.lock("lock").tryLock()).isTrue();
        assertThat(state.lock("lock").wasAbandoned()).isTrue();
        state.lock("lock").unlock();
    }

    @Test
    void closingWaitsForAHolderAndThenLeaves() {
        Worker closer = workers.fork(Closer.class, directory, "unlocking");
        closer.expect("locked");
        closer.expect("closed");

        assertThat(state.members().all()).hasSize(1);
        assertThat(state.lock("lock").tryLock()).isTrue();
        assertThat(state.lock("lock").wasAbandoned()).isFalse();
        state.lock("lock").unlock();
    }

    @Test
    void waitingEndsInTimeAndByAnInterrupt() throws InterruptedException {
        Worker holder = holder();
        holder.expect("locked");
        SharedLock lock = state.lock("lock");
        long start = System.nanoTime();
        assertThat(lock.tryLock(200, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(200));

        Thread.currentThread().interrupt();
        assertThatThrownBy(lock::lockInterruptibly).isInstanceOf(InterruptedException.class);
        Thread main = Thread.currentThread();
        Thread interrupter = new Thread(() -> {
            await().until(() -> lock.status().waiters() == 1);
            main.interrupt();
        });
        interrupter.start();
        assertThatThrownBy(lock::lockInterruptibly).isInstanceOf(InterruptedException.class);
        interrupter.join();

        assertThat(lock.status().waiters()).isZero();
        holder.tell("unlock");
        holder.join();
        lock.lock();
        lock.unlock();
    }

    /** An uninterruptible wait keeps the interrupt for later. */
    @Test
    void anInterruptDoesNotEndAnUninterruptibleWait() throws InterruptedException {
        Worker holder = holder();
        holder.expect("locked");
        SharedLock lock = state.lock("lock");
        boolean[] interrupted = new boolean[1];
        Thread waiter = new Thread(() -> {
            lock.lock();
            interrupted[0] = Thread.interrupted();
            lock.unlock();
        });
        waiter.start();
        await().until(() -> lock.status().waiters() == 1);
        waiter.interrupt();
        await().pollDelay(Duration.ofMillis(100)).until(waiter::isAlive);
        holder.tell("unlock");
        waiter.join(20_000);
        assertThat(interrupted[0]).isTrue();
    }

    /** Far more virtual threads than carriers wait for another process: if waiting pinned carriers, nobody would unlock. */
    @Test
    @EnabledForJreRange(min = JRE.JAVA_21)
    void virtualThreadsWaitWithoutPinningTheirCarriers() throws Throwable {
        Worker holder = holder();
        holder.expect("locked");
        Guarded guarded = new Guarded(state, "lock");
        var startVirtualThread = MethodHandles.lookup()
                .findStatic(Thread.class, "startVirtualThread", MethodType.methodType(Thread.class, Runnable.class));
        int threads = 8 * Runtime.getRuntime().availableProcessors();
        CountDownLatch begun = new CountDownLatch(threads);
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        List<Thread> waiting = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Runnable waiter = () -> {
                begun.countDown();
                try {
                    guarded.count();
                } catch (Throwable e) {
                    failures.add(e);
                }
            };
            waiting.add((Thread) startVirtualThread.invoke(waiter));
        }
        assertThat(begun.await(20, TimeUnit.SECONDS))
                .as("all run while those before them wait")
                .isTrue();
        holder.tell("unlock");
        for (Thread thread : waiting) {
            thread.join(20_000);
            assertThat(thread.isAlive()).isFalse();
        }
        assertThat(failures).isEmpty();
        assertThat(guarded.counted()).isEqualTo(threads);
    }
}
