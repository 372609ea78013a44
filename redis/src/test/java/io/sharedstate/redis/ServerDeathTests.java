package io.sharedstate.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sharedstate.Lease;
import io.sharedstate.LockLostException;
import io.sharedstate.Member;
import io.sharedstate.SharedCounter;
import io.sharedstate.SharedState;
import io.sharedstate.redis.RedisServer.Own;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that is killed, comes back with or without its data, or forgets what it knows under load. */
@Timeout(120)
class ServerDeathTests {

    private static final Duration LONG = Duration.ofMinutes(1);
    private static final int THREADS = 4;
    private static final int FLUSHES = 5;

    private static void awaitReachable(SharedState state) {
        await().atMost(LONG)
                .ignoreExceptionsInstanceOf(ServerUnavailableException.class)
                .until(() ->
                        state.counter("reached").get() == 0 && state.problems().isEmpty());
    }

    @Test
    void whatAServerHasKeptIsThereAgainAndSoAreLocks() throws Exception {
        try (Own server = Own.start("--appendonly", "yes", "--appendfsync", "always");
                RedisUnderTest.Host host =
                        new RedisUnderTest.Host(server::connections, engine -> engine.memberTtl(LONG))) {
            SharedState state = host.open();
            SharedCounter counter = state.counter("hits");
            counter.set(7);
            state.queue("work", String.class).put("a");
            state.map("cart", String.class, String.class).put("k", "v");
            Lease lease = state.lock("orders").acquire();
            long token = lease.fencingToken();
            Member self = state.members().self();
            server.kill();
            assertThatThrownBy(counter::get)
                    .isInstanceOf(ServerUnavailableException.class)
                    .hasMessageContainingAll(":" + server.port(), "doesn't answer");
            server.startAgain();
            awaitReachable(state);
            assertThat(state.members().self()).isEqualTo(self);
            assertThat(state.counter("hits").incrementAndGet()).isEqualTo(8);
            assertThat(state.queue("work", String.class).poll()).isEqualTo("a");
            assertThat(state.map("cart", String.class, String.class)).containsEntry("k", "v");
            assertThat(lease.fencingToken()).isEqualTo(token);
            lease.close();
            try (Lease next = state.lock("orders").acquire()) {
                assertThat(next.fencingToken()).isGreaterThan(token);
            }
        }
    }

    @Test
    void aServerThatComesBackEmptyBeginsAnewAndTokensGoOnRising() {
        try (Own server = Own.start();
                RedisUnderTest.Host host = new RedisUnderTest.Host(server)) {
            SharedState state = host.open();
            state.counter("hits").set(7);
            Lease lease = state.lock("orders").acquire();
            long token = lease.fencingToken();
            Member before = state.members().self();
            server.kill();
            await().until(() -> !state.problems().isEmpty());
            assertThat(state.problems()).singleElement().asString().contains(":" + server.port(), "doesn't answer");
            server.startAgain();
            await().atMost(LONG).until(() -> state.members().self().incarnation() > before.incarnation());
            assertThatThrownBy(lease::close).isInstanceOf(LockLostException.class);
            assertThat(state.counter("hits").incrementAndGet()).isEqualTo(1);
            try (Lease next = state.lock("orders").acquire()) {
                assertThat(next.fencingToken()).isGreaterThan(token);
            }
        }
    }

    /** Calls it in several threads until told to end, and expects that none fails. */
    private static List<CompletableFuture<Void>> load(AtomicBoolean end, Runnable call) {
        List<CompletableFuture<Void>> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            threads.add(Aside.run(() -> {
                while (!end.get()) {
                    call.run();
                }
            }));
        }
        return threads;
    }

    private static void end(AtomicBoolean end, List<CompletableFuture<Void>> threads) throws Exception {
        end.set(true);
        for (CompletableFuture<Void> thread : threads) {
            thread.get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void aServerThatForgetsEverythingUnderLoadLosesLocksAndTokensGoOnRising() throws Exception {
        try (RedisServer server = RedisServer.start();
                RedisUnderTest.Host host = new RedisUnderTest.Host(server)) {
            List<SharedState> states = List.of(host.open(), host.open());
            AtomicBoolean end = new AtomicBoolean();
            AtomicLong rounds = new AtomicLong();
            AtomicLong lost = new AtomicLong();
            AtomicLong lastOfAll = new AtomicLong();
            List<CompletableFuture<Void>> threads = load(end, () -> {
                SharedState state = states.get((int) (rounds.incrementAndGet() % states.size()));
                state.counter("hits").incrementAndGet();
                state.map("cart", String.class, String.class).put("k", "v");
                long before = lastOfAll.get();
                try (Lease lease = state.lock("orders").acquire()) {
                    assertThat(lease.fencingToken()).isGreaterThan(before);
                    lastOfAll.accumulateAndGet(lease.fencingToken(), Math::max);
                } catch (LockLostException e) {
                    lost.incrementAndGet();
                }
            });
            for (int i = 0; i < FLUSHES; i++) {
                long until = rounds.get() + 20;
                await().pollDelay(Duration.ZERO).until(() -> rounds.get() > until);
                server.forgetEverything();
            }
            end(end, threads);
            states.forEach(ServerDeathTests::awaitReachable);
            assertThat(states.get(0).lock("orders").tryLock()).isTrue();
            states.get(0).lock("orders").unlock();
        }
    }

    @Test
    void aServerThatForgetsScriptsUnderLoadLosesNothing() throws Exception {
        try (RedisServer server = RedisServer.start();
                RedisUnderTest.Host host = new RedisUnderTest.Host(server)) {
            SharedState state = host.open();
            AtomicBoolean end = new AtomicBoolean();
            AtomicLong rounds = new AtomicLong();
            long[] guarded = new long[1];
            List<CompletableFuture<Void>> threads = load(end, () -> {
                state.counter("hits").incrementAndGet();
                try (Lease lease = state.lock("orders").acquire()) {
                    guarded[0]++;
                }
                rounds.incrementAndGet();
            });
            for (int i = 0; i < FLUSHES; i++) {
                long until = rounds.get() + 20;
                await().pollDelay(Duration.ZERO).until(() -> rounds.get() > until);
                server.ask(commands -> commands.scriptFlush());
            }
            end(end, threads);
            assertThat(state.counter("hits").get()).isEqualTo(rounds.get());
            assertThat(guarded[0]).isEqualTo(rounds.get());
        }
    }
}
