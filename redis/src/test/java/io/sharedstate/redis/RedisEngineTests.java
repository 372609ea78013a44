package io.sharedstate.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sharedstate.AccessRefusedException;
import io.sharedstate.FormatException;
import io.sharedstate.Kind;
import io.sharedstate.NoSpaceException;
import io.sharedstate.SharedCounter;
import io.sharedstate.SharedState;
import io.sharedstate.redis.RedisServer.Own;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/** What can be wrong with a server, and with what is asked for. */
@Timeout(120)
class RedisEngineTests {

    private static void withConnections(int port, String password, java.util.function.Consumer<RedisEngine> test) {
        LettuceConnectionFactory connections = RedisServer.connections(port, password);
        try {
            test.accept(RedisEngine.on(connections).namespace("engine-tests"));
        } finally {
            connections.destroy();
        }
    }

    @Test
    void aServerThatIsNotThereIsNamed() {
        int port = RedisServer.freePort();
        withConnections(
                port,
                "",
                engine -> assertThatThrownBy(engine::open)
                        .isInstanceOf(ServerUnavailableException.class)
                        .hasMessageContainingAll(":" + port, "doesn't answer", "spring.data.redis.host"));
    }

    @Test
    void aWrongPasswordIsRefusedAndNotShown() {
        try (RedisServer server = RedisServer.start("--requirepass", "right")) {
            for (String password : List.of("", "wrong")) {
                withConnections(
                        server.port(),
                        password,
                        engine -> assertThatThrownBy(engine::open)
                                .isInstanceOf(AccessRefusedException.class)
                                .hasMessageContainingAll(":" + server.port(), "spring.data.redis.password")
                                .hasMessageNotContaining("'wrong'"));
            }
            withConnections(server.port(), "right", engine -> engine.open().close());
        }
    }

    @Test
    void aReplicaIsRefused() {
        try (Own primary = Own.start();
                Own replica = Own.start("--replicaof", "127.0.0.1", "" + primary.port())) {
            withConnections(
                    replica.port(),
                    "",
                    engine -> assertThatThrownBy(engine::open)
                            .isInstanceOf(AccessRefusedException.class)
                            .hasMessageContainingAll(":" + replica.port(), "is a replica", "spring.data.redis.host"));
        }
    }

    @Test
    void aServerThatIsTooOldIsRefused() {
        try (Network network = new Network(RedisServer.shared().port())) {
            network.changeAnswers(said -> said.replaceAll("redis_version:\\d+\\.\\d+", "redis_version:6.2"));
            withConnections(
                    network.port(),
                    "",
                    engine -> assertThatThrownBy(engine::open)
                            .isInstanceOf(UnsupportedServerException.class)
                            .hasMessageContainingAll(":" + network.port(), "Redis 6.2.", "7.0 or newer", "update it"));
        }
    }

    @Test
    void aServerWithoutMemoryRefusesWhatNeedsSome() {
        try (RedisServer server = RedisServer.start("--maxmemory", "3mb")) {
            withConnections(server.port(), "", engine -> {
                try (SharedState state = engine.open()) {
                    String megabyte = "x".repeat(1 << 20);
                    assertThatThrownBy(() -> {
                                for (int i = 0; i < 10; i++) {
                                    state.value("v" + i, String.class, 1 << 20).set(megabyte);
                                }
                            })
                            .isInstanceOf(NoSpaceException.class)
                            .hasMessageContainingAll(":" + server.port(), "maxmemory");
                }
            });
        }
    }

    @Test
    void aKeyOfAnotherTypeIsRefused() {
        try (RedisUnderTest.Host host = new RedisUnderTest.Host(RedisServer.shared())) {
            SharedState state = host.open();
            byte[] key = host.keys().thing(Kind.COUNTER, "hits");
            host.server(state).call(commands -> commands.set(key, Bytes.of("foreign")));
            assertThatThrownBy(() -> state.counter("hits"))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContainingAll("another type", "'sharedstate:'", "namespace");
        }
    }

