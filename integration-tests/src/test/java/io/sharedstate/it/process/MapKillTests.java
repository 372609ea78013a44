package io.sharedstate.it.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.Codec;
import io.sharedstate.MapOptions;
import io.sharedstate.MapStatistics;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedState;
import io.sharedstate.WhenFull;
import io.sharedstate.mapped.MappedEngine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that read, write, compact and evict are killed at random; the others go on, and nothing that was acknowledged is lost. */
class MapKillTests {

    private static final int KILLS = 100;
    private static final int PROCESSES = 4;
    private static final int COUNTS = 12;

    /** So small that it is compacted all the time. */
    private static final MapOptions SMALL = MapOptions.DEFAULT.maxSize(MapOptions.MIN_SIZE);

    @TempDir(factory = SharedMemory.class)
    Path parent;

    @AutoClose
    final Workers workers = new Workers();

    private static SharedMap<String, Long> counts(SharedState state) {
        return state.map("counts", Codec.string(), Codec.int64(), SMALL);
    }

    private static SharedMap<String, Checked> cache(SharedState state) {
        return state.map("cache", Codec.string(), Checked.CODEC, SMALL.whenFull(WhenFull.EVICT));
    }

    /** Counts in one map, and uses another as a cache; says what it has counted. */
    static final class Using extends Busy {

        @Override
        void work(Child child, SharedState state, Random random) {
            SharedMap<String, Long> counts = counts(state);
            SharedMap<String, Checked> cache = cache(state);
            while (!child.hasHeard()) {
                String counted = "count-" + random.nextInt(COUNTS);
                child.say(counted, counts.merge(counted, 1L, Long::sum));
                for (int i = 0; i < 20; i++) {
                    String key = "key-" + random.nextInt(500);
                    switch (random.nextInt(8)) {
                        case 0 -> cache.remove(key);
                        case 1 -> cache.compute(key, (any, old) -> Checked.after(old, random));
                        case 2, 3 -> cache.put(key, Checked.after(null, random));
                        case 4 -> cache.values().forEach(value -> {});
                        default -> cache.get(key);
                    }
                }
            }
        }
    }

    @Test
    void survivorsFindEverythingThatWasAcknowledged() throws InterruptedException {
        Random random = Seed.random(getClass());
        Map<String, Set<Long>> acknowledged = new HashMap<>();
        List<Worker> alive = new ArrayList<>();
        Path directory = parent.resolve("state");
        try (SharedState state = MappedEngine.at(directory).open()) {
            for (int kill = 0; kill < KILLS; kill++) {
                while (alive.size() < PROCESSES) {
                    alive.add(workers.fork(Using.class, directory, random.nextInt()));
                }
                Worker victim = Workers.working(alive, random);
                LockSupport.parkNanos(random.nextLong(TimeUnit.MILLISECONDS.toNanos(5)));
                victim.kill();
                alive.remove(victim);
                collect(victim, acknowledged);
                // goes through all segments: none is stuck
                counts(state).evictExpired();
                cache(state).evictExpired();
            }
            alive.forEach(worker -> worker.tell("stop"));
            alive.forEach(Worker::join);
            alive.forEach(worker -> collect(worker, acknowledged));
            verify(state, acknowledged);
            MapStatistics statistics = cache(state).statistics();
            System.out.printf("%d kills: %s, and %s%n", KILLS, counts(state).statistics(), statistics);
            assertThat(statistics.evictions()).isPositive();
            assertThat(counts(state).statistics().compactions()).isPositive();
        }
        try (SharedState reopened = MappedEngine.at(directory).open()) {
            verify(reopened, acknowledged);
        }
    }

    private static void collect(Worker worker, Map<String, Set<Long>> acknowledged) {
        for (String line : worker.said()) {
            String[] words = line.split(" ", -1);
            assertThat(acknowledged
                            .computeIfAbsent(words[0], any -> new HashSet<>())
                            .add(Long.valueOf(words[1])))
                    .as("each count is given once: %s", line)
                    .isTrue();
        }
    }

    private static void verify(SharedState state, Map<String, Set<Long>> acknowledged) {
        SharedMap<String, Long> counts = counts(state);
        assertThat(counts.keySet()).hasSize(COUNTS).containsAll(acknowledged.keySet());
        long unsaid = 0;
        for (String key : counts.keySet()) {
            long said = acknowledged.getOrDefault(key, Set.of()).size();
            assertThat(counts.get(key)).as(key).isGreaterThanOrEqualTo(said);
            unsaid += counts.get(key) - said;
        }
        assertThat(unsaid)
                .as("done by those who were killed before they could say so")
                .isLessThanOrEqualTo(KILLS * Busy.THREADS);
        cache(state).forEach((key, value) -> assertThat(value.number()).isPositive());
        assertThat(cache(state)).hasSize(cache(state).keySet().size());
    }
}
