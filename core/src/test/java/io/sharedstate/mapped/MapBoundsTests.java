package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sharedstate.Kind;
import io.sharedstate.LogCapture;
import io.sharedstate.MapFullException;
import io.sharedstate.MapOptions;
import io.sharedstate.MapStatistics;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedState;
import io.sharedstate.ValueTooLargeException;
import io.sharedstate.WhenFull;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** The bounds that a map has in memory. */
class MapBoundsTests extends TwoMappedMembers {

    private static final MapOptions SMALL = MapOptions.DEFAULT.maxSize(MapOptions.MIN_SIZE);
    private static final MapOptions EVICTING = SMALL.whenFull(WhenFull.EVICT);

    private static SharedMap<String, String> map(SharedState state) {
        return state.map("orders", String.class, String.class, SMALL);
    }

    @Test
    void refusesWhenItIsFullAndGoesOnWhenThereIsRoom() {
        SharedMap<String, String> map = map(one);
        String value = "x".repeat(500);
        int[] put = new int[1];
        assertThatThrownBy(() -> {
                    for (; ; put[0]++) {
                        map.put("key-" + put[0], value);
                    }
                })
                .isInstanceOf(MapFullException.class)
                .hasMessageContainingAll(
                        "'orders' is full",
                        " bytes",
                        "sharedstate.maps.orders.when-full",
                        "sharedstate.maps.orders.max-size");
        assertThat(put[0]).isBetween(15, 60);
        assertThat(map).hasSize(put[0]);
        String refused = "key-" + put[0];
        assertThatThrownBy(() -> map(two).putIfAbsent(refused, value)).isInstanceOf(MapFullException.class);
        assertThatThrownBy(() -> map(two).compute(refused, (key, old) -> value)).isInstanceOf(MapFullException.class);
        assertThat(map.get(refused)).isNull();
        for (int i = 0; i < put[0]; i++) {
            assertThat(map.put("key-" + i, value)).as("replacing takes no more").isEqualTo(value);
        }
        map(two).keySet().removeIf(key -> key.hashCode() % 2 == 0);
        map.put(refused, value);
        assertThat(map(two).get(refused)).isEqualTo(value);
        MapStatistics statistics = map.statistics();
        assertThat(statistics.bytes()).isBetween(statistics.capacity() / 4, statistics.capacity());
        assertThat(statistics.evictions()).isZero();
    }

    @Test
    void manySmallEntriesFillTheIndexBeforeTheLog() {
        SharedMap<Long, Long> map = one.map("longs", Long.class, Long.class, SMALL);
        assertThatThrownBy(() -> {
                    for (long i = 0; ; i++) {
                        map.put(i, i);
                    }
                })
                .isInstanceOf(MapFullException.class);
        int size = map.size();
        assertThat(size).isGreaterThan(250);
        for (long i = 0; i < 5_000; i++) { // others come and go
            map.remove(i);
            map.put(i + size / 2, i);
            map.remove(i + size / 2);
        }
        assertThat(map.size()).isLessThan(size);
    }

    @Test
    void evictsWhatWasNotUsedForLongest() {
        SharedMap<String, String> map = two.map("cache", String.class, String.class, EVICTING);
        for (int i = 0; i < 5_000; i++) {
            map.put("key-" + i, "x".repeat(100));
            map.put("often", "used");
            if (i > 500) {
                assertThat(map.get("key-" + (i - 10))).isNotNull();
            }
        }
        assertThat(map.get("key-4999")).isNotNull();
        assertThat(map.get("key-100")).isNull();
        assertThat(map.statistics().evictions()).isEqualTo(5_001 - map.size());
        assertThat(map.statistics().compactions()).isPositive();
    }

    @Test
    void anEntryMayHaveAQuarterOfASegment() {
        SharedMap<String, String> map = map(one);
        int most = map.maxEntrySize();
        assertThat(most).isBetween(3_000, 4_096);
        String largest = "x".repeat(most - 3);
        for (int i = 0; i < 20; i++) {
            map.put("key", largest);
        }
        assertThat(map(two).get("key")).isEqualTo(largest);
        for (ThrowingCallable change : List.<ThrowingCallable>of(
                () -> map.put("key", largest + "x"),
                () -> map.put("key1", largest),
                () -> map.put("x".repeat(most), "y"),
                () -> map.merge("key", "x", String::concat),
                () -> map.replace("key", "x".repeat(100_000)))) {
            assertThatThrownBy(change)
                    .isInstanceOf(ValueTooLargeException.class)
                    .hasMessageContainingAll("'orders'", String.valueOf(most), "sharedstate.maps.orders.max-size");
        }
        assertThat(map(two)).containsOnly(Map.entry("key", largest));
        assertThat(map.get("x".repeat(100_000))).isNull();
    }

    @Test
    void everySizeWorksUpToTheLargestThatIsAllowed() {
        for (long size : new long[] {MapOptions.MIN_SIZE, 70_001, 1 << 18, (1 << 20) + 13, 5_000_000}) {
            SharedMap<Long, String> map = one.map(
                    "of-" + size, Long.class, String.class, SMALL.maxSize(size).whenFull(WhenFull.EVICT));
            long most = map.statistics().capacity();
            assertThat(most).isBetween(size / 4, size);
            for (long i = 0; i < 200; i++) {
                map.put(i, "v" + i);
            }
            assertThat(two.map("of-" + size, Long.class, String.class, SMALL.maxSize(size))
                            .get(199L))
                    .isEqualTo("v199");
            one.remove(Kind.MAP, "of-" + size);
        }
        for (long size : new long[] {0, -1, MapOptions.MIN_SIZE - 1, MapOptions.MAX_SIZE + 1}) {
            assertThatThrownBy(() -> SMALL.maxSize(size))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll(String.valueOf(size), "64 KiB", "2 GiB");
        }
    }

    @Test
    void anotherSizeThanItHasIsAWarning() {
        map(one).put("a", "1");
        try (var log = LogCapture.of("io.sharedstate")) {
            assertThat(two.map("orders", String.class, String.class).get("a")).isEqualTo("1");
            assertThat(log.warnings()).singleElement().asString().contains("'orders' exists with bytes: 65536");
        }
    }
}
