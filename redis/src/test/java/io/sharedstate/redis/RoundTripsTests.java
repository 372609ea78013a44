package io.sharedstate.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.Lease;
import io.sharedstate.RateLimit;
import io.sharedstate.SharedState;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How often an operation goes to the server, as the server's MONITOR shows it. */
@Timeout(120)
class RoundTripsTests {

    private final RedisUnderTest.Host host = new RedisUnderTest.Host(RedisServer.shared());
    private SharedState state;
    private Server server;
    private Socket socket;
    private BufferedReader monitor;

    @BeforeEach
    void open() throws IOException {
        state = host.open();
        server = host.server(state);
        socket = new Socket(
                InetAddress.getLoopbackAddress(), RedisServer.shared().port());
        monitor = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        socket.getOutputStream().write("MONITOR\r\n".getBytes(StandardCharsets.UTF_8));
        assertThat(monitor.readLine()).isEqualTo("+OK");
    }

    @AfterEach
    void close() throws IOException {
        socket.close();
        host.close();
    }

    /** Commands about things of this name, but for those within scripts. */
    private int trips(String name, Runnable operation) throws IOException {
        operation.run();
        String end = UUID.randomUUID().toString();
        server.call(commands -> commands.echo(Bytes.of(end)));
        int trips = 0;
        for (String line = monitor.readLine(); !line.contains(end); line = monitor.readLine()) {
            if (line.contains(":" + name + "}") && !line.contains("lua]")) {
                trips++;
            }
        }
        return trips;
    }

    @Test
    void eachOperationOfACounterIsOne() throws IOException {
        var counter = state.counter("hits");
        counter.incrementAndGet();
        counter.tryAdd(1, 0, 10);
        counter.compareAndSet(1, 2);
        counter.getAndSet(1);
        assertThat(trips("hits", () -> {})).as("so far").isPositive();
        assertThat(trips("hits", counter::get)).isEqualTo(1);
        assertThat(trips("hits", counter::incrementAndGet)).isEqualTo(1);
        assertThat(trips("hits", () -> counter.getAndAdd(5))).isEqualTo(1);
        assertThat(trips("hits", () -> counter.tryAdd(1, 0, 100))).isEqualTo(1);
        assertThat(trips("hits", () -> counter.compareAndSet(8, 9))).isEqualTo(1);
        assertThat(trips("hits", () -> counter.set(3))).isEqualTo(1);
        assertThat(trips("hits", counter::reset)).isEqualTo(1);
    }

    @Test
    void lockingAFreeLockIsOneAndSoIsUnlocking() throws IOException {
        var lock = state.lock("orders");
        lock.acquire().close();
        assertThat(trips("orders", () -> {})).as("so far").isPositive();
        assertThat(trips("orders", lock::lock)).isEqualTo(1);
        assertThat(trips("orders", () -> assertThat(lock.tryLock()).isTrue()))
                .as("again")
                .isZero();
        assertThat(trips("orders", lock::fencingToken)).isZero();
        assertThat(trips("orders", lock::unlock)).isZero();
        assertThat(trips("orders", lock::unlock)).isEqualTo(1);
    }

    @Test
    void anAttemptOnALockThatIsHeldIsOne() throws IOException {
        try (Lease lease = host.open().lock("orders").acquire()) {
            var lock = state.lock("orders");
            lock.tryLock();
            assertThat(trips("orders", () -> {})).as("so far").isPositive();
            assertThat(trips("orders", lock::tryLock)).isEqualTo(1);
            assertThat(lease.wasAbandoned()).isFalse();
        }
    }

    @Test
    void aRequestToARateLimiterIsOne() throws IOException {
        var plain = state.rateLimiter("mail", RateLimit.of(10, Duration.ofDays(1)));
        var keyed = state.keyedRateLimiter("login", RateLimit.of(10, Duration.ofDays(1)));
        plain.tryAcquire();
        keyed.tryAcquire("ann");
        assertThat(trips("mail", () -> {})).as("so far").isPositive();
        assertThat(trips("mail", plain::tryAcquire)).isEqualTo(1);
        assertThat(trips("login", () -> keyed.tryAcquire("ann"))).isEqualTo(1);
    }

    @Test
    void aValueIsReadAndSetByOneAndAMessagePublishedByOne() throws IOException {
        var value = state.value("config", String.class);
        var topic = state.topic("news", String.class);
        value.set("x");
        topic.publish("x");
        assertThat(trips("config", () -> {})).as("so far").isPositive();
        assertThat(trips("config", value::get)).isEqualTo(1);
        assertThat(trips("config", () -> value.set("y"))).isEqualTo(1);
        assertThat(trips("news", () -> topic.publish("y"))).isEqualTo(1);
    }

    @Test
    void anEntryOfAMapIsReadByOneAndChangedByOne() throws IOException {
        var map = state.map("cart", String.class, String.class);
        map.put("a", "1");
        map.touch("a", Duration.ofHours(1));
        map.merge("b", "1", String::concat);
        assertThat(trips("cart", () -> {})).as("so far").isPositive();
        assertThat(trips("cart", () -> map.put("a", "2"))).isEqualTo(1);
        assertThat(trips("cart", () -> map.put("a", "3", Duration.ofHours(1)))).isEqualTo(1);
        assertThat(trips("cart", () -> map.putIfAbsent("a", "4"))).isEqualTo(1);
        assertThat(trips("cart", () -> map.touch("a", Duration.ofHours(2)))).isEqualTo(1);
        assertThat(trips("cart", () -> map.remove("a"))).isEqualTo(1);
        assertThat(trips("cart", () -> map.merge("a", "x", String::concat)))
                .as("claimed, and put")
                .isEqualTo(2);
        ((RedisState) state).endThreads(); // which would add up the reads now and then
        assertThat(trips("cart", () -> map.get("a"))).isEqualTo(1);
    }

    @Test
    void aMessageIsOfferedByOneReceivedByOneAndDoneByOne() throws Exception {
        var queue = state.queue("work", String.class);
        queue.put("a");
        queue.take();
        assertThat(trips("work", () -> {})).as("so far").isPositive();
        assertThat(trips("work", () -> queue.offer("b"))).isEqualTo(1);
        assertThat(trips("work", queue::poll)).as("received, and done").isEqualTo(2);
    }
}
