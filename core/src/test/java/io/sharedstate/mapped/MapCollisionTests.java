package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.MapOptions;
import io.sharedstate.SharedMap;
import io.sharedstate.mapped.layout.MapLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.agrona.concurrent.AtomicBuffer;
import org.junit.jupiter.api.Test;

/** Keys that are hard to tell apart, chosen by who knows the seed. */
class MapCollisionTests {

    private static final MapOptions OPTIONS = MapOptions.DEFAULT.maxSize(MapOptions.MIN_SIZE);
    private static final long SEED = 12345;

    private final HeapMemory memory = new HeapMemory();
    private final MapLayout layout = new MapLayout(MapOptions.MIN_SIZE, 4);

    /** A map with a seed that is known. */
    private MappedState open() {
        try (MappedState creator = MappedEngine.heap().maxMembers(4).open("heap", memory.attach())) {
            creator.map("map", String.class, Long.class, OPTIONS);
        }
        AtomicBuffer file = memory.attach().open("maps/map.dat").buffer();
        file.putLong(MapLayout.SEED_OFFSET, SEED);
        return MappedEngine.heap().maxMembers(4).open("heap", memory.attach());
    }

    private static String key(long number) {
        return Long.toString(number, Character.MAX_RADIX);
    }

    private static long hash(String key) {
        return EncodedKey.of(key.getBytes(java.nio.charset.StandardCharsets.UTF_8), SEED)
                .hash();
    }

    @Test
    void keysOfOneSlotAreAllFoundHoweverOthersComeAndGo() {
        List<String> colliding = LongStream.iterate(0, i -> i + 1)
                .mapToObj(MapCollisionTests::key)
                .filter(key -> MapLayout.segment(hash(key), layout.segments()) == 0
                        && MapLayout.home(hash(key), layout.slots()) == layout.slots() - 3)
                .limit(60)
                .toList();
        Map<String, Long> model = new HashMap<>();
        Random random = new Random(SEED);
        try (MappedState state = open()) {
            SharedMap<String, Long> map = state.map("map", String.class, Long.class, OPTIONS);
            for (long i = 0; i < 20_000; i++) {
                String key = colliding.get(random.nextInt(colliding.size()));
                if (random.nextInt(3) == 0) {
                    assertThat(map.remove(key)).isEqualTo(model.remove(key));
                } else {
                    assertThat(map.put(key, i)).isEqualTo(model.put(key, i));
                }
                if (i % 500 == 0) {
                    assertThat(new HashMap<>(map)).isEqualTo(model);
                    state.checkInvariants();
                }
            }
            assertThat(map.statistics().compactions()).isPositive();
        }
    }

    @Test
    void keysThatNotEvenASlotTellsApartAreToldApart() {
        int candidates = 1 << 22;
        long[] hashes = new long[candidates];
        Arrays.setAll(hashes, i -> hash(key(i)));
        long[] tags = Arrays.stream(hashes).map(hash -> hash >>> 24).sorted().toArray();
        List<Long> twice = new ArrayList<>();
        for (int i = 1; i < candidates; i++) {
            if (tags[i] == tags[i - 1]) {
                twice.add(tags[i]);
            }
        }
        assertThat(twice).as("about 8 pairs have the same 40 bits").hasSizeBetween(1, 40);
        try (MappedState state = open()) {
            SharedMap<String, Long> map = state.map("map", String.class, Long.class, OPTIONS);
            for (int i = 0; i < candidates; i++) {
                if (twice.contains(hashes[i] >>> 24)) {
                    assertThat(map.put(key(i), (long) i)).isNull();
                }
            }
            assertThat(map.size()).isEqualTo(2 * twice.size());
            map.forEach((key, value) -> assertThat(key).isEqualTo(key(value)));
            map.keySet().forEach(key -> assertThat(map.get(key)).isEqualTo(Long.parseLong(key, 36)));
            state.checkInvariants();
        }
    }

    @Test
    void similarKeysAreSpreadOverSegmentsAndSlots() {
        int[] segments = new int[layout.segments()];
        int[] slots = new int[layout.slots()];
        int keys = layout.slots() * 100;
        for (int i = 0; i < keys; i++) {
            long hash = hash("customer-" + i);
            segments[MapLayout.segment(hash, segments.length)]++;
            slots[MapLayout.home(hash, slots.length)]++;
        }
        assertThat(Arrays.stream(segments))
                .allSatisfy(count ->
                        assertThat(count).isBetween(keys / segments.length * 9 / 10, keys / segments.length * 11 / 10));
        assertThat(Arrays.stream(slots)).allSatisfy(count -> assertThat(count).isBetween(40, 160));
    }
}
