package io.sharedstate.autoconfigure.metrics;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;

/**
 * Meters that all members report alike, as they are of what these have together.
 *
 * @param prefix of their names, with dots
 * @param tag that they have, unlike others whose names begin so; null if there are no others
 */
public record ClusterWideMeters(String prefix, @Nullable Tag tag) {

    private static final ClusterWideMeters OF_THE_STATE = new ClusterWideMeters(SharedStateMetrics.PREFIX, null);

    /** The calls of listeners are each member's own. */
    private static final String LISTENERS = SharedStateMetrics.PREFIX + "listener";

    /** Those of the state, and {@code more}. */
    public static List<ClusterWideMeters> all(ObjectProvider<ClusterWideMeters> more) {
        return Stream.concat(Stream.of(OF_THE_STATE), more.orderedStream()).toList();
    }

    boolean contains(Meter.Id id) {
        return mayContain(id.getName()) && contains(id::getTag);
    }

    /** @param name with dots, or with underscores as Prometheus has them */
    public boolean mayContain(String name) {
        String dotted = name.replace('_', '.');
        return dotted.startsWith(prefix) && !dotted.startsWith(LISTENERS);
    }

    /** Whether one whose name may be in it is. */
    public boolean contains(Function<String, @Nullable String> tags) {
        return tag == null || tag.getValue().equals(tags.apply(tag.getKey()));
    }
}
