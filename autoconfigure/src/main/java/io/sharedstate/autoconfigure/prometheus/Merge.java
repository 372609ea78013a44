package io.sharedstate.autoconfigure.prometheus;

import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Families of several members made one of each name. Of two that can't be in one answer, as they are of different types or as their samples
 * would have the same name, the one that was added first is kept; help and unit are those of the first, too.
 */
final class Merge {

    private final BiConsumer<Family, String> onConflict;
    private final Map<Key, Family> families = new LinkedHashMap<>();

    /** Whose the names of samples are. */
    private final Map<String, Key> owners = new HashMap<>();

    private record Key(String name, String type) {

        static Key of(Family family) {
            return new Key(family.metadata().getPrometheusName(), family.type().name());
        }

        @Override
        public String toString() {
            return name + "' as a " + type;
        }
    }

    /** @param onConflict is told which family was left out, and what of */
    Merge(BiConsumer<Family, String> onConflict) {
        this.onConflict = onConflict;
    }

    /** Adds those of one registry, which get along with each other. */
    void add(List<Family> ofOne) {
        List<Family> first = new ArrayList<>();
        for (Family family : ofOne) {
            Key key = Key.of(family);
            Family there = families.get(key);
            if (there != null) {
                there.points().addAll(family.points());
                continue;
            }
            Key owner = owner(family);
            if (owner != null) {
                onConflict.accept(family, owner.toString());
                continue;
            }
            families.put(key, new Family(family.type(), family.metadata(), new ArrayList<>(family.points())));
            first.add(family);
        }
        first.forEach(family -> samples(family).forEach(sample -> owners.putIfAbsent(sample, Key.of(family))));
    }

    private @Nullable Key owner(Family family) {
        for (String sample : samples(family)) {
            Key owner = owners.get(sample);
            if (owner != null) {
                return owner;
            }
        }
        return null;
    }

    private static List<String> samples(Family family) {
        String name = family.metadata().getPrometheusName();
        return family.type().samples().stream().map(name::concat).toList();
    }

    MetricSnapshots snapshots(Predicate<String> included) {
        List<MetricSnapshot> snapshots = new ArrayList<>();
        for (Family family : families.values()) {
            MetricMetadata metadata = family.metadata();
            if (included.test(metadata.getPrometheusName())
                    || included.test(metadata.getExpositionBasePrometheusName())) {
                snapshots.add(family.snapshot());
            }
        }
        return new MetricSnapshots(snapshots);
    }
}
