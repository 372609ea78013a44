package io.sharedstate.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sharedstate.Lease;
import io.sharedstate.LockLostException;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedState;
import io.sharedstate.SharedStateException;
import io.sharedstate.redis.RedisServer.Own;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.data.redis.connection.RedisSentinelConfiguration;

/** A primary with a replica: what is to have reached it, and what there is when it takes over. */
@Timeout(120)
class ReplicaTests {

    private static final Duration SHORT = Duration.ofMillis(100);
    private static final Duration LONG = Duration.ofMinutes(1);

    private Own primary;
    private Own replica;
    private Network replication;
    private Network network;
    private RedisUnderTest.Host host;

    @BeforeEach
    void start() {
        primary = Own.start("--repl-diskless-sync-delay", "0");
        replication = new Network(primary.port());
        replica = Own.start("--replicaof", RedisServer.LOOPBACK, "" + replication.port());
        awaitReplica();
        network = new Network(primary.port());
    }

    private void awaitReplica() {
        await().until(() ->
                primary.ask(commands -> commands.info("replication")).contains("state=online"));
    }

    @AfterEach
    void stop() {
        if (host != null) {
            host.close();
        }
        network.close();
        replication.close();
        replica.close();
        primary.close();
    }

    private SharedState open(UnaryOperator<RedisEngine> settings) {
        host = new RedisUnderTest.Host(() -> RedisServer.connections(network.port(), ""), settings);
        return host.open();
    }

    private SharedState openAnother() {
        return host.open(primary.connections(), engine -> engine);
    }

    @Test
    void whatReplicasHaveHeardOfIsTaken() throws Exception {
        SharedState state = open(engine -> engine.minReplicas(1).replicaTimeout(LONG));
        try (Lease lease = state.lock("orders").acquire()) {
            assertThat(lease.fencingToken()).isPositive();
            assertThat(state.lock("orders").tryLock()).as("again").isTrue();
            state.lock("orders").unlock();
        }
        state.value("config", String.class).updateAndGet(old -> "new");
        var semaphore = state.semaphore("slots", 2);
        semaphore.acquire(2);
        semaphore.release(2);
    }

    @Test
    void whatTooFewReplicasHaveHeardOfIsGivenBack() {
        SharedState state = open(engine -> engine.minReplicas(2).replicaTimeout(SHORT));
        assertThatThrownBy(() -> state.lock("orders").lock())
                .isInstanceOf(TooFewReplicasException.class)
                .hasMessageContainingAll(
                        "lock 'orders'", "given back", "1 replicas", "100 ms", "expected 2", "min-replicas");
        assertThatThrownBy(() -> state.semaphore("slots", 2).acquire())
                .isInstanceOf(TooFewReplicasException.class)
                .hasMessageContainingAll("semaphore 'slots'", "expected 2");
        SharedState other = openAnother();
        assertThat(other.lock("orders").tryLock()).isTrue();
        other.lock("orders").unlock();
        assertThat(other.semaphore("slots", 2).tryAcquire(2)).isTrue();
        other.semaphore("slots", 2).release(2);
    }

    @Test
    void aReplicaThatStoppedCountsAgainWhenItGoesOn() {
        SharedState state = open(engine -> engine.minReplicas(1).replicaTimeout(SHORT));
        SharedLock lock = state.lock("orders");
        replica.stop();
        assertThatThrownBy(lock::tryLock)
                .isInstanceOf(TooFewReplicasException.class)
                .hasMessageContaining("0 replicas");
        assertThat(lock.isHeldByCurrentThread()).isFalse();
        replica.goOn();
        await().pollInSameThread()
                .ignoreExceptionsInstanceOf(TooFewReplicasException.class)
                .until(lock::tryLock);
        lock.unlock();
    }

    @Test
    void nobodyElseWaitsForReplicas() throws Exception {
        SharedState state = open(engine -> engine.minReplicas(1).replicaTimeout(LONG));
        replica.stop();
        CompletableFuture<Void> waiting = locking(state);
        await().until(() -> state.lock("orders").status().holder() != null);
        assertThat(state.counter("hits").incrementAndGet()).isEqualTo(1);
        assertThat(waiting).isNotDone();
        replica.goOn();
        waiting.get(60, TimeUnit.SECONDS);
    }

