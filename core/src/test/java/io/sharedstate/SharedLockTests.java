package io.sharedstate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

class SharedLockTests extends TwoMembers {

    SharedLock mine;
    SharedLock theirs;

    @BeforeEach
    void joinLock() {
        mine = one.lock("orders");
        theirs = two.lock("orders");
    }

    @Test
    void isHeldByOneThreadOfOneMember() throws Exception {
        mine.lock();
        assertThat(mine.isHeldByCurrentThread()).isTrue();
        assertThat(theirs.isHeldByCurrentThread()).isFalse();
        assertThat(theirs.tryLock()).isFalse();
        inOtherThread(() -> {
            assertThat(mine.tryLock()).isFalse();
            assertThat(mine.isHeldByCurrentThread()).isFalse();
        });
        mine.unlock();
        assertThat(mine.isHeldByCurrentThread()).isFalse();
        assertThat(theirs.tryLock()).isTrue();
        theirs.unlock();
    }

    @Test
    void theSameNameGivesTheSameObject() {
        assertThat(one.lock("orders")).isSameAs(mine);
        assertThat(mine.name()).isEqualTo("orders");
    }

    @Test
    void isReentrantByAllWaysToLock() throws Exception {
        mine.lock();
        long token = mine.fencingToken();
        mine.lockInterruptibly();
        assertThat(mine.tryLock()).isTrue();
        assertThat(mine.tryLock(1, TimeUnit.SECONDS)).isTrue();
        Lease lease = mine.acquire();
        assertThat(lease.fencingToken()).isEqualTo(token).isEqualTo(mine.fencingToken());
        lease.close();
        for (int held = 4; held > 0; held--) {
            assertThat(theirs.tryLock()).isFalse();
            mine.unlock();
        }
        assertThat(theirs.tryLock()).isTrue();
        theirs.unlock();
    }

    @Test
    void fencingTokensRiseWithEachAcquisitionOfAnyMember() {
        List<Long> tokens = new ArrayList<>();
        for (SharedLock lock : List.of(mine, theirs, theirs, mine)) {
            try (Lease lease = lock.acquire()) {
                tokens.add(lease.fencingToken());
                assertThat(lock.fencingToken()).isEqualTo(lease.fencingToken());
                assertThat(lease.wasAbandoned()).isFalse();
            }
        }
        assertThat(tokens).isSorted().doesNotHaveDuplicates();
        assertThat(theirs.status().fencingToken()).isEqualTo(tokens.get(3));
    }

    @Test
    void onlyTheHolderMayUnlockAndAsk() {
        theirs.lock();
        List<org.assertj.core.api.ThrowableAssert.ThrowingCallable> asked =
                List.of(mine::unlock, mine::fencingToken, mine::wasAbandoned, mine::markConsistent);
        asked.forEach(each -> assertThatThrownBy(each)
                .isInstanceOf(IllegalMonitorStateException.class)
                .hasMessageContaining("'orders' is not held"));
        assertThat(theirs.isHeldByCurrentThread()).isTrue();
        theirs.unlock();
    }

    @Test
    void aLeaseUnlocksOnceAndInItsThreadOnly() throws Exception {
        Lease lease = mine.acquire();
        inOtherThread(() -> assertThatThrownBy(lease::close).isInstanceOf(IllegalMonitorStateException.class));
        assertThat(theirs.tryLock()).isFalse();
        lease.close();
        Lease next = mine.acquire();
        lease.close();
        assertThat(mine.isHeldByCurrentThread()).isTrue();
        next.close();
    }

