package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sharedstate.AccessRefusedException;
import io.sharedstate.FormatException;
import io.sharedstate.Kind;
import io.sharedstate.Lease;
import io.sharedstate.MapOptions;
import io.sharedstate.Member;
import io.sharedstate.RateLimit;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedQueue;
import io.sharedstate.SharedState;
import io.sharedstate.SharedTopic;
import io.sharedstate.SharedValue;
import io.sharedstate.Verdict;
import io.sharedstate.Verdict.Result;
import io.sharedstate.mapped.layout.NamedLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** State that is looked at from outside. */
class ObservationTests {

    @TempDir
    Path parent;

    private Path directory;

    @BeforeEach
    void createState() throws InterruptedException {
        directory = parent.resolve("state");
        try (SharedState state = MappedEngine.at(directory).open()) {
            state.counter("it").set(41);
            state.adder("it").add(42);
            state.lock("it").acquire().close();
            state.value("it", String.class, 100).set("forty-three");
            state.region("it", 64);
            state.rateLimiter("it", RateLimit.of(5, Duration.ofSeconds(1)));
            state.keyedRateLimiter("it", RateLimit.of(5, Duration.ofSeconds(1))).tryAcquire("ann");
            SharedMap<String, String> map = state.map("it", String.class, String.class);
            IntStream.range(0, 1_000).forEach(i -> map.put("key " + i, "value " + i));
            SharedQueue<String> queue = state.queue("it", String.class);
            queue.offer("one");
            queue.offer("two");
            queue.poll();
            state.semaphore("it", 3);
            state.topic("it", String.class).publish("news");
        }
    }

    // looking

    @Test
    void allIsSeenThatThereIs() throws InterruptedException {
        try (SharedState state = MappedEngine.at(directory).open();
                SharedState observed = MappedEngine.observe(directory);
                Lease lease = state.lock("it").acquire()) {
            for (Kind kind : Kind.values()) {
                assertThat(observed.names(kind)).as("%s", kind).containsExactly("it");
            }
            assertThat(observed.counter("it").get()).isEqualTo(41);
            assertThat(observed.adder("it").sum()).isEqualTo(42);
            assertThat(observed.value("it", String.class, 100).get()).isEqualTo("forty-three");
            assertThat(observed.lock("it").status().fencingToken()).isEqualTo(lease.fencingToken());
            assertThat(observed.lock("it").status().holder()).satisfies(holder -> {
                assertThat(holder.member()).isEqualTo(state.members().self());
                assertThat(holder.alive()).isTrue();
            });
            assertThat(observed.mapStatistics("it").orElseThrow().entries()).isEqualTo(1_000);
            assertThat(observed.queueStatistics("it").orElseThrow().depth()).isEqualTo(1);
            assertThat(observed.topicStatistics("it")).isPresent();
            assertThat(observed.semaphoreStatus("it").orElseThrow().permits()).isEqualTo(3);
            assertThat(observed.size()).isEqualTo(state.size());
            assertThat(observed.problems()).isEmpty();
        }
    }

    @Test
    void whoLooksIsNoMember() {
        try (SharedState observed = MappedEngine.observe(directory)) {
            assertThat(observed.members().all()).isEmpty();
            try (SharedState state = MappedEngine.at(directory).open()) {
                assertThat(observed.members().all())
                        .containsExactly(state.members().self());
                assertThat(state.members().all()).extracting(Member::ordinal).containsExactly(0);
            }
            assertThat(observed.members().all()).isEmpty();
        }
    }

    @Test
    void whatIsCreatedAndRemovedMeanwhileIsSeen() {
        try (SharedState observed = MappedEngine.observe(directory);
                SharedState state = MappedEngine.at(directory).open()) {
            state.counter("new").set(5);
            state.queue("new", String.class).offer("message");
            state.remove(Kind.MAP, "it");

            assertThat(observed.names(Kind.COUNTER)).containsExactly("it", "new");
            assertThat(observed.counter("new").get()).isEqualTo(5);
            assertThat(observed.queueStatistics("new").orElseThrow().depth()).isEqualTo(1);
            assertThat(observed.mapStatistics("it")).isEqualTo(Optional.empty());
        }
    }

