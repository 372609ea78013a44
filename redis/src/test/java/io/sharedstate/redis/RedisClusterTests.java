package io.sharedstate.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sharedstate.Delivery;
import io.sharedstate.Kind;
import io.sharedstate.Lease;
import io.sharedstate.QueueOptions;
import io.sharedstate.RateLimit;
import io.sharedstate.SharedState;
import io.sharedstate.SharedStateEvent;
import io.sharedstate.SharedStateEvent.MemberDied;
import io.sharedstate.TopicSubscription;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/** Every type on a cluster, with names whose keys are on all of its nodes. */
@Timeout(120)
class RedisClusterTests {

    private static RedisCluster cluster;

    private final RedisUnderTest.Host host = new RedisUnderTest.Host(cluster::connections, engine -> engine);
    private SharedState one;
    private SharedState two;

    @BeforeAll
    static void start() {
        cluster = new RedisCluster();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @BeforeEach
    void open() {
        one = host.open();
        two = host.open();
    }

    @AfterEach
    void close() {
        host.close();
    }

    /** So many that all nodes have some. */
    private static List<String> names() {
        return IntStream.range(0, 12).mapToObj(i -> "name-" + i).toList();
    }

    @Test
    void countersAddersAndLimiters() {
        for (String name : names()) {
            one.counter(name, 5).incrementAndGet();
            assertThat(two.counter(name, 5).tryAdd(1, 0, 7)).isTrue();
            assertThat(two.counter(name, 5).tryAdd(1, 0, 7)).isFalse();
            one.adder(name).add(3);
            assertThat(two.adder(name).sumThenReset()).isEqualTo(3);
            RateLimit limit = RateLimit.of(1, Duration.ofDays(1));
            assertThat(one.rateLimiter(name, limit).tryAcquire()).isTrue();
            assertThat(two.rateLimiter(name, limit).tryAcquire()).isFalse();
            assertThat(one.keyedRateLimiter(name, limit).tryAcquire("ann")).isTrue();
            assertThat(two.keyedRateLimiter(name, limit).tryAcquire("ann")).isFalse();
        }
        assertThat(one.names(Kind.COUNTER)).hasSameSizeAs(names());
        assertThat(one.size()).isPositive();
        assertThat(one.location()).startsWith("cluster ");
    }

    @Test
    void locksValuesAndSemaphores() throws Exception {
        for (String name : names()) {
            Lease lease = one.lock(name).acquire();
            assertThat(two.lock(name).tryLock()).isFalse();
            CompletableFuture<Long> next = Aside.get(() -> {
                try (Lease his = two.lock(name).acquire()) {
                    return his.fencingToken();
                }
            });
            await().until(() -> one.lock(name).status().waiters() == 1);
            long token = lease.fencingToken();
            lease.close();
            assertThat(next.get(60, TimeUnit.SECONDS)).isGreaterThan(token);
            one.value(name, String.class).set("a");
            assertThat(two.value(name, String.class).updateAndGet(old -> old + "b"))
                    .isEqualTo("ab");
            assertThat(one.semaphore(name, 1).tryAcquire()).isTrue();
            assertThat(two.semaphore(name, 1).tryAcquire()).isFalse();
            one.semaphore(name, 1).release();
            assertThat(two.remove(Kind.LOCK, name)).isTrue();
        }
    }

    @Test
    void maps() {
        for (String name : names()) {
            var map = one.map(name, String.class, String.class);
            IntStream.range(0, 20).forEach(i -> map.put("k" + i, "v"));
            var same = two.map(name, String.class, String.class);
            assertThat(same).hasSize(20).containsEntry("k7", "v");
            assertThat(same.merge("k7", "w", String::concat)).isEqualTo("vw");
            assertThat(same.keySet()).hasSize(20);
            same.clear();
            assertThat(map).isEmpty();
            assertThat(one.remove(Kind.MAP, name)).isTrue();
        }
    }

    @Test
    void queuesAndTopicsWakeWhoWaits() throws Exception {
        for (String name : names()) {
            var queue = one.queue(name, String.class, QueueOptions.DEFAULT);
            CompletableFuture<String> taken = Aside.get(() -> {
                try {
                    return two.queue(name, String.class, QueueOptions.DEFAULT).take();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            queue.put("a");
            assertThat(taken.get(60, TimeUnit.SECONDS)).isEqualTo("a");
            queue.put("b");
            try (Delivery<String> delivery = queue.receive()) {
                delivery.retry(Duration.ZERO);
            }
            assertThat(two.queue(name, String.class, QueueOptions.DEFAULT).poll())
                    .isEqualTo("b");
            try (TopicSubscription<String> news = two.topic(name, String.class).subscribe()) {
                one.topic(name, String.class).publish("hello");
                assertThat(news.take().value()).isEqualTo("hello");
            }
        }
    }

    @Test
    void whatADeadMemberHadIsTakenOver() throws Exception {
        List<SharedStateEvent> events = new CopyOnWriteArrayList<>();
        two.addListener(events::add);
        one.lock("orders").lock();
        one.semaphore("slots", 1).acquire();
        one.queue("work", String.class).put("a");
        one.queue("work", String.class).receive();
        host.kill(one);
        two.lock("orders").lock();
        assertThat(two.lock("orders").wasAbandoned()).isTrue();
        two.lock("orders").unlock();
        assertThat(two.semaphore("slots", 1).tryAcquire()).isTrue();
        two.semaphore("slots", 1).release();
        assertThat(two.queue("work", String.class).take()).isEqualTo("a");
        await().until(() -> events.stream().anyMatch(MemberDied.class::isInstance));
    }

    @Test
    void replicasCannotBeAskedFor() {
        LettuceConnectionFactory connections = cluster.connections();
        try {
            assertThatThrownBy(() -> RedisEngine.on(connections).minReplicas(1).open())
                    .isInstanceOf(UnsupportedServerException.class)
                    .hasMessageContainingAll("minReplicas is 1", "cluster", "min-replicas-to-write");
        } finally {
            connections.destroy();
        }
    }
}
