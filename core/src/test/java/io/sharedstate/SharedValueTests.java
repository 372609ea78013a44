package io.sharedstate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SharedValueTests extends TwoMembers {

    record Seat(String row, int number, List<String> names) {}

    @Test
    void isEmptyUntilItIsSet() {
        SharedValue<String> mine = one.value("config", String.class);
        assertThat(mine.get()).isNull();
        assertThat(mine.version()).isZero();
        assertThat(mine.maxSize()).isEqualTo(SharedState.DEFAULT_VALUE_SIZE);
        assertThat(mine.name()).isEqualTo("config");
        assertThat(one.value("config", String.class)).isSameAs(mine);
        mine.set("on");
        assertThat(two.value("config", String.class).get()).isEqualTo("on");
        assertThat(two.value("config", String.class).version()).isEqualTo(1);
    }

    @Test
    void holdsEveryTypeThatItSays() {
        one.value("string", String.class).set("grün ☂ 🎫");
        assertThat(two.value("string", String.class).get()).isEqualTo("grün ☂ 🎫");
        one.value("long", Long.class).set(Long.MIN_VALUE + 1);
        assertThat(two.value("long", Long.class).get()).isEqualTo(Long.MIN_VALUE + 1);
        one.value("bytes", byte[].class).set(new byte[] {0, -1, 127});
        assertThat(two.value("bytes", byte[].class).get()).containsExactly(0, -1, 127);
        one.value("record", Seat.class).set(new Seat("A", 12, List.of("Ann", "Bob")));
        assertThat(two.value("record", Seat.class).get()).isEqualTo(new Seat("A", 12, List.of("Ann", "Bob")));
    }

    @Test
    void nullAndEmptyAreDifferent() {
        SharedValue<String> mine = one.value("config", String.class);
        SharedValue<String> theirs = two.value("config", String.class);
        mine.set("");
        assertThat(theirs.get()).isEmpty();
        mine.set(null);
        assertThat(theirs.get()).isNull();
        assertThat(theirs.version()).isEqualTo(2);
        SharedValue<byte[]> bytes = one.value("bytes", byte[].class);
        bytes.set(new byte[0]);
        assertThat(bytes.get()).isEmpty();
    }

    @Test
    void eachReadIsACopyOfItsOwn() {
        SharedValue<byte[]> value = one.value("bytes", byte[].class);
        byte[] given = {1, 2};
        value.set(given);
        given[0] = 9;
        value.get()[1] = 9;
        assertThat(value.get()).containsExactly(1, 2);
    }

    @Test
    void everyMethodDoesWhatThatOfAtomicReferenceDoes() {
        SharedValue<String> mine = one.value("config", String.class);
        SharedValue<String> theirs = two.value("config", String.class);
        assertThat(mine.getAndSet("a")).isNull();
        assertThat(theirs.getAndSet("b")).isEqualTo("a");
        assertThat(mine.compareAndSet("a", "c")).isFalse();
        assertThat(theirs.get()).isEqualTo("b");
        assertThat(mine.compareAndSet("b", "c")).isTrue();
        assertThat(theirs.updateAndGet(value -> value + "d")).isEqualTo("cd");
        assertThat(mine.getAndUpdate(value -> value + "e")).isEqualTo("cd");
        assertThat(theirs.get()).isEqualTo("cde");
        assertThat(theirs.updateAndGet(value -> null)).isNull();
        assertThat(mine.compareAndSet(null, "f")).isTrue();
        assertThat(mine.compareAndSet(null, "g")).isFalse();
        assertThat(theirs.get()).isEqualTo("f");
        assertThat(theirs.version()).isEqualTo(7);
    }

    @Test
    void comparesArraysByWhatIsInThem() {
        SharedValue<byte[]> value = one.value("bytes", byte[].class);
        value.set(new byte[] {1, 2});
        assertThat(value.compareAndSet(new byte[] {1, 2}, new byte[] {3})).isTrue();
        assertThat(value.get()).containsExactly(3);
    }

    @Test
    void aValueTooLargeIsRefusedAndTheOldOneStays() {
        SharedValue<String> value = one.value("config", String.class, 10);
        value.set("0123456789");
        assertThatThrownBy(() -> value.set("0123456789-"))
                .isInstanceOf(ValueTooLargeException.class)
                .hasMessageContaining("'config'")
                .hasMessageContaining("11 bytes don't fit into 10")
                .hasMessageContaining("sharedstate.values.config.max-size");
        assertThatThrownBy(() -> value.updateAndGet(old -> old + old)).isInstanceOf(ValueTooLargeException.class);
        assertThatThrownBy(() -> value.compareAndSet("0123456789", "0123456789-"))
                .isInstanceOf(ValueTooLargeException.class);
        assertThat(two.value("config", String.class, 10).get()).isEqualTo("0123456789");
        assertThat(value.version()).isEqualTo(1);
        value.set("free");
        assertThat(value.get()).isEqualTo("free");
    }

    @Test
    void whatAnUpdateThrowsLeavesTheOldValueAndTheLockFree() {
        SharedValue<String> mine = one.value("config", String.class);
        mine.set("old");
        assertThatThrownBy(() -> mine.updateAndGet(value -> {
                    throw new IllegalArgumentException("no");
                }))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> mine.getAndUpdate(value -> {
                    throw new IllegalArgumentException("no");
                }))
                .isInstanceOf(IllegalArgumentException.class);
        SharedValue<String> theirs = two.value("config", String.class);
        assertThat(theirs.get()).isEqualTo("old");
        theirs.set("new");
        assertThat(mine.get()).isEqualTo("new");
    }

    @Test
    void whatACodecThrowsGoesToTheCallerAndChangesNothing() {
        Codec<String> picky = new Codec<>() {
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
        SharedValue<String> value = one.value("picky", picky, 100);
        value.set("fine");
        assertThatThrownBy(() -> value.set("unwritable")).hasMessage("can't write");
        assertThatThrownBy(() -> value.updateAndGet(old -> "unwritable")).hasMessage("can't write");
        assertThat(value.get()).isEqualTo("fine");
        value.set("unreadable");
        assertThatThrownBy(value::get).hasMessage("can't read");
        assertThatThrownBy(() -> value.getAndSet("x")).hasMessage("can't read");
        assertThat(value.version()).isEqualTo(2);
        value.set("fine again");
        assertThat(two.value("picky", picky, 100).get()).isEqualTo("fine again");
    }

    @Test
    void updatesOfOtherValuesAndOfTheSameMayBeNested() {
        SharedValue<Long> outer = one.value("outer", Long.class);
        SharedValue<Long> inner = one.value("inner", Long.class);
        outer.set(1L);
        inner.set(10L);
        assertThat(outer.updateAndGet(value -> value + inner.updateAndGet(other -> other + 1)))
                .isEqualTo(12);
        assertThat(outer.updateAndGet(value -> value + outer.updateAndGet(same -> same + 100)))
                .isEqualTo(124);
        assertThat(two.value("outer", Long.class).get()).isEqualTo(124);
        assertThat(outer.version()).isEqualTo(4);
    }

    @Test
    void anotherFormatIsRefused() {
        one.value("config", String.class).set("text");
        assertThatThrownBy(() -> two.value("config", Long.class))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("'utf-8'")
                .hasMessageContaining("'int64'");
        assertThatThrownBy(() -> one.value("config", Seat.class)).isInstanceOf(FormatException.class);
        assertThat(two.value("config", String.class).get()).isEqualTo("text");
    }

    @Test
    void aFormatThatDoesNotFitTheFileIsRefusedBeforeTheFileIsMade() {
        for (String format : List.of("seventeen-letters", "für")) {
            Codec<String> codec = withFormat(format);
            assertThatThrownBy(() -> one.value("odd", codec, 100))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(format)
                    .hasMessageContaining("16");
        }
        assertThat(one.names(Kind.VALUE)).isEmpty();
        one.value("odd", withFormat("sixteen-letters!"), 100).set("fits");
        assertThat(two.value("odd", withFormat("sixteen-letters!"), 100).get()).isEqualTo("fits");
    }

    private static Codec<String> withFormat(String format) {
        return new Codec<>() {
            @Override
            public byte[] encode(String object) {
                return Codec.string().encode(object);
            }

            @Override
            public String decode(byte[] bytes) {
                return Codec.string().decode(bytes);
            }

            @Override
            public String format() {
                return format;
            }
        };
    }

    @Test
    void theSizeOfItsCreationStandsWithAWarning() {
        one.value("config", String.class, 10);
        try (var log = LogCapture.of(SharedState.class)) {
            SharedValue<String> theirs = two.value("config", String.class, 20);
            assertThat(theirs.maxSize()).isEqualTo(10);
            assertThat(log.warnings())
                    .singleElement()
                    .asString()
                    .contains("value 'config'", "10", "20", "SharedState.remove");
        }
    }

    @Test
    void sizesOutOfRangeAreRefused() {
        for (int size : new int[] {0, -1, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> one.value("config", String.class, size))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("of " + size + " bytes: expected 1 to ");
        }
    }

    @Test
    void aRemovedValueBeginsAnewForThoseThatHaveHeldOnToIt() {
        SharedValue<String> mine = one.value("config", String.class, 10);
        mine.set("old");
        assertThat(two.remove(Kind.VALUE, "config")).isTrue();
        assertThat(two.remove(Kind.VALUE, "config")).isFalse();
        SharedValue<String> theirs = two.value("config", String.class, 100);
        assertThat(theirs.get()).isNull();
        theirs.set("longer than ten bytes");
        assertThat(mine.get()).isEqualTo("longer than ten bytes");
        assertThat(mine.maxSize()).isEqualTo(100);
        mine.set("x");
        assertThat(theirs.get()).isEqualTo("x");
    }

    @Test
    void aValueThatIsBeingChangedIsNotRemoved() throws Exception {
        SharedValue<String> mine = one.value("config", String.class);
        mine.updateAndGet(old -> {
            for (SharedState state : List.of(one, two)) {
                assertThatThrownBy(() -> state.remove(Kind.VALUE, "config"))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("value 'config' is locked");
            }
            return "kept";
        });
        assertThat(two.value("config", String.class).get()).isEqualTo("kept");
    }

    private static long[] filled(long number) {
        long[] numbers = new long[(int) (100 + number % 100)];
        java.util.Arrays.fill(numbers, number);
        return numbers;
    }

    @Test
    void readersNeverSeeATornValueNorTimeGoingBackwards() {
        int times = engine.rounds(5_000);
        SharedValue<long[]> mine = one.value("sealed", SealedNumbers.CODEC, 2000);
        SharedValue<long[]> theirs = two.value("sealed", SealedNumbers.CODEC, 2000);
        mine.set(filled(0));
        AtomicBoolean done = new AtomicBoolean();
        List<CompletableFuture<Void>> readers = Stream.of(mine, theirs)
                .map(value -> inThread(() -> {
                    long last = 0;
                    while (!done.get()) {
                        long[] read = value.get();
                        assertThat(read).hasSize((int) (100 + read[0] % 100));
                        assertThat(read[0]).isGreaterThanOrEqualTo(last);
                        last = read[0];
                    }
                }))
                .toList();
        List<CompletableFuture<Void>> writers = Stream.of(mine, theirs)
                .map(value -> inThread(() -> {
                    for (int i = 0; i < times; i++) {
                        value.updateAndGet(old -> filled(old[0] + 1));
                    }
                }))
                .toList();
        writers.forEach(each -> each.orTimeout(100, TimeUnit.SECONDS).join());
        done.set(true);
        readers.forEach(each -> each.orTimeout(60, TimeUnit.SECONDS).join());
        assertThat(mine.get()[0]).isEqualTo(2L * times);
        assertThat(mine.version()).isEqualTo(2L * times + 1);
    }

    @Test
    void compareAndSetLosesNoUpdate() {
        int times = engine.rounds(500);
        List<CompletableFuture<Void>> all = new ArrayList<>();
        one.value("number", Long.class).set(0L);
        for (SharedState state : List.of(one, two)) {
            SharedValue<Long> number = state.value("number", Long.class);
            for (int thread = 0; thread < 2; thread++) {
                all.add(inThread(() -> {
                    for (int i = 0; i < times; i++) {
                        Long before = number.get();
                        while (!number.compareAndSet(before, before + 1)) {
                            before = number.get();
                        }
                    }
                }));
            }
        }
        all.forEach(each -> each.orTimeout(100, TimeUnit.SECONDS).join());
        assertThat(two.value("number", Long.class).get()).isEqualTo(4L * times);
    }

    @Test
    void refusesOnceClosed() {
        SharedValue<String> theirs = two.value("config", String.class);
        two.close();
        assertThatThrownBy(theirs::get).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> theirs.set("x")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> two.value("config", String.class)).isInstanceOf(IllegalStateException.class);
    }
}
