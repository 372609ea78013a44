package io.sharedstate.autoconfigure.metrics;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.config.MeterFilter;

/**
 * Adds this member's ordinal to every meter that has no such tag of its own, but not to those of the state, which are the same for all
 * members. The calls of listeners are each member's own.
 */
final class MemberTag implements MeterFilter {

    static final String KEY = "member";

    private static final String LISTENERS = SharedStateMetrics.PREFIX + "listener";

    private final Tag tag;

    MemberTag(int ordinal) {
        this.tag = Tag.of(KEY, Integer.toString(ordinal));
    }

    @Override
    public Meter.Id map(Meter.Id id) {
        return isOfTheState(id.getName()) || id.getTag(KEY) != null ? id : id.withTag(tag);
    }

    private static boolean isOfTheState(String name) {
        return name.startsWith(SharedStateMetrics.PREFIX) && !name.startsWith(LISTENERS);
    }
}
