package io.sharedstate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SharedStateTests extends TwoMembers {

    private static final MapOptions SMALL = MapOptions.DEFAULT.maxSize(MapOptions.MIN_SIZE);

    private static final long MEGABYTE = 1 << 20;

    private void createOneOfEach(SharedState state, String name) {
        state.counter(name);
        state.adder(name);
        state.lock(name);
        state.value(name, String.class);
        state.region(name, 64);
        state.rateLimiter(name, RateLimit.of(1, Duration.ofSeconds(1)));
        state.map(name, String.class, String.class, SMALL);
        state.keyedRateLimiter(name, RateLimit.of(1, Duration.ofSeconds(1)), MapOptions.MIN_SIZE);
        state.queue(name, String.class, QueueOptions.DEFAULT.maxSize(QueueOptions.MIN_SIZE));
        state.semaphore(name, 1);
        state.topic(name, String.class, new TopicOptions(TopicOptions.MIN_SIZE));
    }

    @Test
    void namesAreListedSortedWhicheverMemberCreatedThem() {
        createOneOfEach(one, "b");
        createOneOfEach(two, "a-1");
        createOneOfEach(two, "C_.dat");
        for (Kind kind : Kind.values()) {
            assertThat(one.names(kind)).as(kind.label()).containsExactly("C_.dat", "a-1", "b");
            assertThat(two.names(kind)).as(kind.label()).containsExactly("C_.dat", "a-1", "b");
        }
    }

    @Test
    void eachKindHasNamesOfItsOwn() {
        createOneOfEach(one, "orders");
        one.counter("orders").set(7);
        assertThat(two.remove(Kind.COUNTER, "orders")).isTrue();
        for (Kind kind : Kind.values()) {
            assertThat(one.names(kind)).hasSize(kind == Kind.COUNTER ? 0 : 1);
        }
    }

    @Test
    void whatIsNoNameIsRefusedByAllMethods() {
        List<String> bad = List.of("", ".", "..", ".hidden", "a/b", "a\\b", "a..b", "ä", "a b", "a\n", "x".repeat(65));
        for (String name : bad) {
            List<org.assertj.core.api.ThrowableAssert.ThrowingCallable> methods = List.of(
                    () -> one.counter(name),
                    () -> one.adder(name),
                    () -> one.lock(name),
                    () -> one.value(name, String.class),
                    () -> one.region(name, 8),
                    () -> one.rateLimiter(name, RateLimit.of(1, Duration.ofSeconds(1))),
                    () -> one.map(name, String.class, Long.class),
                    () -> one.keyedRateLimiter(name, RateLimit.of(1, Duration.ofSeconds(1))),
                    () -> one.queue(name, String.class),
                    () -> one.queueStatistics(name),
                    () -> one.semaphore(name, 1),
                    () -> one.semaphoreStatus(name),
                    () -> one.topic(name, String.class),
                    () -> one.topicStatistics(name),
                    () -> one.remove(Kind.VALUE, name));
            methods.forEach(method -> assertThatThrownBy(method)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'" + name + "'")
                    .hasMessageContaining("1 to 64"));
        }
        createOneOfEach(one, "x".repeat(64));
        createOneOfEach(one, "-._A9");
        assertThat(two.names(Kind.REGION)).containsExactly("-._A9", "x".repeat(64));
    }

    @Test
    void removingWhatDoesNotExistSaysSo() {
        for (Kind kind : Kind.values()) {
            assertThat(one.remove(kind, "nothing")).isFalse();
        }
    }

    @Test
    void everythingOutlivesAllMembers() {
        one.counter("c", 5).incrementAndGet();
        one.adder("a").add(3);
        two.adder("a").add(4);
        one.lock("l").lock();
        one.lock("l").unlock();
        one.value("v", String.class).set("kept");
        one.region("r", 64).buffer().putLong(0, 9);
        one.map("m", String.class, Long.class).put("key", 11L);
        one.queue("q", String.class).add("kept");
        long incarnation = two.members().self().incarnation();
        one.close();
        two.close();
        SharedState next = host.open();
        assertThat(next.members().self().ordinal()).isZero();
        assertThat(next.members().self().incarnation()).isGreaterThan(incarnation);
        assertThat(next.counter("c", 100).get()).isEqualTo(6);
        next.counter("c").reset();
        assertThat(next.counter("c").get()).isEqualTo(5);
        assertThat(next.adder("a").sum()).isEqualTo(7);
        next.lock("l").lock();
        assertThat(next.lock("l").fencingToken()).isEqualTo(2);
        assertThat(next.lock("l").wasAbandoned()).isFalse();
        next.lock("l").unlock();
        assertThat(next.value("v", String.class).get()).isEqualTo("kept");
        assertThat(next.region("r", 64).buffer().getLong(0)).isEqualTo(9);
        assertThat(next.map("m", String.class, Long.class)).containsOnly(java.util.Map.entry("key", 11L));
        assertThat(next.queue("q", String.class).poll()).isEqualTo("kept");
    }

    @Test
    void countersGrowPastTheirFirstChunksWhileOthersAreAttached() {
        SharedCounter first = two.counter("n0");
        IntStream.range(0, 10_100).forEach(i -> one.counter("n" + i, i));
        assertThat(two.names(Kind.COUNTER)).hasSize(10_100);
        assertThat(two.counter("n10099").get()).isEqualTo(10_099);
        assertThat(two.counter("n1024").get()).isEqualTo(1024);
        assertThat(two.counter("n1023").incrementAndGet()).isEqualTo(1024);
        assertThat(one.counter("n1023").get()).isEqualTo(1024);
        assertThat(first.get()).isZero();
        IntStream.range(0, 1_100).forEach(i -> two.lock("n" + i));
        assertThat(one.names(Kind.LOCK)).hasSize(1_100);
        one.lock("n1099").lock();
        assertThat(two.lock("n1099").tryLock()).isFalse();
        assertThat(two.lock("n255").tryLock()).isTrue();
        two.lock("n255").unlock();
        one.lock("n1099").unlock();
        assertThat(one.size()).isLessThan(8 * MEGABYTE);
    }

    @Test
    void aNewStateIsSmall() {
        assertThat(one.size()).isPositive().isLessThan(MEGABYTE);
        createOneOfEach(one, "each");
        assertThat(two.size()).isEqualTo(one.size()).isLessThan(2 * MEGABYTE);
    }

    @Test
    void fullTablesRefuseWithTheNumberAndTheProperty() throws Exception {
        try (var small = engine.host()) {
            SharedState state = small.open(settings -> settings.maxCounters(2).maxLocks(1));
            state.counter("a");
            state.counter("b");
            assertThatThrownBy(() -> state.counter("c"))
                    .isInstanceOf(CapacityExceededException.class)
                    .hasMessageContaining("'c'")
                    .hasMessageContaining("2 of at most 2 counters")
                    .hasMessageContaining("sharedstate.mapped.max-counters");
            state.lock("a");
            assertThatThrownBy(() -> state.lock("b"))
                    .isInstanceOf(CapacityExceededException.class)
                    .hasMessageContaining("1 of at most 1 locks")
                    .hasMessageContaining("sharedstate.mapped.max-locks");
            assertThat(state.counter("b").incrementAndGet()).isEqualTo(1);
            assertThat(small.open().counter("c").get()).isZero();
        }
    }

    @Test
    void aRemovedSlotIsUsedForAnotherNameOnceNobodyCanHoldOnToIt() throws Exception {
        try (var small = engine.host()) {
            SharedState first = small.open(settings -> settings.maxCounters(1));
            SharedCounter held = first.counter("a");
            first.remove(Kind.COUNTER, "a");
            assertThatThrownBy(() -> first.counter("b")).isInstanceOf(CapacityExceededException.class);
            SharedState second = small.open(settings -> settings.maxCounters(1));
            assertThatThrownBy(() -> second.counter("b")).isInstanceOf(CapacityExceededException.class);
            first.close();
            assertThat(second.counter("b", 3).get()).isEqualTo(3);
            assertThatThrownBy(held::incrementAndGet).isInstanceOf(IllegalStateException.class);
            assertThat(second.counter("b").get()).isEqualTo(3);
            assertThat(second.names(Kind.COUNTER)).containsExactly("b");
        }
    }

    @Test
    void manyThreadsOfBothMembersCreatingTheSameNamesGetTheSameThings() {
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (SharedState state : List.of(one, two, one, two)) {
            all.add(inThread(() -> {
                for (int i = 0; i < 50; i++) {
                    state.counter("c" + i).incrementAndGet();
                    state.adder("a" + i % 5).increment();
                    state.value("v" + i % 5, Long.class).updateAndGet(old -> old == null ? 1L : old + 1);
                    SharedRegion region = state.region("r" + i % 5, 64);
                    try (Lease lease = region.lock().acquire()) {
                        region.buffer().putLong(0, region.buffer().getLong(0) + 1);
                    }
                }
            }));
        }
        all.forEach(each -> each.orTimeout(100, TimeUnit.SECONDS).join());
        for (int i = 0; i < 50; i++) {
            assertThat(one.counter("c" + i).get()).isEqualTo(4);
        }
        for (int i = 0; i < 5; i++) {
            assertThat(two.adder("a" + i).sum()).isEqualTo(40);
            assertThat(two.value("v" + i, Long.class).get()).isEqualTo(40);
            assertThat(two.region("r" + i, 64).buffer().getLong(0)).isEqualTo(40);
        }
    }

    @Test
    void sizeAndNamesCanBeAskedWhileOthersCreateAndRemove() {
        CompletableFuture<Void> busy = inThread(() -> {
            for (int i = 0; i < 100; i++) {
                two.adder("a" + i % 3);
                two.value("v" + i % 3, String.class);
                two.remove(Kind.ADDER, "a" + i % 3);
                two.remove(Kind.VALUE, "v" + i % 3);
            }
        });
        while (!busy.isDone()) {
            assertThat(one.size()).isPositive();
            assertThat(one.names(Kind.ADDER)).hasSizeLessThan(3);
            assertThat(one.names(Kind.VALUE)).hasSizeLessThan(3);
            assertThat(one.problems()).isEmpty();
        }
        busy.join();
    }

    @Test
    void saysWhatAndWhereItIs() {
        assertThat(one.engine()).isEqualTo(host.isOnHeap() ? "heap" : "mapped");
        assertThat(one.location())
                .isEqualTo(
                        host.isOnHeap()
                                ? "the memory of this process"
                                : host.directory().toString());
        assertThat(one).hasToString("SharedState " + one.engine() + " at " + one.location());
        assertThat(one.problems()).isEmpty();
    }

    @Test
    void refusesEverythingOnceClosedAndClosesTwice() {
        one.close();
        assertThatNoException().isThrownBy(one::close);
        List<org.assertj.core.api.ThrowableAssert.ThrowingCallable> methods = List.of(
                () -> one.counter("x"),
                () -> one.adder("x"),
                () -> one.lock("x"),
                () -> one.value("x", String.class),
                () -> one.region("x", 8),
                () -> one.names(Kind.COUNTER),
                () -> one.remove(Kind.COUNTER, "x"));
        methods.forEach(method -> assertThatThrownBy(method)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed"));
        assertThat(two.members().all()).containsExactly(two.members().self());
    }

    @Test
    void closingFromManyThreadsLeavesOnce() {
        for (int round = 0; round < 20; round++) {
            SharedState third = host.open();
            List<CompletableFuture<Void>> closing =
                    IntStream.range(0, 4).mapToObj(i -> inThread(third::close)).toList();
            closing.forEach(each -> each.orTimeout(60, TimeUnit.SECONDS).join());
            assertThat(one.members().all()).hasSize(2);
        }
    }

    @Test
    void opensAndCreatesInAnInterruptedThread() throws Exception {
        createOneOfEach(one, "before");
        one.lock("before").lock();
        try (var log = LogCapture.of("io.sharedstate")) {
            inOtherThread(() -> {
                Thread.currentThread().interrupt();
                SharedState third = host.open();
                createOneOfEach(third, "before");
                createOneOfEach(third, "new");
                third.value("new", String.class).set("written");
                third.size();
                third.problems();
                for (Kind kind : Kind.values()) {
                    assertThat(third.names(kind)).containsExactly("before", "new");
                    third.remove(kind, "new");
                }
                third.members().all();
                assertThat(third.lock("before").tryLock()).isFalse();
                third.close();
                assertThat(Thread.interrupted()).isTrue();
            });
            assertThat(log.warnings()).isEmpty();
        }
        assertThat(two.lock("before").status().holder().alive()).isTrue();
        assertThat(two.members().all()).hasSize(2);
        assertThat(one.problems()).isEmpty();
        one.lock("before").unlock();
    }

    @Test
    void aDeletedFileIsAProblem() throws Exception {
        assumeThat(host.isOnHeap()).isFalse();
        one.value("config", String.class).set("x");
        Path file = host.directory().resolve("values/config.dat");
        byte[] bytes = Files.readAllBytes(file);
        Files.delete(file);
        assertThat(one.problems())
                .singleElement()
                .asString()
                .contains("file " + file + " was deleted while in use", "stop all processes");
        assertThat(two.problems()).as("has not opened it").isEmpty();
        Files.write(file, bytes);
        assertThat(one.problems()).singleElement().asString().contains("file " + file + " was replaced while in use");
        assertThat(one.value("config", String.class).get()).isEqualTo("x");
    }

    @Test
    void aDeletedTableIsAProblemOfAllMembers() throws Exception {
        assumeThat(host.isOnHeap()).isFalse();
        for (String name : List.of("members.dat", "counters.0.dat", "locks.0.dat")) {
            Files.move(host.directory().resolve(name), host.directory().resolve(name + ".moved"));
            for (SharedState state : List.of(one, two)) {
                assertThat(state.problems()).singleElement().asString().contains(name + " was deleted");
            }
            Files.move(
                    host.directory().resolve(name + ".moved"), host.directory().resolve(name));
            assertThat(one.problems()).isEmpty();
        }
        one.remove(Kind.VALUE, "nothing");
        one.value("removed", String.class);
        two.remove(Kind.VALUE, "removed");
        assertThat(one.problems()).as("removed is not deleted").isEmpty();
    }

    @Test
    void aDeletedOrReplacedDirectoryIsOneProblem() throws Exception {
        assumeThat(host.isOnHeap()).isFalse();
        Files.walkFileTree(host.directory(), new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws java.io.IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, java.io.IOException failure)
                    throws java.io.IOException {
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
        String deleted = "directory " + host.directory() + " was deleted while in use";
        assertThat(one.problems()).singleElement().asString().contains(deleted);
        Path other = Files.createDirectory(host.directory().resolveSibling("other"));
        Files.move(other, host.directory());
        assertThat(two.problems())
                .singleElement()
                .asString()
                .contains("directory " + host.directory() + " was replaced");
        assertThat(one.counter("goes-on").incrementAndGet()).isEqualTo(1);
    }

    @Test
    void everySettingIsChecked() {
        assertThatThrownBy(() -> host.open(settings -> settings.maxCounters(0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxCounters is 0");
        assertThatThrownBy(() -> host.open(settings -> settings.maxLocks(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxLocks is -1");
    }

    @Test
    void everyFlushSettingWritesTheSame() throws Exception {
        for (Flush flush : Flush.values()) {
            try (var own = engine.host()) {
                SharedState state =
                        own.open(settings -> settings.flush(flush).flushInterval(java.time.Duration.ofMillis(1)));
                createOneOfEach(state, "x");
                state.counter("x").set(1);
                state.adder("x").add(2);
                state.value("x", String.class).set("three");
                state.map("x", String.class, String.class, SMALL).put("four", "five");
                try (Lease lease = state.lock("x").acquire()) {
                    assertThat(lease.fencingToken()).isEqualTo(1);
                }
                SharedState other = own.open();
                assertThat(other.counter("x").get()).isEqualTo(1);
                assertThat(other.adder("x").sum()).isEqualTo(2);
                assertThat(other.value("x", String.class).get()).isEqualTo("three");
                assertThat(other.map("x", String.class, String.class, SMALL).get("four"))
                        .isEqualTo("five");
                for (Kind kind : Kind.values()) {
                    assertThat(state.remove(kind, "x")).isTrue();
                }
            }
        }
    }
}
