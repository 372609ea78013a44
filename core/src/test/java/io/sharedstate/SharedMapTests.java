package io.sharedstate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class SharedMapTests extends TwoMembers {

    private static final MapOptions SMALL = MapOptions.DEFAULT.maxSize(MapOptions.MIN_SIZE);
    private static final MapOptions EVICTING = SMALL.whenFull(WhenFull.EVICT);

    record Seat(String row, int number) {}

    private static SharedMap<String, String> map(SharedState state) {
        return state.map("orders", String.class, String.class, SMALL);
    }

    @Test
    void whatOneMemberPutsTheOtherGets() {
        assertThat(map(one).put("a", "1")).isNull();
        assertThat(map(two).put("a", "2")).isEqualTo("1");
        assertThat(map(one)).containsOnly(Map.entry("a", "2")).hasSize(1);
        assertThat(map(one).name()).isEqualTo("orders");
        assertThat(map(one)).isSameAs(map(one)).isEqualTo(map(two)).hasSameHashCodeAs(Map.of("a", "2"));
        assertThat(map(one).remove("a")).isEqualTo("2");
        assertThat(map(two)).isEmpty();
        assertThat(one.names(Kind.MAP)).containsExactly("orders");
    }

    @Test
    void holdsEveryTypeThatItSays() {
        SharedMap<Long, Seat> mine = one.map("seats", Long.class, Seat.class, SMALL);
        SharedMap<Long, Seat> theirs = two.map("seats", Long.class, Seat.class, SMALL);
        mine.put(Long.MIN_VALUE, new Seat("A", 1));
        assertThat(theirs).containsOnly(Map.entry(Long.MIN_VALUE, new Seat("A", 1)));
        SharedMap<Seat, Long> inverse = one.map("inverse", Seat.class, Long.class, SMALL);
        inverse.merge(new Seat("ä", 2), 5L, Long::sum);
        inverse.merge(new Seat("ä", 2), 6L, Long::sum);
        assertThat(inverse.get(new Seat("ä", 2))).isEqualTo(11);
    }

    @Test
    void keysAreTheSameIfTheirBytesAreAndValuesIfWhatIsInThemIs() {
        SharedMap<byte[], byte[]> map = one.map("bytes", byte[].class, byte[].class, SMALL);
        map.put(new byte[] {1, 2}, new byte[] {3});
        map.put(new byte[0], new byte[0]);
        assertThat(map.get(new byte[] {1, 2})).containsExactly(3);
        assertThat(map.get(new byte[0])).isEmpty();
        assertThat(map.replace(new byte[] {1, 2}, new byte[] {3}, new byte[] {4}))
                .isTrue();
        assertThat(map.remove(new byte[] {1, 2}, new byte[] {3})).isFalse();
        assertThat(map.remove(new byte[] {1, 2}, new byte[] {4})).isTrue();
        map.get(new byte[0]);
        assertThat(map).hasSize(1);
    }

    @Test
    void keysOfEveryLengthAreToldApart() {
        SharedMap<byte[], Long> map = one.map("bytes", byte[].class, Long.class, MapOptions.DEFAULT);
        for (int length = 0; length < 100; length++) {
            byte[] key = new byte[length];
            assertThat(map.put(key, -1L)).isNull();
            for (int at = 0; at < length; at++) {
                key[at] = (byte) 0x80;
                assertThat(map.put(key, length * 1000L + at)).isNull();
                key[at] = 0;
            }
        }
        assertThat(map).hasSize(100 + 99 * 100 / 2);
        for (int length = 0; length < 100; length++) {
            byte[] key = new byte[length];
            assertThat(map.get(key)).isEqualTo(-1);
            for (int at = 0; at < length; at++) {
                key[at] = (byte) 0x80;
                assertThat(map.get(key)).isEqualTo(length * 1000L + at);
                key[at] = 0;
            }
        }
    }

    @Test
    void eachReadIsACopyOfItsOwn() {
        SharedMap<String, byte[]> map = one.map("bytes", String.class, byte[].class, SMALL);
        byte[] given = {1, 2};
        map.put("key", given);
        given[0] = 9;
        map.get("key")[1] = 9;
        assertThat(map.get("key")).containsExactly(1, 2);
    }

    @Test
    void nullIsNeitherKeyNorValue() {
        SharedMap<String, String> map = map(one);
        List<ThrowingCallable> methods = List.of(
                () -> map.get(null),
                () -> map.containsKey(null),
                () -> map.put(null, "x"),
                () -> map.put("x", null),
                () -> map.putIfAbsent("x", null),
                () -> map.replace("x", null),
                () -> map.remove(null),
                () -> map.merge("x", null, (a, b) -> a),
                () -> map.compute(null, (key, value) -> "x"),
                () -> map.touch(null, Duration.ofSeconds(1)),
                () -> map.expiry(null),
                () -> map.read(null, ByteBuffer.allocate(8)));
        methods.forEach(method -> assertThatThrownBy(method).isInstanceOf(NullPointerException.class));
        assertThat(map.remove("x", null)).isFalse();
        assertThat(map).isEmpty();
    }

    // computing

    @Test
    void aFunctionIsCalledOncePerSuccess() {
        SharedMap<String, Long> mine = one.map("count", String.class, Long.class, SMALL);
        SharedMap<String, Long> theirs = two.map("count", String.class, Long.class, SMALL);
        AtomicInteger calls = new AtomicInteger();
        int times = engine.rounds(1_000);
        List<CompletableFuture<Void>> workers = new ArrayList<>();
        for (SharedMap<String, Long> map : List.of(mine, mine, theirs)) {
            workers.add(inThread(() -> {
                for (int i = 0; i < times; i++) {
                    map.compute("key", (key, value) -> {
                        calls.incrementAndGet();
                        return value == null ? 1 : value + 1;
                    });
                    map.merge("merged", 1L, Long::sum);
                }
            }));
        }
        workers.forEach(each -> each.orTimeout(60, TimeUnit.SECONDS).join());
        assertThat(calls).hasValue(3 * times);
        assertThat(mine).containsOnly(Map.entry("key", 3L * times), Map.entry("merged", 3L * times));
    }

    @Test
    void whatAFunctionThrowsLeavesTheOldEntry() {
        SharedMap<String, String> map = map(one);
        map.put("key", "old");
        IllegalArgumentException no = new IllegalArgumentException("no");
        assertThatThrownBy(() -> map.compute("key", (key, value) -> {
                    throw no;
                }))
                .isSameAs(no);
        assertThatThrownBy(() -> map.computeIfAbsent("other", key -> {
                    throw no;
                }))
                .isSameAs(no);
        assertThat(map(two)).containsOnly(Map.entry("key", "old"));
        map(two).put("key", "new");
        assertThat(map.compute("key", (key, value) -> value + "er")).isEqualTo("newer");
    }

    @Test
    void aFunctionMayReadTheMapButNotChangeIt() {
        SharedMap<String, String> map = map(one);
        for (int i = 0; i < 20; i++) {
            map.put("key-" + i, "old");
        }
        List<Runnable> changes = List.of(
                () -> map.put("key-1", "x"),
                () -> map.put("key-2", "x", Duration.ofSeconds(1)),
                () -> map.putIfAbsent("new", "x"),
                () -> map.remove("key-3"),
                () -> map.remove("key-3", "old"),
                () -> map.replace("key-4", "x"),
                () -> map.compute("key-5", (key, value) -> "x"),
                () -> map.computeIfAbsent("new", key -> "x"),
                () -> map.merge("key-6", "x", String::concat),
                () -> map.touch("key-7", Duration.ofSeconds(1)),
                () -> map.evictExpired(),
                () -> map.clear(),
                () -> map.keySet().remove("key-8"),
                () -> one.map("orders", Codec.string(), Codec.string(), EVICTING)
                        .put("key-9", "x"));
        for (Runnable change : changes) {
            assertThatThrownBy(() -> map.compute("key-0", (key, value) -> {
                        change.run();
                        return "x";
                    }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll("'orders'", "return the new value");
        }
        assertThat(map.values()).hasSize(20).containsOnly("old");
        map.compute("key-0", (key, value) -> {
            one.map("another", String.class, String.class, SMALL).put("key", "in another map");
            return map.get("key-1") + map.size() + new HashMap<>(map).size() + map.containsKey("key-2");
        });
        assertThat(map.put("key-0", "again")).isEqualTo("old2020true");
        assertThat(two.map("another", String.class, String.class, SMALL)).hasSize(1);
    }

    @Test
    void aMapCannotBeRemovedFromWithinItsFunction() {
        SharedMap<String, String> map = map(one);
        assertThatThrownBy(() -> map.compute("key", (key, value) -> {
                    one.remove(Kind.MAP, "orders");
                    return "x";
                }))
                .isInstanceOf(IllegalStateException.class);
        map.put("key", "x");
        assertThat(one.remove(Kind.MAP, "orders")).isTrue();
    }

    @Test
    void othersWaitForAFunctionOnlyIfTheirKeyIsInItsSegment() throws Exception {
        SharedMap<String, String> map = map(one);
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CompletableFuture<Void> slow = inThread(() -> map.compute("slow", (key, value) -> {
            inside.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return "done";
        }));
        assertThat(inside.await(60, TimeUnit.SECONDS)).isTrue();
        CompletableFuture<?>[] others = IntStream.range(0, 20)
                .mapToObj(i -> inThread(() -> map(two).put("key-" + i, "x")))
                .toArray(CompletableFuture[]::new);
        // one of them is in the other segment
        CompletableFuture.anyOf(others).get(60, TimeUnit.SECONDS);
        assertThat(map.get("slow")).isNull();
        goOn.countDown();
        slow.get(60, TimeUnit.SECONDS);
        assertThat(map(two).get("slow")).isEqualTo("done");
        CompletableFuture.allOf(others).get(60, TimeUnit.SECONDS);
    }

    // views and iterators

    @Test
    void changesThroughViewsAreThoseOfTheMap() {
        SharedMap<String, String> map = map(one);
        IntStream.range(0, 10).forEach(i -> map.put("key-" + i, "v" + i));
        map.entrySet().iterator().next().setValue("set");
        assertThat(map(two)).containsValue("set");
        assertThat(map.entrySet().removeIf(entry -> entry.getValue().equals("set")))
                .isTrue();
        assertThat(map.keySet().remove("none")).isFalse();
        assertThat(map.values().remove("v9") || map.values().remove("v8")).isTrue();
        map.replaceAll((key, value) -> key + value);
        assertThat(map(two))
                .hasSize(8)
                .allSatisfy((key, value) -> assertThat(value).startsWith(key));
        map.keySet().clear();
        assertThat(map(two)).isEmpty();
    }

    @Test
    void anIteratorShowsWhatWasThereAllTheWhileOnce() {
        SharedMap<String, String> map = one.map("cache", String.class, String.class, EVICTING);
        SharedMap<String, String> theirs = two.map("cache", String.class, String.class, EVICTING);
        IntStream.range(0, 50).forEach(i -> map.put("stays-" + i, "v"));
        TreeSet<String> seen = new TreeSet<>();
        Iterator<String> keys = map.keySet().iterator();
        for (int i = 0; keys.hasNext(); i++) {
            String key = keys.next();
            if (key.startsWith("stays")) {
                assertThat(seen.add(key)).as(key).isTrue();
            }
            for (int j = 0; j < 50; j++) { // compactions meanwhile
                theirs.put("comes", "x".repeat(100));
                theirs.remove("comes");
            }
        }
        assertThat(seen).hasSize(50);
        assertThat(map.statistics().compactions() > 0).isEqualTo(engine.compacts());
        assertThatThrownBy(keys::next).isInstanceOf(java.util.NoSuchElementException.class);
    }

    // reading into a buffer

    @Test
    void copiesAValueIntoABufferThatIsUsedAgain() {
        SharedMap<String, String> map = map(one);
        map.put("key", "value");
        map.put("empty", "");
        for (ByteBuffer buffer : List.of(ByteBuffer.allocate(8), ByteBuffer.allocateDirect(8))) {
            assertThat(map(two).read("key", buffer.clear())).isTrue();
            assertThat(StandardCharsets.UTF_8.decode(buffer).toString()).isEqualTo("value");
            assertThat(map.read("none", buffer.clear())).isFalse();
            assertThat(buffer.limit()).isEqualTo(8);
            assertThat(map.read("key", buffer.position(3).limit(3))).isTrue();
            assertThat(buffer.position()).isEqualTo(3);
            assertThat(buffer.limit()).isEqualTo(8);
            assertThat(map.read("empty", buffer.clear())).isTrue();
            assertThat(buffer.hasRemaining()).isFalse();
            assertThatThrownBy(() -> map.read("key", buffer.clear().position(4)))
                    .isInstanceOf(BufferOverflowException.class);
        }
        await().untilAsserted(() -> {
            assertThat(map.statistics().hits()).isEqualTo(8);
            assertThat(map(two).statistics().misses()).isEqualTo(2);
        });
    }

    // codecs

    private static final Codec<String> PICKY = new Codec<>() {
        @Override
        public byte[] encode(String object) {
            if (object.equals("unwritable")) {
                throw new IllegalArgumentException("can't write");
            }
            return Codec.string().encode(object);
        }

        @Override
        public String decode(byte[] bytes) {
            String decoded = Codec.string().decode(bytes);
            if (decoded.equals("unreadable")) {
                throw new IllegalArgumentException("can't read");
            }
            return decoded;
        }
    };

    @Test
    void anEntryThatCannotBeReadIsNamedAndCanBeRemovedAndReplaced() {
        SharedMap<String, String> map = one.map("picky", Codec.string(), PICKY, SMALL);
        map.put("fine", "fine");
        map.put("bad", "unreadable");
        for (ThrowingCallable reading : List.<ThrowingCallable>of(
                () -> map.get("bad"),
                () -> map.putIfAbsent("bad", "x"),
                () -> map.remove("bad", "x"),
                () -> map.replace("bad", "x", "y"),
                () -> map.compute("bad", (key, value) -> "x"),
                () -> map.merge("bad", "x", String::concat),
                () -> map.values().forEach(value -> {}))) {
            assertThatThrownBy(reading)
                    .isInstanceOf(CodecException.class)
                    .hasMessageContainingAll("'picky'", "'bad'", "10 bytes", "can't read", "remove or replace it")
                    .hasRootCauseMessage("can't read");
        }
        assertThat(map.get("fine")).isEqualTo("fine");
        assertThat(map.containsKey("bad")).isTrue();
        assertThat(map.keySet()).containsExactlyInAnyOrder("fine", "bad");
        try (var log = LogCapture.of("io.sharedstate")) {
            assertThat(map.put("bad", "unreadable")).isNull();
            assertThat(map.remove("bad")).isNull();
            assertThat(log.warnings()).hasSize(2).allMatch(warning -> warning.contains("'bad'"));
        }
        map.put("bad", "unreadable");
        assertThat(map.keySet().remove("bad")).isTrue();
        assertThat(map).containsOnly(Map.entry("fine", "fine"));
    }

    @Test
    void aKeyThatCannotBeReadIsShownAndRemovedByAnIterator() {
        SharedMap<String, String> map = one.map("picky", PICKY, Codec.string(), SMALL);
        map.put("unreadable", "x");
        Iterator<String> keys = map.keySet().iterator();
        assertThatThrownBy(keys::next)
                .isInstanceOf(CodecException.class)
                .hasMessageContainingAll("'picky'", "0x756e7265616461626c65", "by the iterator");
        keys.remove();
        assertThat(map).isEmpty();
        assertThatThrownBy(keys::remove).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void whatACodecThrowsWhileWritingGoesToTheCallerAndChangesNothing() {
        SharedMap<String, String> map = one.map("picky", PICKY, PICKY, SMALL);
        map.put("key", "old");
        assertThatThrownBy(() -> map.put("unwritable", "x")).hasMessage("can't write");
        assertThatThrownBy(() -> map.put("key", "unwritable")).hasMessage("can't write");
        assertThatThrownBy(() -> map.compute("key", (key, value) -> "unwritable"))
                .hasMessage("can't write");
        assertThat(map).containsOnly(Map.entry("key", "old"));
    }

    @Test
    void typesOtherThanThoseItWasCreatedWithAreRefused() {
        map(one);
        assertThatThrownBy(() -> two.map("orders", String.class, Long.class, SMALL))
                .isInstanceOf(FormatException.class)
                .hasMessageContainingAll("map 'orders' holds 'utf-8', asked for as 'int64'");
        assertThatThrownBy(() -> two.map("orders", Long.class, String.class, SMALL))
                .isInstanceOf(FormatException.class)
                .hasMessageContainingAll("map 'orders' has keys of 'utf-8', asked for as 'int64'");
    }

    // removal

    @Test
    void aRemovedMapBeginsAnew() {
        SharedMap<String, String> mine = map(one);
        SharedMap<String, String> theirs = map(two);
        mine.put("a", "1");
        Iterator<String> iterator = mine.keySet().iterator();
        assertThat(iterator.next()).isEqualTo("a");
        assertThat(two.remove(Kind.MAP, "orders")).isTrue();
        assertThat(two.names(Kind.MAP)).isEmpty();
        iterator.remove();
        assertThat(mine.get("a")).isNull();
        theirs.put("b", "2");
        assertThat(mine).containsOnly(Map.entry("b", "2"));
        assertThat(two.remove(Kind.MAP, "orders")).isTrue();
        assertThat(theirs).isEmpty();
    }

    @Test
    void refusesOnceClosed() {
        SharedMap<String, String> map = map(two);
        two.close();
        for (ThrowingCallable method : List.<ThrowingCallable>of(
                () -> map.get("a"), () -> map.put("a", "1"), map::size, map::clear, () -> map(two))) {
            assertThatThrownBy(method).isInstanceOf(IllegalStateException.class);
        }
    }

    // at once

    /** A value that shows whether it is torn. */
    private static String value(int number) {
        return (number + ",").repeat(1 + number % 50);
    }

    private static int number(String value) {
        int number = Integer.parseInt(value.substring(0, value.indexOf(',')));
        if (!value.equals(value(number))) {
            throw new AssertionError("torn: " + value);
        }
        return number;
    }

    @Test
    void readersNeverSeeATornEntryNorMissOneNorGoBackInTime() {
        SharedMap<String, String> mine = map(one);
        SharedMap<String, String> theirs = map(two);
        mine.put("counted", value(0));
        int times = engine.rounds(20_000);
        AtomicBoolean done = new AtomicBoolean();
        List<CompletableFuture<Void>> readers = Stream.of(mine, theirs)
                .map(map -> inThread(() -> {
                    int last = 0;
                    ByteBuffer buffer = ByteBuffer.allocate(1_000);
                    while (!done.get()) {
                        int number = number(map.get("counted"));
                        assertThat(number).isGreaterThanOrEqualTo(last);
                        assertThat(map.read("counted", buffer.clear())).isTrue();
                        last = number(StandardCharsets.UTF_8.decode(buffer).toString());
                        assertThat(last).isGreaterThanOrEqualTo(number);
                        map.values().forEach(SharedMapTests::number);
                    }
                }))
                .toList();
        List<CompletableFuture<Void>> writers = Stream.of(mine, theirs)
                .map(map -> inThread(() -> {
                    for (int i = 0; i < times; i++) {
                        map.computeIfPresent("counted", (key, value) -> value(number(value) + 1));
                        map.put("key-" + i % 20, value(i));
                        map.remove("key-" + i % 13);
                    }
                }))
                .toList();
        writers.forEach(each -> each.orTimeout(100, TimeUnit.SECONDS).join());
        done.set(true);
        readers.forEach(each -> each.orTimeout(60, TimeUnit.SECONDS).join());
        assertThat(number(mine.get("counted"))).isEqualTo(2 * times);
        assertThat(mine.statistics().compactions() > 200).isEqualTo(engine.compacts());
    }

    @Test
    void outlivesAllMembers() {
        map(one).put("key", "kept");
        one.close();
        two.close();
        assertThat(map(host.open())).containsOnly(Map.entry("key", "kept"));
    }
}
