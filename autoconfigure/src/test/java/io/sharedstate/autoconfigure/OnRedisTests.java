package io.sharedstate.autoconfigure;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.Mockito.mock;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sharedstate.Kind;
import io.sharedstate.Member;
import io.sharedstate.SharedCounter;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.diagnostics.Analyses;
import io.sharedstate.autoconfigure.metrics.SharedStateMetrics;
import io.sharedstate.autoconfigure.metrics.SharedStateMetricsAutoConfiguration;
import io.sharedstate.redis.RedisEngine;
import io.sharedstate.redis.ServerUnavailableException;
import io.sharedstate.redis.ServerUnderTest;
import io.sharedstate.redis.TooFewReplicasException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.assertj.core.api.AbstractStringAssert;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.mock.env.MockEnvironment;

/** {@code sharedstate.engine=redis}, against a real server. */
class OnRedisTests {

    private final String name = "test-" + UUID.randomUUID();

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(SharedStateAutoConfiguration.class, DataRedisAutoConfiguration.class))
            .withPropertyValues("sharedstate.name=" + name);

    private final int nowhere = ServerUnderTest.freePort();

    private final ApplicationContextRunner unreachable =
            runner.withPropertyValues("sharedstate.engine=redis", "spring.data.redis.port=" + nowhere);

    private ApplicationContextRunner onServer() {
        return runner.withPropertyValues(
                "sharedstate.engine=redis",
                "spring.data.redis.port=" + ServerUnderTest.shared().port());
    }

    @Test
    void joinsTheNameOnTheServerAndLeavesItWithTheContext() {
        onServer().run(context -> {
            SharedState state = context.getBean(SharedState.class);
            assertThat(state.engine()).isEqualTo("redis");
            assertThat(state.location()).contains(":" + ServerUnderTest.shared().port(), "namespace " + name);
            context.getBean(SharedCounter.class).incrementAndGet();
            withState(other -> {
                assertThat(other.counter("shared").get()).isEqualTo(1);
                assertThat(other.members().all()).hasSize(2);
                context.close();
                assertThat(other.members().all()).hasSize(1);
            });
        });
    }

    private void withState(Consumer<SharedState> test) {
        LettuceConnectionFactory connections = new LettuceConnectionFactory(
                "127.0.0.1", ServerUnderTest.shared().port());
        connections.afterPropertiesSet();
        connections.start();
        try (SharedState state = RedisEngine.on(connections).namespace(name).open()) {
            test.accept(state);
        } finally {
            connections.destroy();
        }
    }

    @Test
    void isThereUntilTheLastBeanIsDestroyed() {
        onServer().withBean(CountsInTheEnd.class).run(context -> {
            CountsInTheEnd last = context.getBean(CountsInTheEnd.class);
            context.close();
            assertThat(last.counted).isEqualTo(1);
        });
    }

    @Test
    void staysWhileTheContextIsStoppedAndStartedAgain() {
        onServer().run(context -> {
            SharedState state = context.getBean(SharedState.class);
            Member before = state.members().self();
            context.stop();
            state.counter("shared").incrementAndGet();
            context.start();
            assertThat(state.counter("shared").incrementAndGet()).isEqualTo(2);
            assertThat(state.members().self()).isEqualTo(before);
        });
    }

    @Test
    void givesALockBackThatTooFewReplicasHaveHeardOf() {
        onServer()
                .withPropertyValues("sharedstate.redis.min-replicas=1", "sharedstate.redis.replica-timeout=20ms")
                .run(context -> {
                    SharedLock lock = context.getBean(SharedState.class).lock("orders");
                    assertThatThrownBy(lock::lock)
                            .isInstanceOf(TooFewReplicasException.class)
                            .hasMessageContaining("0");
                    withState(other -> {
                        SharedLock free = other.lock("orders");
                        assertThat(free.tryLock()).isTrue();
                        free.unlock();
                    });
                });
    }

    @Test
    void aMapHasNoMetersOfBoundsThatItDoesntHave() {
        onServer()
                .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                .withConfiguration(AutoConfigurations.of(SharedStateMetricsAutoConfiguration.class))
                .run(context -> {
                    SharedState state = context.getBean(SharedState.class);
                    state.map("carts", String.class, String.class).put("ann", "1");
                    MeterRegistry registry = new SimpleMeterRegistry();
                    context.getBean(SharedStateMetrics.class).bindTo(registry);
                    assertThat(registry.getMeters())
                            .extracting(meter -> meter.getId().getName())
                            .filteredOn(meter -> meter.startsWith("sharedstate.map."))
                            .containsOnly(
                                    "sharedstate.map.entries", "sharedstate.map.reads", "sharedstate.map.expirations");
                    assertThat(registry.get("sharedstate.map.entries").gauge().value())
                            .isEqualTo(1);
                });
    }

    @Test
    void goesWhereTheConnectionDetailsSay() {
        unreachable
                .withBean(DataRedisConnectionDetails.class, OnRedisTests::details)
                .run(context -> assertThat(context.getBean(SharedState.class).location())
                        .contains(":" + ServerUnderTest.shared().port()));
    }

    private static DataRedisConnectionDetails details() {
        return new DataRedisConnectionDetails() {
            @Override
            public Standalone getStandalone() {
                return Standalone.of("127.0.0.1", ServerUnderTest.shared().port());
            }

            @Override
            public SslBundle getSslBundle() {
                return null;
            }
        };
    }

    @Test
    void takesTheDatabaseThatIsSet() {
        onServer().withPropertyValues("spring.data.redis.database=3").run(context -> {
            context.getBean(SharedCounter.class).incrementAndGet();
            assertThat(context.getBean(SharedState.class).location()).contains("/3, ");
            withState(other -> assertThat(other.names(Kind.COUNTER)).isEmpty());
        });
    }

    @Test
    void saysWhichDependencyIsMissing() {
        onServer().withClassLoader(new FilteredClassLoader(RedisEngine.class)).run(context -> {
            assertThat(context).hasFailed();
            assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                    .contains("'redis'", "sharedstate.engine", "io.sharedstate:sharedstate-redis");
        });
    }

    @Test
    void needsNothingOfRedisOnOtherEngines() {
        runner.withPropertyValues("sharedstate.engine=heap")
                .withClassLoader(new FilteredClassLoader(
                        "io.sharedstate.redis",
                        "io.lettuce",
                        "org.springframework.data",
                        "org.springframework.boot.data"))
                .run(context ->
                        assertThat(context.getBean(SharedState.class).engine()).isEqualTo("heap"));
    }

    @Test
    void leavesRedisAloneOnOtherEngines() {
        unreachable
                .withPropertyValues("sharedstate.engine=heap")
                .run(context -> assertThat(context).hasNotFailed().hasSingleBean(RedisConnectionFactory.class));
    }

    @Test
    void saysThatItTakesNoOtherConnections() {
        unreachable
                .withBean(RedisConnectionFactory.class, () -> mock(RedisConnectionFactory.class))
                .run(context -> {
                    assertThat(context).hasFailed();
                    assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                            .contains(
                                    "sharedstate.engine", "one LettuceConnectionFactory", "there are 0", "client-type");
                });
    }

    @Test
    void saysThatAListOfReplicasIsNotEnough() {
        unreachable
                .withPropertyValues("spring.data.redis.masterreplica.nodes=one:1,two:2")
                .run(context -> {
                    assertThat(context).hasFailed();
                    assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                            .contains("'one:1,two:2'", "masterreplica", "spring.data.redis.sentinel");
                });
    }

    @ParameterizedTest
    @CsvSource({
        "member-ttl, 1ms, PT0.1S to PT1H",
        "min-replicas, -1, 0 or more",
        "replica-timeout, 2m, PT0.001S to PT1M"
    })
    void refusesWhatIsOutOfRange(String property, String value, String expected) {
        unreachable
                .withPropertyValues("sharedstate.redis." + property + "=" + value)
                .run(context -> {
                    assertThat(context).hasFailed();
                    assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                            .contains("sharedstate.redis." + property, expected);
                });
    }

    @Test
    void saysWhereItHasLookedForTheServerAndWhatToSet() {
        unreachable.run(context -> {
            refused(context, "doesn't answer", ":" + nowhere)
                    .contains("Start the server", "spring.data.redis.host", "spring.data.redis.port");
        });
    }

    private static AbstractStringAssert<?> refused(AssertableApplicationContext context, String... found) {
        assertThat(context).hasFailed();
        FailureAnalysis analysis = Analyses.of(
                context.getStartupFailure(), new MockEnvironment().withProperty("sharedstate.engine", "redis"));
        assertThat(analysis.getDescription()).contains(found);
        return assertThat(analysis.getAction());
    }

    @Test
    void saysWhichPasswordToSet() {
        try (ServerUnderTest server = ServerUnderTest.start("--requirepass", "right")) {
            at(server)
                    .withPropertyValues("spring.data.redis.password=wrong")
                    .run(context -> refused(context, "refuses the password").contains("spring.data.redis.password"));
            at(server)
                    .withPropertyValues("spring.data.redis.password=right")
                    .run(context -> assertThat(context).hasNotFailed());
        }
    }

    @Test
    void allItsConnectionsAreOfTheUserInTheDatabaseByTheName() {
        List<String> user = List.of("--user", "shop", "on", ">secret", "~sharedstate:*", "&sharedstate:*", "+@all");
        try (ServerUnderTest server = ServerUnderTest.start(user.toArray(String[]::new))) {
            at(server)
                    .withPropertyValues(
                            "spring.data.redis.username=shop",
                            "spring.data.redis.password=secret",
                            "spring.data.redis.database=5",
                            "spring.data.redis.client-name=till",
                            "sharedstate.redis.min-replicas=1",
                            "sharedstate.redis.replica-timeout=20ms")
                    .run(context -> {
                        SharedState state = context.getBean(SharedState.class);
                        assertThat(state.counter("hits").incrementAndGet()).isEqualTo(1);
                        assertThat(state.queue("orders", String.class).poll(Duration.ofMillis(1)))
                                .isNull();
                        assertThatThrownBy(() -> state.lock("orders").lock())
                                .isInstanceOf(TooFewReplicasException.class);
                        assertThat(context.getBean(StringRedisTemplate.class).getClientList())
                                .as("shared, to be woken by, to wait for replicas, and the template's")
                                .hasSize(4)
                                .allSatisfy(connection -> {
                                    assertThat(connection.getName()).isEqualTo("till");
                                    assertThat(connection.get("user")).isEqualTo("shop");
                                    assertThat(connection.getDatabaseId()).isEqualTo(5);
                                });
                    });
        }
    }

    @Test
    void waitsForAnswersAsLongAsTheTimeoutSays() {
        try (ServerUnderTest server = ServerUnderTest.start()) {
            at(server).withPropertyValues("spring.data.redis.timeout=200ms").run(context -> {
                SharedCounter hits = context.getBean(SharedCounter.class);
                context.getBean(StringRedisTemplate.class).execute(OnRedisTests::pause);
                assertThatThrownBy(hits::incrementAndGet)
                        .isInstanceOf(ServerUnavailableException.class)
                        .hasMessageContaining("within 200 ms");
            });
        }
    }

    private static @Nullable Object pause(RedisConnection connection) {
        return connection.execute("CLIENT", "PAUSE".getBytes(US_ASCII), "1000".getBytes(US_ASCII));
    }

    private ApplicationContextRunner at(ServerUnderTest server) {
        return runner.withPropertyValues("sharedstate.engine=redis", "spring.data.redis.port=" + server.port());
    }

    @Test
    void saysThatAReplicaIsNoPrimary() {
        try (ServerUnderTest primary = ServerUnderTest.start();
                ServerUnderTest replica = ServerUnderTest.start("--replicaof", "127.0.0.1", "" + primary.port())) {
            at(replica)
                    .run(context -> refused(context, "is a replica").contains("primary", "spring.data.redis.sentinel"));
        }
    }

    @Test
    void saysThatAKeyIsSomebodyElses() {
        String foreign = "sharedstate:{" + name + ":counter:shared}";
        onServer()
                .withPropertyValues("sharedstate.engine=heap")
                .run(context ->
                        context.getBean(StringRedisTemplate.class).opsForValue().set(foreign, "foreign"));
        onServer().run(context -> refused(context, "another type").contains("sharedstate.name"));
    }

    @Test
    void aNativeImageHasTheScripts() {
        RuntimeHints hints = new RuntimeHints();
        new RedisOpener.Scripts().registerHints(hints, getClass().getClassLoader());
        assertThat(RuntimeHintsPredicates.resource().forResource("io/sharedstate/redis/counter-add.lua"))
                .accepts(hints);
        assertThat(RedisEngine.class.getResource("counter-add.lua")).isNotNull();
    }

    /** Destroyed when all that has a life cycle has stopped, the connections of the application among it. */
    static final class CountsInTheEnd implements DisposableBean {

        private final SharedState state;
        private long counted;

        CountsInTheEnd(SharedState state) {
            this.state = state;
        }

        @Override
        public void destroy() {
            counted = state.counter("shared").incrementAndGet();
        }
    }
}
