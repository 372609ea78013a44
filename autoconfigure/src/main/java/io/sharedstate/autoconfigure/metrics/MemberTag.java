package io.sharedstate.autoconfigure.metrics;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.config.MeterFilter;
import java.util.List;

/** Adds this member's ordinal to every meter that has no such tag of its own, but not to those that are the same for all members. */
final class MemberTag implements MeterFilter {

    static final String KEY = "member";

    private final Tag tag;
    private final List<ClusterWideMeters> clusterWide;

    MemberTag(int ordinal, List<ClusterWideMeters> clusterWide) {
        this.tag = Tag.of(KEY, Integer.toString(ordinal));
        this.clusterWide = clusterWide;
    }

    @Override
    public Meter.Id map(Meter.Id id) {
        return id.getTag(KEY) != null || clusterWide.stream().anyMatch(meters -> meters.contains(id))
                ? id
                : id.withTag(tag);
    }
}
