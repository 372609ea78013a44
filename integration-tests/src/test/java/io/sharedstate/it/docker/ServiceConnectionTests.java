package io.sharedstate.it.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.Lease;
import io.sharedstate.SharedCounter;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.redis.RedisEngine;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.testcontainers.service.connection.ServiceConnection;
import org.springframework.boot.testcontainers.service.connection.ServiceConnectionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.testcontainers.containers.GenericContainer;

/** An application's test whose server is a container, as Spring Boot's service connections have it. */
@RequiresDocker
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.NONE,
        properties = {"sharedstate.engine=redis", "sharedstate.name=shop", "sharedstate.locks.orders="})
class ServiceConnectionTests {

    private static final int PORT = 6379;

    private final GenericContainer<?> server;
    private final SharedState state;
    private final SharedCounter hits;
    private final SharedLock orders;
    private final LettuceConnectionFactory connections;

    @Autowired
    ServiceConnectionTests(
            GenericContainer<?> server,
            SharedState state,
            SharedCounter hits,
            SharedLock orders,
            LettuceConnectionFactory connections) {
        this.server = server;
        this.state = state;
        this.hits = hits;
        this.orders = orders;
        this.connections = connections;
    }

    @Test
    void isOnTheServerOfTheContainer() {
        assertThat(state.engine()).isEqualTo("redis");
        assertThat(state.location()).contains(server.getHost() + ":" + server.getMappedPort(PORT), "namespace shop");
    }

    @Test
    void countsForAllMembers() {
        hits.incrementAndGet();
        try (SharedState other = another()) {
            assertThat(other.counter("shared").incrementAndGet()).isEqualTo(2);
            assertThat(state.members().all()).hasSize(2);
        }
        assertThat(hits.get()).isEqualTo(2);
    }

    @Test
    void locksOutAllMembers() {
        try (SharedState other = another()) {
            SharedLock same = other.lock("orders");
            long before;
            try (Lease lease = orders.acquire()) {
                before = lease.fencingToken();
                assertThat(same.tryLock()).isFalse();
            }
            try (Lease lease = same.acquire()) {
                assertThat(lease.fencingToken()).isGreaterThan(before);
            }
        }
    }

    private SharedState another() {
        return RedisEngine.on(connections).namespace("shop").open();
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        SharedStateAutoConfiguration.class,
        DataRedisAutoConfiguration.class,
        ServiceConnectionAutoConfiguration.class
    })
    static class App {

        @Bean
        @ServiceConnection(name = "redis")
        GenericContainer<?> server() {
            return new GenericContainer<>(ContainersTests.property("test.image.redis"))
                    .withCommand("redis-server", "--save", "", "--protected-mode", "no")
                    .withExposedPorts(PORT);
        }
    }
}