    private static CompletableFuture<Void> locking(SharedState state) {
        return Aside.run(() -> state.lock("orders").acquire().close());
    }

    @Test
    void aConnectionThatBreaksMeanwhileIsNotTakenForAnAnswer() {
        SharedState state = open(engine -> engine.minReplicas(1).replicaTimeout(LONG));
        replica.stop();
        CompletableFuture<Void> waiting = locking(state);
        await().until(() -> state.lock("orders").status().holder() != null);
        network.cut();
        assertThatThrownBy(() -> waiting.get(60, TimeUnit.SECONDS))
                .hasCauseInstanceOf(ServerUnavailableException.class);
        network.heal();
        SharedState other = openAnother();
        await().pollInSameThread().until(other.lock("orders")::tryLock);
        other.lock("orders").unlock();
        replica.goOn();
    }

    /** As a failover does it. */
    private void promoteReplica() {
        primary.kill();
        replica.ask(commands -> commands.replicaofNoOne());
        network.leadTo(replica.port());
    }

    @Test
    void aLockThatTheReplicaHasHeardOfIsStillHeldAfterAFailover() {
        SharedState state = open(engine -> engine.minReplicas(1).replicaTimeout(LONG));
        Lease lease = state.lock("orders").acquire();
        long token = lease.fencingToken();
        promoteReplica();
        await().ignoreExceptionsInstanceOf(ServerUnavailableException.class)
                .until(() -> state.lock("orders").status().holder() != null);
        lease.close();
        requireHigherToken(host.open(replica.connections(), engine -> engine), token);
    }

    @Test
    void aLockThatTheReplicaHasNotHeardOfIsLostAndTokensGoOnRising() {
        SharedState state = open(engine -> engine.memberTtl(LONG));
        state.lock("orders").acquire().close();
        state.counter("hits").set(5);
        primary.ask(commands -> commands.waitForReplication(1, 60_000));
        replication.cut();
        assertThat(state.counter("hits").incrementAndGet()).isEqualTo(6);
        Lease lease = state.lock("orders").acquire();
        long token = lease.fencingToken();
        promoteReplica();
        await().ignoreExceptionsInstanceOf(ServerUnavailableException.class)
                .untilAsserted(() -> assertThat(state.counter("hits").get()).isEqualTo(5));
        assertThatThrownBy(lease::close).isInstanceOf(LockLostException.class);
        requireHigherToken(state, token);
    }

    /** The server that has taken over gives a higher token. */
    private static void requireHigherToken(SharedState state, long token) {
        try (Lease lease = state.lock("orders").acquire()) {
            assertThat(lease.fencingToken()).isGreaterThan(token);
        }
    }

    @Test
    void sentinelsLeadToTheServerThatHasTakenOver() {
        try (Own sentinel = Own.sentinelOf(primary)) {
            await().until(() ->
                    sentinel.ask(commands -> commands.info("sentinel")).contains("slaves=1"));
            RedisSentinelConfiguration where =
                    new RedisSentinelConfiguration().master("shop").sentinel(RedisServer.LOOPBACK, sentinel.port());
            host = new RedisUnderTest.Host(() -> RedisServer.connections(where), engine -> engine);
            SharedState state = host.open();
            assertThat(state.location()).contains("shop of sentinels", ":" + sentinel.port());
            state.counter("hits").set(5);
            long token = state.lock("orders").acquire().fencingToken();
            state.lock("orders").unlock();
            primary.ask(commands -> commands.waitForReplication(1, 60_000));
            primary.kill();
            await().atMost(LONG)
                    .ignoreExceptionsInstanceOf(SharedStateException.class)
                    .until(() -> state.counter("hits").incrementAndGet() == 6);
            requireHigherToken(state, token);
            host.close();
            host = null;
        }
    }
}