    @Test
    void timedWaitsGiveUp() throws Exception {
        mine.lock();
        assertThat(theirs.tryLock(20, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(theirs.tryAcquire(Duration.ofMillis(20))).isEmpty();
        assertThat(theirs.tryAcquire(Duration.ZERO)).isEmpty();
        assertThat(theirs.tryAcquire(Duration.ofMillis(-1))).isEmpty();
        inOtherThread(() -> assertThat(mine.tryLock(20, TimeUnit.MILLISECONDS)).isFalse());
        assertThat(mine.status().waiters()).isZero();
        mine.unlock();
        Optional<Lease> lease = theirs.tryAcquire(Duration.ZERO);
        assertThat(lease).isPresent();
        lease.get().close();
    }

    @Test
    void timedWaitsMayBeAsLongAsADurationCanBe() throws Exception {
        Optional<Lease> lease = mine.tryAcquire(Duration.ofSeconds(Long.MAX_VALUE));
        assertThat(lease).isPresent();
        CompletableFuture<Void> waiting = inThread(() -> {
            theirs.tryAcquire(Duration.ofSeconds(Long.MAX_VALUE)).orElseThrow().close();
            mine.tryAcquire(Duration.ofSeconds(Long.MAX_VALUE)).orElseThrow().close();
        });
        await().until(() -> mine.status().waiters() == 1);
        lease.get().close();
        waiting.get(60, TimeUnit.SECONDS);
    }

    @Test
    void aTimedWaitGetsTheLockThatIsUnlockedMeanwhile() throws Exception {
        mine.lock();
        CompletableFuture<Void> waiting = inThread(() -> {
            assertThat(theirs.tryLock(60, TimeUnit.SECONDS)).isTrue();
            theirs.unlock();
        });
        await().until(() -> mine.status().waiters() == 1);
        mine.unlock();
        waiting.get(60, TimeUnit.SECONDS);
    }

    @Test
    void anInterruptEndsAnInterruptibleWaitInEitherMember() throws Exception {
        mine.lock();
        for (SharedLock lock : List.of(mine, theirs)) {
            AtomicReference<Thread> waiter = new AtomicReference<>();
            CompletableFuture<Void> waiting = inThread(() -> {
                waiter.set(Thread.currentThread());
                assertThatThrownBy(lock::lockInterruptibly).isInstanceOf(InterruptedException.class);
                assertThat(Thread.interrupted()).isFalse();
                assertThat(lock.isHeldByCurrentThread()).isFalse();
                Thread.currentThread().interrupt();
                assertThatThrownBy(() -> lock.tryLock(60, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
                Thread.currentThread().interrupt();
                assertThatThrownBy(() -> lock.tryAcquire(Duration.ofMinutes(1)))
                        .isInstanceOf(InterruptedException.class);
            });
            await().until(() -> mine.status().waiters() == 1);
            waiter.get().interrupt();
            waiting.get(60, TimeUnit.SECONDS);
            assertThat(mine.status().waiters()).isZero();
        }
        mine.unlock();
        assertThat(theirs.tryLock()).isTrue();
        theirs.unlock();
    }

    @Test
    void anInterruptDoesNotEndAPlainWaitButIsKept() throws Exception {
        mine.lock();
        AtomicReference<Thread> waiter = new AtomicReference<>();
        CountDownLatch locked = new CountDownLatch(1);
        CompletableFuture<Void> waiting = inThread(() -> {
            waiter.set(Thread.currentThread());
            theirs.lock();
            locked.countDown();
            assertThat(Thread.interrupted()).isTrue();
            Thread.currentThread().interrupt();
            assertThat(theirs.tryLock()).isTrue();
            theirs.lock();
            assertThat(Thread.interrupted()).isTrue();
            theirs.unlock();
            theirs.unlock();
            theirs.unlock();
        });
        await().until(() -> mine.status().waiters() == 1);
        waiter.get().interrupt();
        assertThat(locked.await(50, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(mine.status().waiters()).isEqualTo(1);
        mine.unlock();
        waiting.get(60, TimeUnit.SECONDS);
    }

    @Test
    void statusOfAFreeLockNamesNobody() {
        LockStatus status = mine.status();
        assertThat(status).isEqualTo(new LockStatus("orders", null, 0, 0, false, 0, Duration.ZERO, 0));
        mine.lock();
        mine.unlock();
        assertThat(theirs.status().holder()).isNull();
        assertThat(theirs.status().acquisitions()).isEqualTo(1);
    }

    @Test
    void statusNamesTheHolderAndCountsTheWaitersOfAllMembers() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Void> holder = inThread(() -> {
            Thread.currentThread().setName("käufer-" + "x".repeat(40));
            mine.lock();
            mine.lock();
            release.await();
            mine.unlock();
            mine.unlock();
        });
        await().until(() -> theirs.status().holder() != null);
        List<CompletableFuture<Void>> waiters = Stream.of(mine, theirs, theirs)
                .map(lock -> inThread(() -> {
                    lock.lock();
                    lock.unlock();
                }))
                .toList();
        await().until(() -> theirs.status().waiters() == 3);
        for (SharedLock lock : List.of(mine, theirs)) {
            LockStatus status = lock.status();
            assertThat(status.name()).isEqualTo("orders");
            assertThat(status.holder().member()).isEqualTo(one.members().self());
            assertThat(status.holder().alive()).isTrue();
            assertThat(status.holder().thread()).isEqualTo("k?ufer-" + "x".repeat(25));
            assertThat(status.holder().age()).isBetween(Duration.ZERO, Duration.ofMinutes(2));
            assertThat(status.fencingToken()).isEqualTo(mine.status().fencingToken());
            assertThat(status.waiters()).isEqualTo(3);
            assertThat(status.abandoned()).isFalse();
            assertThat(status.acquisitions()).isEqualTo(1);
        }
        release.countDown();
        holder.get(60, TimeUnit.SECONDS);
        for (CompletableFuture<Void> waiter : waiters) {
            waiter.get(60, TimeUnit.SECONDS);
        }
        LockStatus after = mine.status();
        assertThat(after.holder()).isNull();
        assertThat(after.waiters()).isZero();
        assertThat(after.acquisitions()).isEqualTo(4);
        assertThat(after.totalWait()).isPositive();
        assertThat(after.abandonments()).isZero();
    }

    @Test
    void whatItGuardsIsCountedExactlyByManyThreadsOfBothMembers() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            countUnderLock(threads, 4, engine.rounds(2_000));
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21)
    void whatItGuardsIsCountedExactlyByManyVirtualThreads() throws Exception {
        ExecutorService threads = (ExecutorService)
                Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        try {
            countUnderLock(threads, 50, 100);
        } finally {
            threads.shutdownNow();
        }
    }

    private void countUnderLock(ExecutorService executor, int threads, int times) throws Exception {
        long[] count = new long[1];
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (SharedLock lock : List.of(mine, theirs)) {
            for (int thread = 0; thread < threads; thread++) {
                all.add(CompletableFuture.runAsync(
                        () -> {
                            long last = 0;
                            for (int i = 0; i < times; i++) {
                                lock.lock();
                                try {
                                    count[0]++;
                                    assertThat(lock.fencingToken()).isGreaterThan(last);
                                    last = lock.fencingToken();
                                } finally {
                                    lock.unlock();
                                }
                            }
                        },
                        executor));
            }
        }
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get(100, TimeUnit.SECONDS);
        assertThat(count[0]).isEqualTo(2L * threads * times);
        assertThat(mine.status().acquisitions()).isEqualTo(count[0]);
    }

    @Test
    void aWaitingMemberGetsItsTurnsAgainstALoopingOne() {
        int turns = 5;
        int most = 3_000;
        mine.lock();
        CompletableFuture<Void> waiting = inThread(() -> {
            for (int turn = 0; turn < turns; turn++) {
                theirs.lock();
                theirs.unlock();
            }
        });
        int loops = 0;
        while (!waiting.isDone() && loops < most) {
            java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
            mine.unlock();
            mine.lock();
            loops++;
        }
        mine.unlock();
        assertThat(loops).as("acquisitions while the other waited").isLessThan(most);
        assertThat(waiting).isCompleted();
    }

    @Test
    void closingEndsTheWaitsOfTheClosedMemberOnly() throws Exception {
        mine.lock();
        CompletableFuture<Void> theirWaiter = inThread(theirs::lock);
        await().until(() -> mine.status().waiters() == 1);
        two.close();
        assertThatThrownBy(() -> theirWaiter.get(60, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThat(mine.isHeldByCurrentThread()).isTrue();
        assertThat(one.members().all()).hasSize(1);
        mine.unlock();
        assertThatThrownBy(theirs::lock).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(theirs::tryLock).isInstanceOf(IllegalStateException.class);
        assertThat(mine.tryLock()).isTrue();
        mine.unlock();
    }

    @Test
    void closingIsRefusedWhileTheThreadItselfHoldsALock() {
        theirs.lock();
        assertThatThrownBy(two::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("'orders' is held by this thread");
        assertThat(two.members().all()).hasSize(2);
        theirs.unlock();
        two.close();
        assertThat(one.members().all()).hasSize(1);
    }

    @Test
    void closingWaitsForTheOtherThreadsThatHoldALock() throws Exception {
        CountDownLatch locked = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Void> holder = inThread(() -> {
            theirs.lock();
            locked.countDown();
            release.await();
            theirs.unlock();
        });
        locked.await();
        CompletableFuture<Void> closing = inThread(two::close);
        await().until(() -> {
            try {
                two.counter("any");
                return false;
            } catch (IllegalStateException e) {
                return true;
            }
        });
        assertThat(one.members().all()).hasSize(2);
        assertThat(mine.tryLock()).isFalse();
        assertThat(closing).isNotDone();
        release.countDown();
        holder.get(60, TimeUnit.SECONDS);
        closing.get(60, TimeUnit.SECONDS);
        assertThat(one.members().all()).hasSize(1);
        try (Lease lease = mine.acquire()) {
            assertThat(lease.wasAbandoned()).isFalse();
        }
    }

    @Test
    void aHeldLockIsNotRemoved() {
        mine.lock();
        for (SharedState state : List.of(one, two)) {
            assertThatThrownBy(() -> state.remove(Kind.LOCK, "orders"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("lock 'orders' is locked");
        }
        assertThat(mine.isHeldByCurrentThread()).isTrue();
        mine.unlock();
    }

    @Test
    void aRemovedLockBeginsAnewForThoseThatHaveHeldOnToItButItsTokensGoOnRising() {
        mine.lock();
        mine.unlock();
        assertThat(two.remove(Kind.LOCK, "orders")).isTrue();
        assertThat(two.remove(Kind.LOCK, "orders")).isFalse();
        assertThat(one.names(Kind.LOCK)).isEmpty();
        long before = mine.status().fencingToken();
        SharedLock again = two.lock("orders");
        assertThat(again.status().acquisitions()).isZero();
        mine.lock();
        assertThat(mine.fencingToken()).isGreaterThan(before);
        assertThat(again.tryLock()).isFalse();
        mine.unlock();
        assertThat(again.tryLock()).isTrue();
        again.unlock();
        assertThat(again.status().acquisitions()).isEqualTo(2);
    }

    @Test
    void hasNoConditions() {
        assertThatThrownBy(mine::newCondition)
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("SharedValue");
    }
}
