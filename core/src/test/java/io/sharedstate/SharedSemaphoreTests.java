package io.sharedstate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.SemaphoreStatus.Holder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SharedSemaphoreTests extends TwoMembers {

    private static final Duration LONG = Duration.ofSeconds(60);

    private SharedSemaphore mine;
    private SharedSemaphore theirs;

    @BeforeEach
    void open() {
        mine = one.semaphore("calls", 5);
        theirs = two.semaphore("calls", 5);
    }

    private static void joined(CompletableFuture<Void> thread) throws Exception {
        thread.get(60, TimeUnit.SECONDS);
    }

    private void awaitWaiters(int count) {
        await().until(() -> mine.status().waiters() == count);
    }

    @Test
    void permitsAreThoseOfAllProcessesTogether() throws Exception {
        assertThat(mine.availablePermits()).isEqualTo(5);
        mine.acquire();
        theirs.acquire(3);
        assertThat(mine.availablePermits()).isEqualTo(1);
        assertThat(theirs.availablePermits()).isEqualTo(1);
        assertThat(theirs.tryAcquire(2)).isFalse();
        assertThat(mine.tryAcquire()).isTrue();
        assertThat(theirs.tryAcquire()).isFalse();
        assertThat(theirs.tryAcquire(Duration.ofMillis(5))).isFalse();
        theirs.release(2);
        assertThat(mine.tryAcquire(2)).isTrue();
        mine.release(4);
        theirs.release();
        assertThat(mine.availablePermits()).isEqualTo(5);
    }

    @Test
    void saysWhoHasHowMany() throws Exception {
        assertThat(mine.status()).isEqualTo(new SemaphoreStatus("calls", 5, 0, 0, List.of()));
        mine.acquire(1);
        theirs.acquire(3);
        List<Holder> holders = List.of(
                new Holder(one.members().self(), 1), new Holder(two.members().self(), 3));
        SemaphoreStatus status = new SemaphoreStatus("calls", 5, 4, 0, holders);
        assertThat(mine.status()).isEqualTo(status);
        assertThat(two.semaphoreStatus("calls")).contains(status);
        assertThat(two.semaphoreStatus("nothing")).isEmpty();
        assertThat(one.names(Kind.SEMAPHORE)).containsExactly("calls");
        mine.release(1);
        theirs.release(3);
    }

    @Test
    void theSameNameAndPermitsGiveTheSameObject() {
        assertThat(one.semaphore("calls", 5)).isSameAs(mine);
        assertThat(mine.name()).isEqualTo("calls");
        assertThat(mine.permits()).isEqualTo(5);
        assertThat(mine).hasToString("SharedSemaphore 'calls' of 5 permits");
    }

    @Test
    void aProcessMayReleaseOnlyWhatItHolds() throws Exception {
        theirs.acquire(2);
        assertThatThrownBy(mine::release)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("semaphore 'calls' was given back 1 permits, of which this process holds 0");
        mine.acquire(2);
        assertThatThrownBy(() -> mine.release(3))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("given back 3 permits, of which this process holds 2");
        assertThat(mine.availablePermits()).isEqualTo(1);
        mine.release(2);
        theirs.release(2);
    }

    @Test
    void anotherThreadOfTheProcessMayRelease() throws Exception {
        mine.acquire(5);
        inOtherThread(() -> one.semaphore("calls", 5).release(5));
        assertThat(theirs.availablePermits()).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 6, Integer.MAX_VALUE})
    void whatCanNeverBeHadIsRefused(int permits) {
        String message = "semaphore 'calls' was asked for " + permits + " permits, expected 1 to 5, which is all";
        assertThatThrownBy(() -> mine.acquire(permits))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
        assertThatThrownBy(() -> mine.tryAcquire(permits))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
        assertThatThrownBy(() -> mine.tryAcquire(permits, LONG)).isInstanceOf(IllegalArgumentException.class);
        if (permits < 1) {
            assertThatThrownBy(() -> mine.release(permits)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(theirs.availablePermits()).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 1 << 24, Integer.MAX_VALUE})
    void numbersOutOfRangeAreRefused(int permits) {
        assertThatThrownBy(() -> one.semaphore("new", permits))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("semaphore 'new' of " + permits + " permits: expected 1 to 16777215");
        assertThat(one.names(Kind.SEMAPHORE)).containsExactly("calls");
    }

    @Test
    void theMostThereCanBeAreCountedRight() {
        SharedSemaphore huge = one.semaphore("huge", (1 << 24) - 1);
        assertThat(huge.tryAcquire((1 << 24) - 1)).isTrue();
        assertThat(two.semaphore("huge", (1 << 24) - 1).tryAcquire()).isFalse();
        huge.release((1 << 24) - 1);
        assertThat(huge.availablePermits()).isEqualTo((1 << 24) - 1);
    }

    /** As while an application is restarted with another number. */
    @Test
    void eachProcessKeepsToTheNumberThatItAskedForWith() throws Exception {
        SharedSemaphore fewer = two.semaphore("calls", 3);
        assertThat(mine.status().permits()).isEqualTo(3);
        assertThat(mine.tryAcquire(4)).isTrue();
        assertThat(fewer.availablePermits()).isZero();
        assertThat(fewer.tryAcquire()).isFalse();
        assertThat(theirs.tryAcquire()).isTrue();
        mine.release(4);
        assertThat(fewer.tryAcquire(2)).isTrue();
        assertThat(mine.availablePermits()).isEqualTo(2);
        fewer.release(3);
        assertThat(two.semaphoreStatus("calls").orElseThrow().inUse()).isZero();
    }

    @Test
    void whoWaitsGetsWhatIsReleased() throws Exception {
        mine.acquire(4);
        CompletableFuture<Void> waiter = inThread(() -> theirs.acquire(3));
        awaitWaiters(1);
        assertThat(mine.tryAcquire())
                .as("what is there is left to who takes it")
                .isTrue();
        mine.release(2);
        assertThat(waiter).isNotDone();
        mine.release(1);
        joined(waiter);
        assertThat(mine.status().waiters()).isZero();
        mine.release(2);
        theirs.release(3);
    }

    @Test
    void waitingEndsAtItsTimeout() throws Exception {
        mine.acquire(5);
        long start = System.nanoTime();
        assertThat(theirs.tryAcquire(1, Duration.ofMillis(50))).isFalse();
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(50_000_000);
        assertThat(theirs.tryAcquire(Duration.ZERO)).isFalse();
        assertThat(theirs.tryAcquire(Duration.ofDays(-1))).isFalse();
        assertThat(mine.status().waiters()).isZero();
        mine.release(5);
        assertThat(theirs.tryAcquire(Duration.ZERO)).isTrue();
        theirs.release();
    }

    @Test
    void waitingIsInterruptible() throws Exception {
        mine.acquire(5);
        for (int waiters = 1; waiters <= 2; waiters++) { // the second one waits for the first
            CompletableFuture<Thread> thread = new CompletableFuture<>();
            CompletableFuture<Void> interrupted = inThread(() -> {
                thread.complete(Thread.currentThread());
                assertThatThrownBy(theirs::acquire).isInstanceOf(InterruptedException.class);
            });
            awaitWaiters(waiters);
            CompletableFuture<Void> first = waiters == 1 ? CompletableFuture.completedFuture(null) : inThread(() -> {});
            thread.join().interrupt();
            joined(interrupted);
            joined(first);
            awaitWaiters(waiters - 1);
            if (waiters == 1) {
                inThread(theirs::acquire);
                awaitWaiters(1);
            }
        }
        inOtherThread(() -> {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> mine.acquire()).isInstanceOf(InterruptedException.class);
        });
        mine.release(5);
        await().until(() -> mine.status().inUse() == 1);
        theirs.release();
    }

    @Test
    void whoWaitsInOneProcessIsServedInOrder() throws Exception {
        mine.acquire(5);
        List<Integer> order = new ArrayList<>();
        List<CompletableFuture<Void>> waiters = new ArrayList<>();
        for (int wanted : new int[] {5, 1, 1, 3}) {
            waiters.add(inThread(() -> {
                theirs.acquire(wanted);
                synchronized (order) {
                    order.add(wanted);
                }
                theirs.release(wanted);
            }));
            awaitWaiters(waiters.size());
        }
        mine.release(1);
        assertThat(theirs.tryAcquire(Duration.ofMillis(20)))
                .as("one who comes later waits behind the others")
                .isFalse();
        assertThat(theirs.tryAcquire()).as("but for one who doesn't wait").isTrue();
        theirs.release();
        mine.release(4);
        for (CompletableFuture<Void> waiter : waiters) {
            joined(waiter);
        }
        assertThat(order).startsWith(5).containsExactlyInAnyOrder(5, 1, 1, 3);
    }

    @Test
    void thePermitsOfADeadMemberComeBackByThemselves() throws Exception {
        assumeThat(host.kills()).isTrue();
        mine.acquire(2);
        theirs.acquire(3);
        CompletableFuture<Void> waiter = inThread(() -> mine.acquire(3));
        awaitWaiters(1);
        host.kill(two);
        joined(waiter);
        assertThat(mine.availablePermits()).isZero();
        assertThat(mine.status().holders())
                .containsExactly(new Holder(one.members().self(), 5));
        SharedState next = host.open();
        assertThat(next.members().self().ordinal()).isEqualTo(1);
        mine.release(4);
        assertThat(next.semaphore("calls", 5).tryAcquire(4)).isTrue();
        assertThatThrownBy(() -> next.semaphore("calls", 5).release(5)).isInstanceOf(IllegalStateException.class);
        next.semaphore("calls", 5).release(4);
        mine.release();
    }

    @Test
    void aMemberLeavesWhenItsPermitsAreReleased() throws Exception {
        theirs.acquire(2);
        CountDownLatch waiting = new CountDownLatch(1);
        CompletableFuture<Void> waiter = inThread(() -> {
            waiting.countDown();
            assertThatThrownBy(() -> theirs.acquire(4)).isInstanceOf(IllegalStateException.class);
        });
        waiting.await();
        awaitWaiters(1);
        CompletableFuture<Void> closing = inThread(two::close);
        joined(waiter);
        assertThatThrownBy(() -> theirs.tryAcquire()).isInstanceOf(IllegalStateException.class);
        assertThat(mine.availablePermits()).isEqualTo(3);
        assertThat(one.members().all()).hasSize(2);
        theirs.release();
        assertThat(closing).isNotDone();
        theirs.release();
        joined(closing);
        assertThat(one.members().all()).hasSize(1);
        assertThat(mine.availablePermits()).isEqualTo(5);
    }

    @Test
    void aMemberThatKeepsItsPermitsStaysUntilItsProcessEnds() throws Exception {
        theirs.acquire(2);
        try (var log = LogCapture.of(SharedState.class)) {
            inOtherThread(() -> {
                Thread.currentThread().interrupt();
                two.close();
                assertThat(Thread.interrupted()).isTrue();
            });
            assertThat(log.warnings())
                    .singleElement()
                    .asString()
                    .contains("closed with locks still held: [], and permits of semaphores in use: [calls]; member 1");
        }
        assertThat(one.members().all()).hasSize(2);
        assertThat(mine.availablePermits()).isEqualTo(3);
        theirs.release(2);
        assertThat(mine.availablePermits()).isEqualTo(5);
    }

    @Test
    void refusesOnceClosed() {
        two.close();
        assertThatThrownBy(theirs::acquire).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(theirs::tryAcquire).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(theirs::availablePermits).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(theirs::status).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> two.semaphore("calls", 5)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(theirs::release)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("holds 0");
    }

    @Test
    void whatIsInUseIsNotRemoved() throws Exception {
        mine.acquire(2);
        for (SharedState state : List.of(one, two)) {
            assertThatThrownBy(() -> state.remove(Kind.SEMAPHORE, "calls"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll("semaphore 'calls' is in use", "permits=2");
        }
        mine.release(2);
        assertThat(two.remove(Kind.SEMAPHORE, "calls")).isTrue();
        assertThat(two.remove(Kind.SEMAPHORE, "calls")).isFalse();
    }

    @Test
    void aRemovedSemaphoreBeginsAnewForThoseThatHaveHeldOnToIt() throws Exception {
        one.remove(Kind.SEMAPHORE, "calls");
        mine.acquire(2);
        assertThat(theirs.availablePermits()).isEqualTo(3);
        theirs.acquire(3);
        assertThat(one.semaphore("calls", 9).availablePermits()).isEqualTo(4);
        mine.release(2);
        theirs.release(3);
        assertThat(mine.status().inUse()).isZero();
    }

    @Test
    void thereAreNeverMoreInsideThanPermits() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        List<CompletableFuture<Void>> threads = new ArrayList<>();
        for (SharedSemaphore semaphore : List.of(mine, theirs, mine, theirs, mine, theirs)) {
            threads.add(inThread(() -> {
                ThreadLocalRandom random = ThreadLocalRandom.current();
                for (int i = 0; i < engine.rounds(500); i++) {
                    int wanted = 1 + random.nextInt(5);
                    switch (random.nextInt(3)) {
                        case 0 -> semaphore.acquire(wanted);
                        case 1 -> assertThat(semaphore.tryAcquire(wanted, LONG)).isTrue();
                        default -> {
                            if (!semaphore.tryAcquire(wanted)) {
                                continue;
                            }
                        }
                    }
                    assertThat(inside.addAndGet(wanted)).isBetween(1, 5);
                    if (random.nextInt(10) == 0) {
                        Thread.yield();
                    }
                    inside.addAndGet(-wanted);
                    semaphore.release(wanted);
                }
            }));
        }
        for (CompletableFuture<Void> thread : threads) {
            joined(thread);
        }
        assertThat(mine.availablePermits()).isEqualTo(5);
        assertThat(mine.status().waiters()).isZero();
    }
}
