package io.sharedstate.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.Lease;
import io.sharedstate.RateLimit;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedState;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How many commands reach the server while an operation goes on, whoever sends them, as the server's MONITOR shows. */
@Timeout(120)
class RoundTripsTests {

    private static RedisServer alone;

    private final RedisUnderTest.Host host = new RedisUnderTest.Host(() -> alone.connections(), engine -> engine);
    private SharedState state;
    private Server server;
    private Socket socket;
    private BufferedReader monitor;

    @BeforeAll
    static void start() {
        alone = RedisServer.start();
    }

    @AfterAll
    static void stop() {
        alone.close();
    }

    @BeforeEach
    void open() throws IOException {
        state = quiet();
        server = host.server(state);
        socket = new Socket(InetAddress.getLoopbackAddress(), alone.port());
        monitor = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        socket.getOutputStream().write("MONITOR\r\n".getBytes(StandardCharsets.UTF_8));
        assertThat(monitor.readLine()).isEqualTo("+OK");
    }

    /** A member that does nothing by itself: it isn't renewed, and adds up no reads. */
    private SharedState quiet() {
        SharedState member = host.open();
        ((RedisState) member).endThreads();
        return member;
    }

    @AfterEach
    void close() throws IOException {
        socket.close();
        host.close();
    }

    /** All commands, but for those within scripts. */
    private int trips(Runnable operation) throws IOException {
        untilNow();
        operation.run();
        return untilNow();
    }

    private int untilNow() throws IOException {
        String end = UUID.randomUUID().toString();
        server.call(commands -> commands.echo(Bytes.of(end)));
        int commands = 0;
        for (String line = monitor.readLine(); !line.contains(end); line = monitor.readLine()) {
            if (!line.contains("lua]")) {
                commands++;
            }
        }
        return commands;
    }

    @Test
    void allCommandsOfAllConnectionsCount() throws IOException {
        assertThat(trips(() -> {})).isZero();
        assertThat(trips(() -> {
                    state.members().all();
                    server.call(commands -> commands.echo(Bytes.of("x")));
                }))
                .as("a script and a command")
                .isEqualTo(2);
    }

    @Test
    void eachOperationOfACounterIsOne() throws IOException {
        var counter = state.counter("hits");
        counter.incrementAndGet();
        counter.tryAdd(1, 0, 10);
        counter.compareAndSet(1, 2);
        counter.getAndSet(1);
        assertThat(trips(counter::get)).isEqualTo(1);
        assertThat(trips(counter::incrementAndGet)).isEqualTo(1);
        assertThat(trips(() -> counter.getAndAdd(5))).isEqualTo(1);
        assertThat(trips(() -> counter.tryAdd(1, 0, 100))).isEqualTo(1);
        assertThat(trips(() -> counter.compareAndSet(8, 9))).isEqualTo(1);
        assertThat(trips(() -> counter.set(3))).isEqualTo(1);
        assertThat(trips(counter::reset)).isEqualTo(1);
    }

    @Test
    void lockingAFreeLockIsOneAndSoIsUnlocking() throws IOException {
        var lock = state.lock("orders");
        lock.acquire().close();
        assertThat(trips(lock::lock)).isEqualTo(1);
        assertThat(trips(() -> assertThat(lock.tryLock()).isTrue())).as("again").isZero();
        assertThat(trips(lock::fencingToken)).isZero();
        assertThat(trips(lock::unlock)).isZero();
        assertThat(trips(lock::unlock)).isEqualTo(1);
    }

    @Test
    void anAttemptOnALockThatIsHeldIsOne() throws IOException {
        state.lock("orders").acquire().close();
        SharedState later = quiet();
        assertThat(attempts(later, state)).as("of one that has joined since").containsOnly(1);
        assertThat(attempts(state, later)).as("of one that was there").containsOnly(1);
    }

    /** How many commands attempts take of one at what the other one holds. */
    private List<Integer> attempts(SharedState holder, SharedState other) throws IOException {
        SharedLock lock = other.lock("orders");
        try (Lease lease = holder.lock("orders").acquire()) {
            List<Integer> trips = List.of(
                    trips(() -> assertThat(lock.tryLock()).isFalse()),
                    trips(() -> assertThat(lock.tryLock()).isFalse()),
                    trips(() -> assertThat(tryAcquire(lock)).isEmpty()));
            assertThat(lease.wasAbandoned()).isFalse();
            return trips;
        }
    }

    private static Optional<Lease> tryAcquire(SharedLock lock) {
        try {
            return lock.tryAcquire(Duration.ZERO);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aRequestToARateLimiterIsOne() throws IOException {
        var plain = state.rateLimiter("mail", RateLimit.of(10, Duration.ofDays(1)));
        var keyed = state.keyedRateLimiter("login", RateLimit.of(10, Duration.ofDays(1)));
        plain.tryAcquire();
        keyed.tryAcquire("ann");
        assertThat(trips(plain::tryAcquire)).isEqualTo(1);
        assertThat(trips(() -> keyed.tryAcquire("ann"))).isEqualTo(1);
    }

    @Test
    void aValueIsReadAndSetByOneAndAMessagePublishedByOne() throws IOException {
        var value = state.value("config", String.class);
        var topic = state.topic("news", String.class);
        value.set("x");
        topic.publish("x");
        assertThat(trips(value::get)).isEqualTo(1);
        assertThat(trips(value::version)).isEqualTo(1);
        assertThat(trips(() -> value.set("y"))).isEqualTo(1);
        assertThat(trips(() -> topic.publish("y"))).isEqualTo(1);
    }

    @Test
    void anEntryOfAMapIsReadByOneAndChangedByOne() throws IOException {
        var map = state.map("cart", String.class, String.class);
        map.put("a", "1");
        map.touch("a", Duration.ofHours(1));
        map.merge("b", "1", String::concat);
        assertThat(trips(() -> map.put("a", "2"))).isEqualTo(1);
        assertThat(trips(() -> map.put("a", "3", Duration.ofHours(1)))).isEqualTo(1);
        assertThat(trips(() -> map.putIfAbsent("a", "4"))).isEqualTo(1);
        assertThat(trips(() -> map.touch("a", Duration.ofHours(2)))).isEqualTo(1);
        assertThat(trips(() -> map.remove("a"))).isEqualTo(1);
        assertThat(trips(() -> map.merge("a", "x", String::concat)))
                .as("claimed, and put")
                .isEqualTo(2);
        assertThat(trips(() -> map.get("a"))).isEqualTo(1);
    }

    @Test
    void aMessageIsOfferedByOneReceivedByOneAndDoneByOne() throws Exception {
        var queue = state.queue("work", String.class);
        queue.put("a");
        queue.take();
        assertThat(trips(() -> queue.offer("b"))).isEqualTo(1);
        assertThat(trips(queue::poll)).as("received, and done").isEqualTo(2);
    }
}
