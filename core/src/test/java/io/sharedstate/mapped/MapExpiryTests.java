package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sharedstate.MapFullException;
import io.sharedstate.MapOptions;
import io.sharedstate.SharedMap;
import io.sharedstate.WhenFull;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Entries that expire, by a clock that stands still unless it is moved. */
class MapExpiryTests {

    private static final MapOptions OPTIONS = MapOptions.DEFAULT.maxSize(MapOptions.MIN_SIZE);
    private static final Duration TEN = Duration.ofMillis(10);

    private final AtomicLong clock = new AtomicLong(5);
    private final HeapMemory memory = new HeapMemory();
    private final MappedState state = open();
    private final MappedState other = open();
    private final SharedMap<String, String> map = map(state);
    private final SharedMap<String, String> theirs = map(other);

    private MappedState open() {
        return MappedEngine.heap().monotonic(() -> clock.get() * 1_000_000).open("heap", memory.attach());
    }

    private static SharedMap<String, String> map(MappedState state) {
        return state.map("map", String.class, String.class, OPTIONS);
    }

    @BeforeEach
    void putOne() {
        map.put("stays", "stays");
        map.put("goes", "old", TEN);
    }

    @AfterEach
    void close() {
        state.checkInvariants();
        state.close();
        other.close();
    }

    @Test
    void anEntryIsThereUntilItsTimeIsOverAndNotLonger() {
        clock.addAndGet(9);
        assertThat(theirs.get("goes")).isEqualTo("old");
        assertThat(theirs.expiry("goes")).contains(Duration.ofMillis(1));
        assertThat(theirs.expiry("stays")).isEmpty();
        assertThat(theirs.expiry("none")).isEmpty();
        clock.addAndGet(1);
        assertThat(theirs.get("goes")).isNull();
        assertThat(theirs.containsKey("goes")).isFalse();
        assertThat(theirs.expiry("goes")).isEmpty();
        assertThat(theirs.read("goes", ByteBuffer.allocate(8))).isFalse();
        assertThat(theirs.keySet()).containsExactly("stays");
        assertThat(theirs.size()).as("nobody came across it with the lock").isEqualTo(2);
        assertThat(map.statistics().misses()).isEqualTo(2);
    }

    @Test
    void noOperationSeesWhatHasExpired() {
        clock.addAndGet(10);
        assertThat(map.replace("goes", "x")).isNull();
        assertThat(map.size()).isEqualTo(1);
        map.put("goes", "old", TEN);
        clock.addAndGet(10);
        assertThat(map.remove("goes")).isNull();
        map.put("goes", "old", TEN);
        clock.addAndGet(10);
        assertThat(map.remove("goes", "old")).isFalse();
        map.put("goes", "old", TEN);
        clock.addAndGet(10);
        assertThat(map.touch("goes", TEN)).isFalse();
        assertThat(map.putIfAbsent("goes", "new", TEN)).isNull();
        clock.addAndGet(10);
        assertThat(map.computeIfPresent("goes", (key, value) -> "x")).isNull();
        map.put("goes", "old", TEN);
        clock.addAndGet(10);
        assertThat(map.merge("goes", "merged", String::concat)).isEqualTo("merged");
        assertThat(map.statistics().expirations()).isEqualTo(6);
    }

    @Test
    void everyWriteStartsAnewAndTouchingDoesTheSame() {
        clock.addAndGet(9);
        assertThat(theirs.touch("goes", TEN)).isTrue();
        clock.addAndGet(9);
        assertThat(map.get("goes")).isEqualTo("old");
        map.put("goes", "new", TEN);
        clock.addAndGet(9);
        assertThat(map.get("goes")).isEqualTo("new");
        assertThat(map.touch("goes", Duration.ofMillis(2))).isTrue();
        clock.addAndGet(2);
        assertThat(map.get("goes")).isNull();
        map.put("goes", "old", TEN);
        map.put("goes", "for ever");
        clock.addAndGet(1_000_000);
        assertThat(theirs.get("goes")).isEqualTo("for ever");
    }

    @Test
    void theMapsOwnTimeCountsUnlessAnotherIsSaid() {
        SharedMap<String, String> timed = state.map("timed", String.class, String.class, OPTIONS.ttl(TEN));
        timed.put("default", "x");
        timed.compute("computed", (key, value) -> "x");
        timed.computeIfAbsent("absent", key -> "x");
        timed.put("longer", "x", Duration.ofMillis(20));
        clock.addAndGet(9);
        assertThat(timed.computeIfAbsent("absent", key -> "other")).isEqualTo("x");
        timed.merge("default", "y", String::concat);
        clock.addAndGet(1);
        assertThat(timed.keySet()).containsExactlyInAnyOrder("longer", "default");
        clock.addAndGet(10);
        assertThat(timed.keySet().iterator().hasNext()).isFalse();
    }

    @Test
    void whatHasExpiredIsRemovedAtOnceOrWhenRoomIsNeeded() {
        assertThat(map.evictExpired()).isZero();
        clock.addAndGet(10);
        assertThat(theirs.evictExpired()).isEqualTo(1);
        assertThat(map.size()).isEqualTo(1);
        assertThat(map.evictExpired()).isZero();
        assertThat(map.statistics().expirations()).isEqualTo(1);
        for (int i = 0; i < 1_000; i++) {
            map.put("key-" + i, "x".repeat(1_000), TEN);
            clock.addAndGet(1);
        }
        assertThat(map.get("stays")).isEqualTo("stays");
        assertThat(map.statistics().evictions()).isZero();
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 1_000; i++) {
                        map.put("key-" + i, "x".repeat(1_000), TEN);
                    }
                })
                .isInstanceOf(MapFullException.class);
    }

    @Test
    void whatHasExpiredGoesBeforeAnythingIsEvicted() {
        SharedMap<String, String> cache =
                state.map("cache", String.class, String.class, OPTIONS.whenFull(WhenFull.EVICT));
        for (int i = 0; i < 5; i++) {
            cache.put("stays-" + i, "x".repeat(500));
        }
        for (int i = 0; i < 1_000; i++) {
            cache.put("key-" + i, "x".repeat(1_000), TEN);
            clock.addAndGet(2);
        }
        assertThat(cache.keySet()).contains("stays-0", "stays-1", "stays-2", "stays-3", "stays-4");
        assertThat(cache.statistics().evictions()).isZero();
        assertThat(cache.statistics().expirations()).isGreaterThan(900);
    }

    @Test
    void timesThatAreNoneAreRefusedAndLongOnesAreForEver() {
        for (Duration none : new Duration[] {Duration.ZERO, Duration.ofMillis(-1)}) {
            assertThatThrownBy(() -> map.put("x", "x", none))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(none.toString());
            assertThatThrownBy(() -> map.touch("stays", none)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> OPTIONS.ttl(none)).isInstanceOf(IllegalArgumentException.class);
        }
        map.put("long", "x", Duration.ofSeconds(Long.MAX_VALUE));
        assertThat(map.expiry("long")).isEmpty();
        map.put("short", "x", Duration.ofNanos(1));
        assertThat(map.expiry("short")).contains(Duration.ofMillis(1));
        clock.addAndGet(Duration.ofDays(100_000).toMillis());
        assertThat(map.keySet()).containsExactlyInAnyOrder("stays", "long");
    }
}
