package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sharedstate.Kind;
import io.sharedstate.Lease;
import io.sharedstate.LogCapture;
import io.sharedstate.Member;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedState;
import io.sharedstate.SharedStateEvent;
import io.sharedstate.SharedStateEvent.LockAbandoned;
import io.sharedstate.SharedStateEvent.MemberDied;
import io.sharedstate.SharedStateEvent.MemberJoined;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Holders die on the heap, where a test can say when. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AbandonedLockTests {

    Engine.Host host;
    SharedState one;
    SharedState two;
    SharedLock mine;

    @BeforeEach
    void openTwo() {
        host = Engine.HEAP.host();
        one = host.open();
        two = host.open();
        mine = one.lock("orders");
    }

    @AfterEach
    void closeAll() throws Exception {
        host.close();
    }

    private void dieHolding(SharedState state) {
        state.lock("orders").lock();
        host.kill(state);
    }

    @Test
    void aDeadHolderIsSeenAndNothingIsTakenFromHimByLooking() {
        Member dead = two.members().self();
        dieHolding(two);
        assertThat(mine.status().holder().member()).isEqualTo(dead);
        assertThat(mine.status().holder().alive()).isFalse();
        assertThat(mine.status().abandoned()).isFalse();
        assertThat(one.members().all()).containsExactly(one.members().self());
        assertThat(one.members().isAlive(dead.incarnation())).isFalse();
        host.open();
        assertThat(mine.status().holder().member()).as("its place is taken").isNull();
        assertThat(mine.status().holder().alive()).isFalse();
    }

    @Test
    void theNextHolderIsToldAndHasAHigherToken() {
        dieHolding(two);
        try (Lease lease = mine.acquire()) {
            assertThat(lease.wasAbandoned()).isTrue();
            assertThat(lease.fencingToken()).isEqualTo(2);
            assertThat(mine.status().holder().member()).isEqualTo(one.members().self());
            assertThat(mine.status().abandoned()).isTrue();
            assertThat(mine.status().abandonments()).isEqualTo(1);
            lease.markConsistent();
            assertThat(lease.wasAbandoned()).isFalse();
        }
        assertThat(mine.status().abandoned()).isFalse();
        assertThat(mine.status().abandonments()).isEqualTo(1);
    }

    @Test
    void everyWayToLockTakesOver() throws Exception {
        List<Acquisition> ways = List.of(
                lock -> {
                    lock.lock();
                    return true;
                },
                lock -> {
                    lock.lockInterruptibly();
                    return true;
                },
                SharedLock::tryLock,
                lock -> lock.tryLock(0, TimeUnit.SECONDS),
                lock -> lock.tryLock(30, TimeUnit.SECONDS),
                lock -> lock.tryAcquire(Duration.ZERO).isPresent(),
                lock -> lock.acquire().wasAbandoned());
        for (Acquisition way : ways) {
            SharedState victim = host.open();
            dieHolding(victim);
            assertThat(way.lock(mine)).isTrue();
            assertThat(mine.wasAbandoned()).isTrue();
            mine.markConsistent();
            mine.unlock();
        }
        assertThat(mine.status().abandonments()).isEqualTo(ways.size());
    }

    private interface Acquisition {
        boolean lock(SharedLock lock) throws Exception;
    }

    @Test
    void itStaysAbandonedUntilSomebodySaysThatAllIsWell() {
        dieHolding(two);
        for (int i = 0; i < 2; i++) {
            mine.lock();
            assertThat(mine.wasAbandoned()).isTrue();
            mine.unlock();
        }
        SharedLock another = host.open().lock("orders");
        another.lock();
        assertThat(another.wasAbandoned()).isTrue();
        another.markConsistent();
        another.unlock();
        mine.lock();
        assertThat(mine.wasAbandoned()).isFalse();
        mine.unlock();
        assertThat(mine.status().abandonments()).isEqualTo(1);
    }

    @Test
    void aSecondDeathDoesNotHideTheFirst() {
        dieHolding(two);
        SharedState third = host.open();
        third.lock("orders").lock();
        assertThat(third.lock("orders").wasAbandoned()).isTrue();
        third.lock("orders").unlock();
        host.kill(third);
        SharedState fourth = host.open();
        dieHolding(fourth);
        mine.lock();
        assertThat(mine.wasAbandoned()).isTrue();
        mine.unlock();
        assertThat(mine.status().abandonments()).isEqualTo(2);
    }

    @Test
    void aWaiterTakesOverWhenTheHolderDies() throws Exception {
        two.lock("orders").lock();
        CompletableFuture<Boolean> waiter = CompletableFuture.supplyAsync(() -> {
            try (Lease lease = mine.acquire()) {
                return lease.wasAbandoned();
            }
        });
        await().until(() -> mine.status().waiters() == 1);
        host.kill(two);
        assertThat(waiter.get(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void waitersThatDieAreNotCounted() {
        mine.lock();
        CompletableFuture.runAsync(() -> two.lock("orders").lock());
        await().until(() -> mine.status().waiters() == 1);
        host.kill(two);
        assertThat(mine.status().waiters()).isZero();
        mine.unlock();
    }

    @Test
    void aRepairRunsWithTheLockHeldBeforeAnyoneSeesWhatItGuards() {
        AtomicInteger repairs = new AtomicInteger();
        mine.onAbandoned(() -> {
            repairs.incrementAndGet();
            assertThat(mine.isHeldByCurrentThread()).isTrue();
            assertThat(mine.wasAbandoned()).isTrue();
            mine.lock();
            mine.unlock();
        });
        mine.lock();
        mine.unlock();
        assertThat(repairs).hasValue(0);
        try (var log = LogCapture.of(SharedLock.class)) {
            dieHolding(two);
            mine.lock();
            assertThat(repairs).hasValue(1);
            assertThat(mine.wasAbandoned()).isFalse();
            mine.unlock();
            mine.lock();
            mine.unlock();
            assertThat(repairs).hasValue(1);
            assertThat(log.warnings()).isEmpty();
        }
    }

    @Test
    void aRepairAlsoRunsForADeathThatAnotherMemberFound() {
        dieHolding(two);
        SharedLock other = host.open().lock("orders");
        other.lock();
        other.unlock();
        AtomicInteger repairs = new AtomicInteger();
        mine.onAbandoned(() -> repairs.addAndGet(10));
        mine.onAbandoned(repairs::incrementAndGet);
        mine.lock();
        assertThat(repairs).hasValue(1);
        assertThat(mine.wasAbandoned()).isFalse();
        mine.unlock();
    }

    @Test
    void aRepairThatThrowsLeavesTheLockFreeAndStillAbandoned() throws Exception {
        mine.onAbandoned(() -> {
            throw new IllegalArgumentException("beyond repair");
        });
        dieHolding(two);
        List<Acquisition> ways = List.of(
                lock -> lock.acquire().wasAbandoned(), SharedLock::tryLock, lock -> lock.tryLock(1, TimeUnit.SECONDS));
        for (Acquisition way : ways) {
            assertThatThrownBy(() -> way.lock(mine)).hasMessage("beyond repair");
            assertThat(mine.isHeldByCurrentThread()).isFalse();
            assertThat(mine.status().holder()).isNull();
            assertThat(mine.status().abandoned()).isTrue();
        }
        SharedLock other = host.open().lock("orders");
        assertThat(other.tryLock()).isTrue();
        assertThat(other.wasAbandoned()).isTrue();
        other.unlock();
        mine.onAbandoned(() -> {});
        mine.lock();
        assertThat(mine.wasAbandoned()).isFalse();
        mine.unlock();
    }

    @Test
    void withoutARepairThereIsOneWarningForADeath() {
        try (var log = LogCapture.of(SharedLock.class)) {
            dieHolding(two);
            mine.lock();
            mine.unlock();
            mine.lock();
            mine.unlock();
            assertThat(log.warnings())
                    .singleElement()
                    .asString()
                    .contains("lock 'orders'", "onAbandoned", "markConsistent", "token 2");
        }
    }

    @Test
    void aTakeOverIsToldAsAnEventThatSaysWhetherItWasRepaired() {
        List<SharedStateEvent> events = new CopyOnWriteArrayList<>();
        one.addListener(event -> {
            if (event instanceof LockAbandoned) {
                events.add(event);
            }
        });
        dieHolding(two);
        mine.lock();
        mine.unlock();
        mine.onAbandoned(() -> {
            throw new IllegalArgumentException("beyond repair");
        });
        dieHolding(host.open());
        assertThatThrownBy(mine::lock).hasMessage("beyond repair");
        mine.onAbandoned(() -> {});
        dieHolding(host.open());
        mine.lock();
        mine.unlock();
        await().until(() -> events.size() >= 3);
        assertThat(events)
                .containsExactly(
                        new LockAbandoned("orders", 2, false),
                        new LockAbandoned("orders", 4, false),
                        new LockAbandoned("orders", 6, true));
    }

    @Test
    void aDeathIsToldToTheOthersAlsoWhenASuccessorHasTheOrdinalAtOnce() {
        List<SharedStateEvent> events = new CopyOnWriteArrayList<>();
        one.addListener(events::add);
        SharedState third = host.open();
        Member first = third.members().self();
        await().until(() -> events.contains(new MemberJoined(first)));
        host.kill(third);
        Member second = host.open().members().self();
        assertThat(second.ordinal()).isEqualTo(first.ordinal());
        await().until(() -> events.contains(new MemberJoined(second)));
        assertThat(events).endsWith(new MemberDied(first), new MemberJoined(second));
    }

    @Test
    void aDeathWithoutASuccessorIsToldOnce() {
        List<SharedStateEvent> events = new CopyOnWriteArrayList<>();
        one.addListener(events::add);
        SharedState third = host.open();
        Member first = third.members().self();
        await().until(() -> events.contains(new MemberJoined(first)));
        host.kill(third);
        await().until(() -> events.contains(new MemberDied(first)));
        Member next = host.open().members().self();
        await().until(() -> events.contains(new MemberJoined(next)));
        assertThat(events).endsWith(new MemberJoined(first), new MemberDied(first), new MemberJoined(next));
    }

    @Test
    void aLockRemovedWhileItIsAbandonedBeginsAnew() {
        dieHolding(two);
        mine.lock();
        long token = mine.fencingToken();
        mine.unlock();
        assertThat(one.remove(Kind.LOCK, "orders")).isTrue();
        SharedLock again = one.lock("orders");
        assertThat(again.status().abandonments()).isZero();
        assertThat(again.status().abandoned()).isFalse();
        again.lock();
        assertThat(again.wasAbandoned()).isFalse();
        assertThat(again.fencingToken()).isGreaterThan(token);
        again.unlock();
    }

    @Test
    void locksOfValuesAndRegionsAreTakenOverToo() {
        one.region("ring", 64);
        two.region("ring", 64).lock().lock();
        two.value("config", String.class).set("before");
        two.value("config", String.class).updateAndGet(old -> {
            host.kill(two);
            return old + ", and what a dead process wrote in this test";
        });
        assertThat(one.region("ring", 64).lock().tryLock()).isTrue();
        assertThat(one.region("ring", 64).lock().wasAbandoned()).isTrue();
        one.region("ring", 64).lock().unlock();
        one.value("config", String.class).set("after");
        assertThat(one.value("config", String.class).get()).isEqualTo("after");
    }
}
