package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.sharedstate.CapacityExceededException;
import io.sharedstate.Flush;
import io.sharedstate.Kind;
import io.sharedstate.Lease;
import io.sharedstate.MapOptions;
import io.sharedstate.SharedCounter;
import io.sharedstate.SharedState;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a state in memory promises beside what every engine does: sizes, tables, files. */
class StateContractTests extends TwoMappedMembers {

    private static final MapOptions SMALL = MapOptions.DEFAULT.maxSize(MapOptions.MIN_SIZE);

    private static final long MEGABYTE = 1 << 20;

    @Test
    void fullTablesRefuseWithTheNumberAndTheProperty() throws Exception {
        try (var small = otherMemory()) {
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
        try (var small = otherMemory()) {
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
    void aNewStateIsSmall() {
        assertThat(one.size()).isPositive().isLessThan(MEGABYTE);
        createOneOfEach(one, "each");
        assertThat(two.size()).isEqualTo(one.size()).isLessThan(2 * MEGABYTE);
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
    void aDeletedFileIsAProblem() throws Exception {
        assumeThat(memory().isOnHeap()).isFalse();
        one.value("config", String.class).set("x");
        Path file = memory().directory().resolve("values/config.dat");
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
        assumeThat(memory().isOnHeap()).isFalse();
        for (String name : List.of("members.dat", "counters.0.dat", "locks.0.dat")) {
            Files.move(memory().directory().resolve(name), memory().directory().resolve(name + ".moved"));
            for (SharedState state : List.of(one, two)) {
                assertThat(state.problems()).singleElement().asString().contains(name + " was deleted");
            }
            Files.move(
                    memory().directory().resolve(name + ".moved"),
                    memory().directory().resolve(name));
            assertThat(one.problems()).isEmpty();
        }
        one.remove(Kind.VALUE, "nothing");
        one.value("removed", String.class);
        two.remove(Kind.VALUE, "removed");
        assertThat(one.problems()).as("removed is not deleted").isEmpty();
    }

    @Test
    void aDeletedOrReplacedDirectoryIsOneProblem() throws Exception {
        assumeThat(memory().isOnHeap()).isFalse();
        Files.walkFileTree(memory().directory(), new SimpleFileVisitor<>() {
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
        String deleted = "directory " + memory().directory() + " was deleted while in use";
        assertThat(one.problems()).singleElement().asString().contains(deleted);
        Path other = Files.createDirectory(memory().directory().resolveSibling("other"));
        Files.move(other, memory().directory());
        assertThat(two.problems())
                .singleElement()
                .asString()
                .contains("directory " + memory().directory() + " was replaced");
        assertThat(one.counter("goes-on").incrementAndGet()).isEqualTo(1);
    }

    @Test
    void everySettingIsChecked() {
        assertThatThrownBy(() -> memory().open(settings -> settings.maxCounters(0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxCounters is 0");
        assertThatThrownBy(() -> memory().open(settings -> settings.maxLocks(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxLocks is -1");
    }

    @Test
    void everyFlushSettingWritesTheSame() throws Exception {
        for (Flush flush : Flush.values()) {
            try (var own = otherMemory()) {
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

    @Test
    void saysWhatAndWhereItIs() {
        assertThat(one.engine()).isEqualTo(memory().isOnHeap() ? "heap" : "mapped");
        assertThat(one.location())
                .isEqualTo(
                        memory().isOnHeap()
                                ? "the memory of this process"
                                : memory().directory().toString());
    }

    /** Elsewhere, what holds on to a removed name makes it anew when it is used. */
    @Test
    void whatHoldsOnToARemovedCounterCountsForNobodyUntilSomebodyAsksForTheNameAgain() {
        SharedCounter held = two.counter("hits", 5);
        one.remove(Kind.COUNTER, "hits");
        held.incrementAndGet();
        assertThat(one.names(Kind.COUNTER)).isEmpty();
        assertThat(one.counter("hits", 3).get()).isEqualTo(3);
        assertThat(held.incrementAndGet()).isEqualTo(4);
    }

    @Test
    void fencingTokensCountTheAcquisitions() {
        for (int token = 1; token <= 4; token++) {
            try (Lease lease = (token % 2 == 0 ? one : two).lock("orders").acquire()) {
                assertThat(lease.fencingToken()).isEqualTo(token);
            }
        }
        assertThat(one.lock("orders").status().fencingToken()).isEqualTo(4);
    }
}
