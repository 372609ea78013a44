package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.Kind;
import io.sharedstate.MapOptions;
import io.sharedstate.SharedMap;
import io.sharedstate.WhenFull;
import io.sharedstate.mapped.layout.MapLayout;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Deaths while maps are used: their operations, compaction and eviction among them. */
class MapDeathTests extends Dying {

    private static final MapOptions REFUSING = MapOptions.DEFAULT.maxSize(MapOptions.MIN_SIZE);
    private static final MapOptions EVICTING = REFUSING.whenFull(WhenFull.EVICT);
    private static final Map<String, String> BEFORE =
            Map.of("one", "1", "two", "2", "three", "a longer value than those");

    private static SharedMap<String, String> map(MappedState state, MapOptions options) {
        return state.map("map", String.class, String.class, options);
    }

    private static void changing(Consumer<SharedMap<String, String>> operation, Map<String, String> after) {
        dieAtEveryStore(
                victim -> map(victim, REFUSING).putAll(BEFORE),
                victim -> operation.accept(map(victim, REFUSING)),
                (member, completed) -> {
                    SharedMap<String, String> map = map(member, REFUSING);
                    assertThat(new HashMap<>(map)).isIn(after, completed ? after : BEFORE);
                    map.put("more", "and more"); // takes over what the dead one held
                    map.put("two", "again");
                    assertThat(map).containsEntry("more", "and more").containsEntry("two", "again");
                    member.checkInvariants(); // the counts are right again
                    map.clear();
                    assertThat(map).isEmpty();
                    map.putAll(after);
                });
    }

    private static Map<String, String> with(String key, String value) {
        Map<String, String> after = new HashMap<>(BEFORE);
        after.put(key, value);
        return after;
    }

    private static Map<String, String> without(String key) {
        Map<String, String> after = new HashMap<>(BEFORE);
        after.remove(key);
        return after;
    }

    @Test
    void putting() {
        changing(map -> map.put("four", "4"), with("four", "4"));
        changing(map -> map.put("two", "replaced by something longer"), with("two", "replaced by something longer"));
        changing(map -> map.put("two", "timed", Duration.ofHours(1)), with("two", "timed"));
        changing(map -> map.putIfAbsent("four", "4"), with("four", "4"));
        changing(map -> map.replace("two", "2", "two"), with("two", "two"));
    }

    @Test
    void computing() {
        changing(map -> map.compute("two", (key, value) -> value + key), with("two", "2two"));
        changing(map -> map.computeIfAbsent("four", key -> key), with("four", "four"));
        changing(map -> map.computeIfPresent("one", (key, value) -> null), without("one"));
        changing(map -> map.merge("two", "+", String::concat), with("two", "2+"));
    }

    @Test
    void removing() {
        changing(map -> map.remove("three"), without("three"));
        changing(map -> map.remove("three", BEFORE.get("three")), without("three"));
        changing(map -> map.keySet().remove("one"), without("one"));
    }

    @Test
    void touching() {
        dieAtEveryStore(
                victim -> map(victim, REFUSING).put("key", "value", Duration.ofHours(1)),
                victim -> map(victim, REFUSING).touch("key", Duration.ofHours(5)),
                (member, completed) -> {
                    SharedMap<String, String> map = map(member, REFUSING);
                    assertThat(map).containsOnly(Map.entry("key", "value"));
                    assertThat(map.expiry("key").orElseThrow())
                            .isBetween(Duration.ofMinutes(completed ? 299 : 59), Duration.ofHours(5));
                    map.touch("key", Duration.ofHours(5));
                });
    }

    @Test
    void clearing() {
        dieAtEveryStore(
                victim -> map(victim, REFUSING).putAll(BEFORE),
                victim -> map(victim, REFUSING).clear(),
                (member, completed) -> {
                    SharedMap<String, String> map = map(member, REFUSING);
                    assertThat(completed ? Map.of() : BEFORE).containsAllEntriesOf(map);
                    map.clear();
                    assertThat(map).isEmpty();
                });
    }

    /** Two keys are in the same segments in each run, so that an operation always has the same stores. */
    private static void joinWithSameHash(Scene scene) {
        try (MappedState creator = open(scene.memory.attach())) {
            map(creator, REFUSING);
        }
        scene.memory.attach().open("maps/map.dat").buffer().putLong(MapLayout.SEED_OFFSET, 1);
        scene.join();
    }

