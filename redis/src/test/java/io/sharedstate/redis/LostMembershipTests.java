package io.sharedstate.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sharedstate.Kind;
import io.sharedstate.Lease;
import io.sharedstate.LockLostException;
import io.sharedstate.LogCapture;
import io.sharedstate.Member;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedState;
import io.sharedstate.SharedStateEvent;
import io.sharedstate.SharedStateEvent.LockAbandoned;
import io.sharedstate.SharedStateEvent.MemberDied;
import io.sharedstate.SharedStateEvent.MembershipLost;
import io.sharedstate.SharedValue;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A member that was taken for dead, and one that is. */
@Timeout(120)
class LostMembershipTests {

    private final RedisUnderTest.Host host = new RedisUnderTest.Host(RedisServer.shared());
    private final List<SharedStateEvent> events = new CopyOnWriteArrayList<>();
    private SharedState one;
    private SharedState two;

    @BeforeEach
    void open() {
        one = host.open();
        two = host.open();
    }

    @AfterEach
    void close() {
        host.close();
    }

    private static void awaitAnew(SharedState state, Member before) {
        await().until(() -> state.members().self().incarnation() > before.incarnation());
    }

    @Test
    void joinsAnewAndSaysSo() {
        one.members().announce("host:1");
        Member before = one.members().self();
        one.addListener(events::add);
        try (var log = LogCapture.of("io.sharedstate.redis")) {
            host.expire(one);
            awaitAnew(one, before);
            await().until(() -> events.contains(new MembershipLost(before)));
            assertThat(log.warnings()).anyMatch(warning -> warning.contains("was taken for dead"));
        }
        Member after = one.members().self();
        assertThat(after.address()).isEqualTo("host:1");
        assertThat(two.members().all()).contains(after).doesNotContain(before);
        assertThat(one.problems()).isEmpty();
    }

    @Test
    void theOthersAreToldThatItDied() {
        two.addListener(events::add);
        Member before = one.members().self();
        host.expire(one);
        await().until(() -> events.contains(new MemberDied(before)));
    }

    @Test
    void itsLeaseIsRefusedAndItsSuccessorHasAHigherToken() {
        SharedLock mine = one.lock("orders");
        Lease lease = mine.acquire();
        long token = lease.fencingToken();
        Member before = one.members().self();
        host.expire(one);
        try (Lease successor = two.lock("orders").acquire()) {
            assertThat(successor.fencingToken()).isGreaterThan(token);
            assertThat(successor.wasAbandoned()).isTrue();
            awaitAnew(one, before);
            assertThat(one.problems()).singleElement().asString().contains("lock 'orders' is lost", "member-ttl");
            assertThatThrownBy(lease::fencingToken)
                    .isInstanceOf(LockLostException.class)
                    .hasMessageContaining("lock 'orders' is lost");
            assertThatThrownBy(lease::wasAbandoned).isInstanceOf(LockLostException.class);
            assertThatThrownBy(lease::markConsistent).isInstanceOf(LockLostException.class);
            assertThatThrownBy(mine::lock).isInstanceOf(LockLostException.class);
            assertThatThrownBy(lease::close).isInstanceOf(LockLostException.class);
            assertThat(one.problems()).isEmpty();
            assertThat(mine.tryLock()).isFalse();
            successor.markConsistent();
        }
        assertThat(mine.tryLock()).isTrue();
        mine.unlock();
    }

    @Test
    void unlockingSaysSoEvenBeforeTheMemberItselfHasNoticed() {
        SharedLock mine = one.lock("orders");
        mine.lock();
        host.expire(one);
        two.lock("orders").lock();
        assertThatThrownBy(mine::unlock).isInstanceOf(LockLostException.class);
        assertThat(mine.isHeldByCurrentThread()).isFalse();
        two.lock("orders").unlock();
    }

    @Test
    void aWaiterTakesTheLockOfADeadMemberOver() throws Exception {
        one.lock("orders").lock();
        two.addListener(events::add);
        CompletableFuture<Long> waiter = Aside.get(() -> {
            try (Lease lease = two.lock("orders").acquire()) {
                return lease.fencingToken();
            }
        });
        await().until(() -> two.lock("orders").status().waiters() == 1);
        host.kill(one);
        long token = waiter.get(60, TimeUnit.SECONDS);
        await().until(() -> events.contains(new LockAbandoned("orders", token, false)));
        assertThat(two.lock("orders").status().abandonments()).isEqualTo(1);
    }

