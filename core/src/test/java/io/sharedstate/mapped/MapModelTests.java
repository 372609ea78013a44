package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.MapFullException;
import io.sharedstate.MapOptions;
import io.sharedstate.SharedMap;
import io.sharedstate.WhenFull;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A map and a {@link HashMap} do the same at random, from empty to over-full; {@code -Dsharedstate.test.seed=...} repeats it. */
class MapModelTests {

    private static final int KEYS = 400;
    private static final int STEPS = 60_000;

    /** A value and when it expires. */
    private record Timed(String value, long expires) {}

    private final AtomicLong clock = new AtomicLong(1_000);
    private final Map<String, Timed> model = new HashMap<>();

    private static Random random() {
        long seed = Long.getLong("sharedstate.test.seed", System.nanoTime());
        System.out.printf("MapModelTests: -Dsharedstate.test.seed=%d%n", seed);
        return new Random(seed);
    }

    private MappedState open(HeapMemory memory) {
        return MappedEngine.heap().monotonic(() -> clock.get() * 1_000_000).open("heap", memory.attach());
    }

    private String get(String key) {
        Timed found = model.get(key);
        if (found != null && found.expires() <= clock.get()) {
            model.remove(key);
            return null;
        }
        return found == null ? null : found.value();
    }

    private String put(String key, String value, long ttl) {
        String before = get(key);
        model.put(key, new Timed(value, ttl == Long.MAX_VALUE ? ttl : clock.get() + ttl));
        return before;
    }

    private Map<String, String> alive() {
        Map<String, String> alive = new HashMap<>();
        new ArrayList<>(model.keySet()).forEach(key -> {
            String value = get(key);
            if (value != null) {
                alive.put(key, value);
            }
        });
        return alive;
    }

    @Test
    void doesWhatAHashMapDoes() {
        Random random = random();
        HeapMemory memory = new HeapMemory();
        int full = 0;
        try (MappedState one = open(memory);
                MappedState two = open(memory)) {
            MapOptions options = MapOptions.DEFAULT.maxSize(MapOptions.MIN_SIZE);
            List<SharedMap<String, String>> maps = List.of(
                    one.map("map", String.class, String.class, options),
                    two.map("map", String.class, String.class, options));
            for (int step = 0; step < STEPS; step++) {
                SharedMap<String, String> map = maps.get(random.nextInt(2));
                // more keys at some times than at others, so that the map is from empty to over-full
                String key = "key-" + random.nextInt(1 + KEYS * (step % 6_000) / 6_000);
                String value = "v".repeat(random.nextInt(random.nextInt(20) == 0 ? 2_000 : 100)) + step;
                full += change(map, key, value, random) ? 0 : 1;
                if (step % 500 == 0) {
                    one.checkInvariants();
                    assertThat(new HashMap<>(map)).as("step %d", step).isEqualTo(alive());
                }
                if (random.nextInt(3_000) == 0) {
                    map.clear();
                    model.clear();
                }
            }
            assertThat(maps.get(0).statistics().compactions()).isGreaterThan(100);
            assertThat(full).isGreaterThan(100);
        }
    }

    /** Returns whether there was room. */
    private boolean change(SharedMap<String, String> map, String key, String value, Random random) {
        clock.addAndGet(random.nextInt(3));
        long ttl = 1 + random.nextInt(2_000);
        Duration forSome = Duration.ofMillis(ttl);
        String there = get(key);
        try {
            switch (random.nextInt(16)) {
                case 0 -> assertThat(map.remove(key)).isEqualTo(there);
                case 1 -> {
                    assertThat(map.remove(key, value)).isFalse();
                    assertThat(map.remove(key, String.valueOf(there))).isEqualTo(there != null);
                }
                case 2 -> {
                    assertThat(map.touch(key, forSome)).isEqualTo(there != null);
                    if (there != null) {
                        put(key, there, ttl);
                    }
                    return true;
                }
                case 3 -> {
                    assertThat(map.expiry(key).isPresent())
                            .isEqualTo(there != null && model.get(key).expires() != Long.MAX_VALUE);
                    return true;
                }
                case 4 -> {
                    Iterator<String> iterator = map.keySet().iterator();
                    if (iterator.hasNext()) {
                        model.remove(iterator.next());
                        iterator.remove();
                    }
                    return true;
                }
                case 5 -> {
                    map.evictExpired();
                    assertThat(map.size()).isEqualTo(alive().size());
                    return true;
                }
                case 6 -> {
                    assertThat(map.merge(key, value, (a, b) -> null)).isEqualTo(there == null ? value : null);
                    if (there == null) {
                        put(key, value, Long.MAX_VALUE);
                        return true;
                    }
                }
                case 7 -> {
                    assertThat(map.putIfAbsent(key, value, forSome)).isEqualTo(there);
                    if (there == null) {
                        put(key, value, ttl);
                    }
                    return true;
                }
                case 8 -> {
                    assertThat(map.computeIfAbsent(key, any -> value)).isEqualTo(there == null ? value : there);
                    if (there == null) {
                        put(key, value, Long.MAX_VALUE);
                    }
                    return true;
                }
                case 9 -> {
                    assertThat(map.replace(key, value)).isEqualTo(there);
                    if (there != null) {
                        put(key, value, Long.MAX_VALUE);
                    }
                    return true;
                }
                case 10, 11 -> {
                    assertThat(map.get(key)).isEqualTo(there);
                    return true;
                }
                case 12 -> {
                    assertThat(map.put(key, value, forSome)).isEqualTo(there);
                    put(key, value, ttl);
                    return true;
                }
                default -> {
                    assertThat(map.put(key, value)).isEqualTo(there);
                    put(key, value, Long.MAX_VALUE);
                    return true;
                }
            }
            model.remove(key);
            return true;
        } catch (MapFullException e) {
            assertThat(map.get(key)).isEqualTo(there);
            return false;
        }
    }

    @Test
    void evictsAndKeepsWhatWasUsedLately() {
        Random random = random();
        HeapMemory memory = new HeapMemory();
        try (MappedState state = open(memory)) {
            SharedMap<String, String> map = state.map(
                    "map",
                    String.class,
                    String.class,
                    MapOptions.DEFAULT.maxSize(MapOptions.MIN_SIZE).whenFull(WhenFull.EVICT));
            int found = 0;
            for (int step = 0; step < STEPS; step++) {
                String key = "key-" + random.nextInt(1_000_000);
                String value = "v".repeat(random.nextInt(100)) + step;
                map.put(key, value);
                model.put(key, new Timed(value, Long.MAX_VALUE));
                assertThat(map.get(key)).isEqualTo(value);
                String before = "key-" + random.nextInt(1_000_000);
                String read = map.get(before);
                if (read != null) {
                    assertThat(read).isEqualTo(model.get(before).value());
                }
                // read after each put: never the least recently used
                found += map.get("constant") != null ? 1 : 0;
                map.putIfAbsent("constant", "c");
                if (step % 2_000 == 0) {
                    state.checkInvariants();
                }
            }
            // but for the first time in each segment, when all entries are of the same age
            assertThat(found).isGreaterThan(STEPS - 5);
            assertThat(map.statistics().evictions()).isGreaterThan(STEPS / 2);
            assertThat(map.size()).isBetween(100, 1_000);
        }
    }
}