    @Test
    @Timeout(60)
    void aHashThatIsNotOursIsRefused() {
        try (RedisUnderTest.Host host = new RedisUnderTest.Host(RedisServer.shared())) {
            SharedState state = host.open();
            byte[] key = host.keys().thing(Kind.COUNTER, "hits");
            host.server(state).call(commands -> commands.hset(key, Bytes.of("foreign"), Bytes.of("1")));
            SharedCounter counter = state.counter("hits");
            for (ThrowingCallable each : List.<ThrowingCallable>of(
                    counter::get, counter::incrementAndGet, () -> counter.set(1), () -> counter.tryAdd(1, 0, 9))) {
                assertThatThrownBy(each)
                        .isInstanceOf(FormatException.class)
                        .hasMessageContainingAll(
                                "counter 'hits'", Bytes.text(key), "value", "initial", "something else", "namespace");
            }
        }
    }

    @Test
    void aRemovedCounterBeginsAsItWasAskedForWhateverIsAdded() {
        try (RedisUnderTest.Host host = new RedisUnderTest.Host(RedisServer.shared())) {
            SharedState state = host.open();
            for (long delta : new long[] {0, 3, -5, Long.MAX_VALUE, Long.MIN_VALUE}) {
                SharedCounter counter = state.counter("hits", 5);
                assertThat(state.remove(Kind.COUNTER, "hits")).isTrue();
                assertThat(counter.addAndGet(delta)).isEqualTo(5 + delta);
                assertThat(counter.addAndGet(-5 - delta)).isZero();
                assertThat(counter.addAndGet(delta)).as("to 0").isEqualTo(delta);
            }
        }
    }

    @Test
    void saysWhereItIs() {
        withConnections(RedisServer.shared().port(), "", engine -> {
            try (SharedState state = engine.open()) {
                assertThat(state.engine()).isEqualTo("redis");
                assertThat(state.location())
                        .isEqualTo("127.0.0.1:" + RedisServer.shared().port() + ", namespace engine-tests");
            }
        });
    }

    @Test
    void namespacesHaveNothingInCommon() {
        try (RedisUnderTest.Host host = new RedisUnderTest.Host(RedisServer.shared());
                RedisUnderTest.Host other = new RedisUnderTest.Host(RedisServer.shared())) {
            host.open().counter("hits").set(7);
            SharedState state = other.open();
            assertThat(state.members().self().ordinal()).isZero();
            assertThat(state.names(Kind.COUNTER)).isEmpty();
            assertThat(state.counter("hits").get()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a}", "a:b", "ä"})
    void whatIsNoNamespaceIsRefused(String namespace) {
        withConnections(
                1,
                "",
                engine -> assertThatThrownBy(() -> engine.namespace(namespace))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("'" + namespace + "'"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT-1S", "PT0S", "PT0.099S", "PT1H0.001S"})
    void timesToLiveOutOfRangeAreRefused(Duration ttl) {
        withConnections(
                1,
                "",
                engine -> assertThatThrownBy(() -> engine.memberTtl(ttl))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("memberTtl is " + ttl));
    }

    @Test
    void replicasThatCannotBeAskedForAreRefused() {
        withConnections(1, "", engine -> {
            assertThatThrownBy(() -> engine.minReplicas(-1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("minReplicas is -1");
            assertThatThrownBy(() -> engine.replicaTimeout(Duration.ZERO))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("replicaTimeout is PT0S");
        });
    }

    @Test
    void whatThereIsNotIsSaidSo() {
        try (RedisUnderTest.Host host = new RedisUnderTest.Host(RedisServer.shared())) {
            SharedState state = host.open();
            assertThatThrownBy(() -> state.region("memory", 64))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContainingAll("engine redis has no region", "'memory'", "engine mapped");
        }
    }
}