    @Test
    void anAttemptFindsADeadHolderWhenItsMemberHasLookedAgain() {
        one.lock("orders").lock();
        host.kill(one);
        await().pollInSameThread().until(() -> two.lock("orders").tryLock());
        assertThat(two.lock("orders").wasAbandoned()).isTrue();
        two.lock("orders").unlock();
    }

    @Test
    void aLockWhoseHolderAndWhoWasNextAreBothDeadGoesToAThird() {
        SharedState three = host.open();
        one.lock("orders").lock();
        CompletableFuture<Void> next = Aside.run(two.lock("orders")::lock);
        awaitReserved("orders");
        host.kill(two);
        host.kill(one);
        three.lock("orders").lock();
        assertThat(three.lock("orders").wasAbandoned()).isTrue();
        three.lock("orders").unlock();
        assertThatThrownBy(next::join).isInstanceOf(CompletionException.class);
    }

    private void awaitReserved(String lock) {
        byte[] key = host.keys().thing(Kind.LOCK, lock);
        await().until(() -> {
            byte[] next = host.server(one).call(commands -> commands.hget(key, Bytes.of("next")));
            return next != null && next.length > 0;
        });
    }

    @Test
    void tokensRiseAlsoWhenTheClockOfTheServerIsSetBack() {
        one.lock("orders").acquire().close();
        long last = 4_000_000_000_000_000L;
        byte[] key = host.keys().thing(Kind.LOCK, "orders");
        host.server(one).call(commands -> commands.hset(key, Bytes.of("token"), Bytes.of(last)));
        for (long more = 1; more <= 2; more++) {
            try (Lease lease = two.lock("orders").acquire()) {
                assertThat(lease.fencingToken()).isEqualTo(last + more);
            }
        }
    }

    @Test
    void whoHasWaitedLongIsNotOvertaken() throws Exception {
        SharedLock mine = one.lock("orders");
        mine.lock();
        CompletableFuture<Void> waiter =
                Aside.run(() -> two.lock("orders").acquire().close());
        awaitReserved("orders");
        mine.unlock();
        while (!waiter.isDone()) {
            if (mine.tryLock()) {
                mine.unlock();
                assertThat(waiter).as("was first").isCompleted();
            }
        }
        waiter.get(60, TimeUnit.SECONDS);
    }

    @Test
    void anUpdateOfALostMemberSetsNothing() {
        SharedValue<String> mine = one.value("config", String.class);
        mine.set("old");
        assertThatThrownBy(() -> mine.updateAndGet(old -> {
                    host.expire(one);
                    two.value("config", String.class).set("of the successor");
                    return "too late";
                }))
                .isInstanceOf(LockLostException.class);
        assertThat(mine.get()).isEqualTo("of the successor");
    }

    @Test
    void everythingGoesOnWhenTheServerHasLostItsMemory() {
        try (RedisServer server = RedisServer.start();
                RedisUnderTest.Host own = new RedisUnderTest.Host(server)) {
            SharedState state = own.open();
            state.counter("hits", 5).incrementAndGet();
            state.value("config", String.class).set("x");
            SharedLock lock = state.lock("orders");
            lock.lock();
            long token = lock.fencingToken();
            Member before = state.members().self();
            server.forgetEverything();
            assertThatThrownBy(lock::unlock).isInstanceOf(LockLostException.class);
            assertThat(state.counter("hits", 5).incrementAndGet()).isEqualTo(6);
            assertThat(state.value("config", String.class).get()).isNull();
            try (Lease lease = lock.acquire()) {
                assertThat(lease.fencingToken()).isGreaterThan(token);
            }
            awaitAnew(state, before);
            assertThat(state.names(Kind.LOCK)).containsExactly("orders");
        }
    }

    @Test
    void scriptsThatTheServerForgotAreSentAgain() {
        one.counter("hits").incrementAndGet();
        host.server(one).call(commands -> commands.scriptFlush());
        assertThat(one.counter("hits").incrementAndGet()).isEqualTo(2);
    }
}
