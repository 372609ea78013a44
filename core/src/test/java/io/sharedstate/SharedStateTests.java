package io.sharedstate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SharedStateTests extends TwoMembers {

    @Test
    void namesAreListedSortedWhicheverMemberCreatedThem() {
        createOneOfEach(one, "b");
        createOneOfEach(two, "a-1");
        createOneOfEach(two, "C_.dat");
        for (Kind kind : engine.kinds()) {
            assertThat(one.names(kind)).as(kind.label()).containsExactly("C_.dat", "a-1", "b");
            assertThat(two.names(kind)).as(kind.label()).containsExactly("C_.dat", "a-1", "b");
        }
    }

    @Test
    void eachKindHasNamesOfItsOwn() {
        createOneOfEach(one, "orders");
        one.counter("orders").set(7);
        assertThat(two.remove(Kind.COUNTER, "orders")).isTrue();
        for (Kind kind : engine.kinds()) {
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
        for (Kind kind : engine.kinds()) {
            assertThat(two.names(kind)).containsExactly("-._A9", "x".repeat(64));
        }
    }

    @Test
    void removingWhatDoesNotExistSaysSo() {
        for (Kind kind : engine.kinds()) {
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
        long token = one.lock("l").status().fencingToken();
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
        assertThat(next.lock("l").fencingToken()).isGreaterThan(token);
        assertThat(next.lock("l").wasAbandoned()).isFalse();
        next.lock("l").unlock();
        assertThat(next.value("v", String.class).get()).isEqualTo("kept");
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
        assertThat(one.engine()).isNotBlank().isEqualTo(two.engine());
        assertThat(one.location()).isNotBlank().isEqualTo(two.location());
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
                for (Kind kind : engine.kinds()) {
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
}
