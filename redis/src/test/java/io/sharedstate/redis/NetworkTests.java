package io.sharedstate.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sharedstate.Lease;
import io.sharedstate.LockLostException;
import io.sharedstate.Member;
import io.sharedstate.SharedState;
import io.sharedstate.SharedStateEvent;
import io.sharedstate.SharedStateEvent.MembershipLost;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A process that can't reach its server. */
@Timeout(120)
class NetworkTests {

    private static final Duration SHORT = Duration.ofSeconds(1);
    private static final Duration LONG = Duration.ofMinutes(1);

    private final Network network = new Network(RedisServer.shared().port());
    private final RedisUnderTest.Host host = new RedisUnderTest.Host(RedisServer.shared());
    private SharedState cut;
    private SharedState other;

    @BeforeEach
    void open() {
        cut = open(LONG);
        other = host.open();
    }

    private SharedState open(Duration ttl) {
        return host.open(RedisServer.connections(network.port(), ""), engine -> engine.memberTtl(ttl));
    }

    @AfterEach
    void close() {
        network.heal();
        awaitReachable();
        host.close();
        network.close();
    }

    private void awaitReachable() {
        await().ignoreExceptionsInstanceOf(ServerUnavailableException.class)
                .until(() -> cut.counter("reached").get() == 0 && cut.problems().isEmpty());
    }

    @Test
    void whatIsCalledWithoutANetworkFailsAtOnceAndWorksAgainAfterwards() {
        var counter = cut.counter("hits");
        counter.set(5);
        network.cut();
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(counter::incrementAndGet)
                    .isInstanceOf(ServerUnavailableException.class)
                    .hasMessageContainingAll(":" + network.port(), "doesn't answer");
        }
        await().until(() -> !cut.problems().isEmpty());
        assertThat(cut.problems()).singleElement().asString().contains(":" + network.port(), "doesn't answer");
        network.heal();
        awaitReachable();
        assertThat(counter.incrementAndGet()).isEqualTo(6);
    }

    /** Calls, and breaks the connection when the server has carried it out and nobody has heard the answer. */
    private void losingTheAnswer(Runnable call, Callable<Boolean> isDone) {
        network.loseAnswers();
        CompletableFuture<Void> calling = Aside.run(call);
        await().until(isDone);
        network.cut();
        network.heal();
        assertThatThrownBy(() -> calling.get(60, TimeUnit.SECONDS))
                .hasCauseInstanceOf(ServerUnavailableException.class);
        awaitReachable();
    }

    @Test
    void whatWasNotAnsweredIsNotDoneAgain() {
        var counter = cut.counter("hits");
        counter.set(4);
        counter.incrementAndGet(); // which lets the server know the script
        losingTheAnswer(counter::incrementAndGet, () -> other.counter("hits").get() == 6);
        assertThat(counter.get()).isEqualTo(6);
        var adder = cut.adder("bytes");
        losingTheAnswer(adder::increment, () -> other.adder("bytes").sum() == 1);
        assertThat(adder.sum()).isEqualTo(1);
        var queue = cut.queue("work", String.class);
        queue.add("a");
        losingTheAnswer(
                () -> queue.add("b"),
                () -> other.queue("work", String.class).statistics().depth() == 2);
        assertThat(queue.statistics().depth()).isEqualTo(2);
    }

    @Test
    void aLockOfWhichNobodyKnowsIsGivenBack() {
        var lock = cut.lock("orders");
        lock.acquire().close();
        losingTheAnswer(lock::lock, () -> other.lock("orders").status().holder() != null);
        await().pollInSameThread().until(other.lock("orders")::tryLock);
        other.lock("orders").unlock();
    }

    @Test
    void permitsOfWhichNobodyKnowsAreGivenBack() {
        var semaphore = cut.semaphore("slots", 3);
        var same = other.semaphore("slots", 3);
        assertThat(semaphore.tryAcquire(2)).isTrue();
        semaphore.release();
        losingTheAnswer(() -> semaphore.tryAcquire(2), () -> same.availablePermits() == 0);
        await().until(() -> same.availablePermits() == 2);
        losingTheAnswer(semaphore::release, () -> same.availablePermits() == 3);
        assertThat(semaphore.tryAcquire(3)).isTrue();
        semaphore.release(3);
    }

    @Test
    void aMemberThatIsNotHeardOfForTooLongIsToldThatItsLockIsLost() {
        cut = open(SHORT);
        List<SharedStateEvent> events = new CopyOnWriteArrayList<>();
        cut.addListener(events::add);
        Lease lease = cut.lock("orders").acquire();
        long token = lease.fencingToken();
        Member before = cut.members().self();
        network.hold();
        try (Lease successor = other.lock("orders").acquire()) {
            assertThat(successor.fencingToken()).isGreaterThan(token);
            assertThat(successor.wasAbandoned()).isTrue();
            successor.markConsistent();
            network.heal();
            await().until(() -> events.contains(new MembershipLost(before)));
            assertThatThrownBy(lease::fencingToken).isInstanceOf(LockLostException.class);
            assertThatThrownBy(lease::close).isInstanceOf(LockLostException.class);
            assertThat(cut.lock("orders").tryLock()).isFalse();
        }
        assertThat(cut.members().self().incarnation()).isGreaterThan(before.incarnation());
        assertThat(other.members().all()).contains(cut.members().self());
    }
}