    @Test
    void nothingIsWritten() throws IOException {
        Map<Path, ByteBuffer> before = content();

        try (SharedState observed = MappedEngine.observe(directory)) {
            observed.members().all();
            for (Kind kind : Kind.values()) {
                observed.names(kind);
            }
            observed.lock("it").status();
            observed.mapStatistics("it");
            observed.queueStatistics("it");
            observed.problems();
        }
        MappedEngine.verify(directory);

        assertThat(content()).isEqualTo(before);
    }

    private Map<Path, ByteBuffer> content() throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile).collect(Collectors.toMap(path -> path, ObservationTests::bytes));
        }
    }

    private static ByteBuffer bytes(Path file) {
        try {
            return ByteBuffer.wrap(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void rootSeesTheStateOfAnotherUser() throws IOException {
        assumeTrue(Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid")), "not run by root");
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path each : all.toList()) {
                Files.setAttribute(each, "unix:uid", 12_345);
            }
        }

        try (SharedState observed = MappedEngine.observe(directory)) {
            assertThat(observed.counter("it").get()).isEqualTo(41);
            assertThat(observed.adder("it").sum()).isEqualTo(42);
        }
        assertThatExceptionOfType(AccessRefusedException.class)
                .isThrownBy(() -> MappedEngine.at(directory).open())
                .withMessageContaining("belongs to user 12345");
    }

    /** A change, and what it is called. */
    private record Change(String name, Action action) {

        /** On observed state; it may throw. */
        interface Action {
            void on(SharedState observed) throws Exception;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static List<Change> changes() {
        return List.of(
                new Change(
                        "a map's hits",
                        observed ->
                                observed.map("it", String.class, String.class).get("key 7")),
                new Change("a counter", observed -> observed.counter("it").incrementAndGet()),
                new Change("a new counter", observed -> observed.counter("new")),
                new Change("an adder", observed -> observed.adder("it").increment()),
                new Change("a lock", observed -> observed.lock("it").lock()),
                new Change(
                        "a value",
                        observed -> observed.value("it", String.class, 100).set("x")),
                new Change(
                        "a region",
                        observed -> observed.region("it", 64).buffer().putLong(0, 1)),
                new Change(
                        "a map",
                        observed -> observed.map("it", String.class, String.class, MapOptions.DEFAULT)
                                .put("key", "value")),
                new Change(
                        "a queue",
                        observed -> observed.queue("it", String.class).offer("three")),
                new Change(
                        "a delivery",
                        observed -> observed.queue("it", String.class).poll()),
                new Change(
                        "a semaphore", observed -> observed.semaphore("it", 3).tryAcquire()),
                new Change(
                        "a topic",
                        observed -> observed.topic("it", String.class).publish("more")),
                new Change("its address", observed -> observed.members().announce("host:80")),
                new Change("a removal", observed -> observed.remove(Kind.ADDER, "it")));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void whatWouldChangeAnythingIsRefused(Change change) throws IOException {
        Map<Path, ByteBuffer> before = content();
        try (SharedState observed = MappedEngine.observe(directory)) {
            assertThatExceptionOfType(UnsupportedOperationException.class)
                    .isThrownBy(() -> change.action().on(observed));
        }
        assertThat(content()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"process.lock", "members.dat"})
    void anotherDirectoryIsRefused(String missing) throws IOException {
        Files.delete(directory.resolve(missing));

        assertThatExceptionOfType(FormatException.class)
                .isThrownBy(() -> MappedEngine.observe(directory))
                .withMessageContaining(directory + " is no state directory")
                .withMessageContaining(missing);
        assertThat(directory.resolve(missing)).doesNotExist();
    }

    @Test
    void aLinkIsNotFollowed() throws IOException {
        Path link = Files.createSymbolicLink(parent.resolve("link"), directory);

        assertThatExceptionOfType(AccessRefusedException.class)
                .isThrownBy(() -> MappedEngine.observe(link))
                .withMessageContaining("symbolic link");
    }

    @Test
    void aMissingDirectoryIsNotMade() {
        assertThatExceptionOfType(FormatException.class)
                .isThrownBy(() -> MappedEngine.observe(parent.resolve("none")))
                .withMessageContaining("is no state directory");
        assertThat(parent.resolve("none")).doesNotExist();
    }

    // verifying

    @Test
    void whatIsWholeIsFoundWhole() {
        assertThat(MappedEngine.verify(directory))
                .allSatisfy(verdict -> assertThat(verdict.result()).isEqualTo(Result.WHOLE))
                .extracting(Verdict::what)
                .contains(
                        "members",
                        "counters",
                        "lock 'it'",
                        "adders/it.dat",
                        "values/it.dat",
                        "regions/it.dat",
                        "maps/it.dat",
                        "maps/it.dat, segment 0",
                        "queues/it.dat",
                        "semaphores/it.dat",
                        "topics/it.dat");
    }

    /** Changes every byte from {@code from} on, and expects that exactly what was in those is found damaged. */
    private void damage(String file, long from, String... found) throws IOException {
        Path path = directory.resolve(file);
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(path));
        for (int at = (int) from; at < bytes.capacity(); at++) {
            bytes.put(at, (byte) ~bytes.get(at));
        }
        Files.write(path, bytes.array(), StandardOpenOption.WRITE);

        assertThat(MappedEngine.verify(directory).stream()
                        .filter(verdict -> verdict.result() == Result.DAMAGED)
                        .peek(verdict -> assertThat(verdict.detail()).isNotEmpty())
                        .map(Verdict::what))
                .containsExactly(found);
    }

    @ParameterizedTest
    @ValueSource(strings = {"adder", "value", "region", "map", "keyed-rate-limiter", "queue", "semaphore", "topic"})
    void aFileWithoutItsHeaderIsFound(String kind) throws IOException {
        String file = kind + "s/it.dat";
        damage(file, 0, file);
    }

    @Test
    void aValueThatIsTornIsFound() throws IOException {
        damage("values/it.dat", NamedLayout.CONTENT_OFFSET, "values/it.dat");
    }

    @Test
    void aQueueThatIsTornIsFound() throws IOException {
        damage("queues/it.dat", 4096, "queues/it.dat");
    }

    // beside those who write

    @Test
    void whatIsBeingWrittenIsNotTakenForDamage() throws Exception {
        CountDownLatch verified = new CountDownLatch(1);
        var threads = Executors.newFixedThreadPool(4);
        try (SharedState state = MappedEngine.at(directory).open()) {
            SharedMap<String, String> map = state.map("it", String.class, String.class);
            SharedQueue<String> queue = state.queue("it", String.class);
            SharedValue<String> value = state.value("it", String.class, 100);
            SharedTopic<String> topic = state.topic("it", String.class);
            List<Runnable> writers = List.of(
                    () -> map.put("key " + System.nanoTime() % 100, "value"),
                    () -> {
                        queue.offer("message");
                        queue.poll();
                    },
                    () -> value.set(Long.toString(System.nanoTime())),
                    () -> topic.publish("news"));
            List<? extends Future<?>> running = writers.stream()
                    .map(writer -> threads.submit(() -> {
                        while (verified.getCount() > 0) {
                            writer.run();
                        }
                    }))
                    .toList();
            List<Verdict> verdicts = MappedEngine.verify(directory);
            verified.countDown();
            for (Future<?> writer : running) {
                writer.get(30, TimeUnit.SECONDS);
            }
            assertThat(verdicts).noneMatch(verdict -> verdict.result() == Result.DAMAGED);
            assertThat(MappedEngine.verify(directory)).allMatch(verdict -> verdict.result() == Result.WHOLE);
        } finally {
            verified.countDown();
            threads.shutdownNow();
        }
    }

    @Test
    void closedStateIsNotLookedAt() {
        SharedState observed = MappedEngine.observe(directory);
        observed.close();

        assertThatThrownBy(() -> observed.names(Kind.COUNTER)).isInstanceOf(IllegalStateException.class);
    }
}