    /** Entries of this length fill a segment's log soon. */
    private static final String LONG = "x".repeat(1_000);

    /** Puts the same again until there was a compaction; returns how often. */
    private static int useUp(SharedMap<String, String> map, String value) {
        long compactions = map.statistics().compactions();
        int puts = 0;
        while (map.statistics().compactions() == compactions) {
            assertThat(puts++).isLessThan(30);
            map.put("long-0", value);
        }
        return puts;
    }

    @Test
    void compacting() {
        int stores = dieAtEveryStore(
                scene -> {
                    joinWithSameHash(scene);
                    SharedMap<String, String> map = map(scene.victim, REFUSING);
                    map.putAll(BEFORE);
                    useUp(map, LONG);
                    for (int left = useUp(map, LONG); left > 1; left--) {
                        map.put("long-0", LONG);
                    }
                },
                scene -> assertThat(useUp(map(scene.victim, REFUSING), LONG.toUpperCase(Locale.ROOT)))
                        .isEqualTo(1),
                (member, completed) -> {
                    String after = LONG.toUpperCase(Locale.ROOT);
                    SharedMap<String, String> map = map(member, REFUSING);
                    assertThat(map.get("long-0")).isIn(after, completed ? after : LONG);
                    assertThat(new HashMap<>(map)).hasSize(4).containsAllEntriesOf(BEFORE);
                    useUp(map, LONG); // through all extents
                    useUp(map, LONG);
                    useUp(map, LONG);
                    map.put("long-0", after);
                },
                true);
        assertThat(stores).isGreaterThan(500);
    }

    @Test
    void evicting() {
        Map<String, String> before = new HashMap<>();
        int stores = dieAtEveryStore(
                scene -> {
                    joinWithSameHash(scene);
                    SharedMap<String, String> map = map(scene.victim, EVICTING);
                    before.clear();
                    for (int i = 0; map.statistics().evictions() == 0; i++) {
                        map.put("key-" + i, LONG + i);
                    }
                    before.putAll(map);
                },
                scene -> {
                    SharedMap<String, String> map = map(scene.victim, EVICTING);
                    long evictions = map.statistics().evictions();
                    for (int i = 0; map.statistics().evictions() == evictions; i++) {
                        map.put("new-" + i, "new");
                        map.put("new-long" + i, LONG);
                    }
                },
                (member, completed) -> {
                    SharedMap<String, String> map = map(member, EVICTING);
                    map.forEach((key, value) -> {
                        if (key.startsWith("key")) {
                            assertThat(before).containsEntry(key, value);
                        } else {
                            assertThat(value).isEqualTo(key.startsWith("new-long") ? LONG : "new");
                        }
                    });
                    assertThat(map).hasSizeGreaterThan(8);
                },
                true);
        assertThat(stores).isGreaterThan(500);
    }

    @Test
    void creatingAMap() {
        dieAtEveryStore(victim -> {}, victim -> map(victim, REFUSING).put("one", "1"), (member, completed) -> {
            SharedMap<String, String> map = map(member, REFUSING);
            assertThat(map.get("one")).isIn("1", completed ? "1" : null);
            assertThat(member.names(Kind.MAP)).containsExactly("map");
        });
    }

    @Test
    void removingAMap() {
        dieAtEveryStore(
                victim -> map(victim, REFUSING).putAll(BEFORE),
                victim -> victim.remove(Kind.MAP, "map"),
                (member, completed) -> {
                    boolean exists = member.names(Kind.MAP).contains("map");
                    assertThat(exists && completed && member.members().self().ordinal() == 0)
                            .isFalse();
                    SharedMap<String, String> map = map(member, REFUSING);
                    assertThat(new HashMap<>(map)).isEqualTo(exists ? BEFORE : Map.of());
                    map.putAll(BEFORE);
                });
    }

    @Test
    void aReaderHarmsNobody() {
        dieAtEveryStore(
                victim -> map(victim, EVICTING).putAll(BEFORE),
                victim -> {
                    SharedMap<String, String> map = map(victim, EVICTING);
                    assertThat(map.get("one")).isEqualTo("1");
                    assertThat(map.get("none")).isNull();
                    assertThat(map.expiry("two")).isEmpty();
                    assertThat(map.size()).isEqualTo(3);
                    assertThat(new HashMap<>(map)).isEqualTo(BEFORE);
                },
                (member, completed) ->
                        assertThat(new HashMap<>(map(member, EVICTING))).isEqualTo(BEFORE));
    }
}
