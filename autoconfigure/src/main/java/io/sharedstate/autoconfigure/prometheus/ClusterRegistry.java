package io.sharedstate.autoconfigure.prometheus;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.registry.PrometheusScrapeRequest;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Unit;
import io.sharedstate.Member;
import io.sharedstate.SharedState;
import io.sharedstate.SharedStateException;
import io.sharedstate.autoconfigure.snapshot.MemberSnapshot;
import io.sharedstate.autoconfigure.snapshot.MemberSnapshots;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * A registry that, when it is asked, answers for all members: with the series of this one as they are, and those of the others as these last
 * told them. What a dead member counted is part of it until its ordinal is taken again, so that no sum falls; its gauges aren't.
 */
final class ClusterRegistry extends PrometheusRegistry {

    private static final Log log = LogFactory.getLog(ClusterRegistry.class);

    private static final MetricMetadata UP =
            new MetricMetadata("sharedstate_member_up", "Whether the member that the series are of is alive");
    private static final MetricMetadata AGE = new MetricMetadata(
            "sharedstate_member_snapshot_age_seconds",
            "How long ago the member told its series: 0 for the one that answers",
            Unit.SECONDS);

    private final PrometheusRegistry own;
    private final MemberSeries series;
    private final SharedState state;
    private final MemberSnapshots snapshots;
    private final Set<Object> warnedOf = ConcurrentHashMap.newKeySet();

    ClusterRegistry(PrometheusRegistry own, MemberSeries series, SharedState state, MemberSnapshots snapshots) {
        this.own = own;
        this.series = series;
        this.state = state;
        this.snapshots = snapshots;
    }

    /** The series of this registry, and of these what is this member's own, as it was told. */
    @SuppressWarnings("ArrayRecordComponent") // it is never compared
    record Told(MetricSnapshots live, byte[] own) {}

    /**
     * Tells the others what there is now. Before an answer, too: what one answer has shown, no later one takes back, whoever gives it and whoever
     * has died meanwhile. To Prometheus, a counter that falls has begun anew.
     *
     * @param onFailure what to do if it can't be told
     */
    synchronized Told tell(Consumer<SharedStateException> onFailure) {
        MetricSnapshots live = own.scrape();
        byte[] content = series.encode(live, state.members().self().ordinal());
        try {
            snapshots.tell(content);
        } catch (SharedStateException e) {
            onFailure.accept(e);
        }
        return new Told(live, content);
    }

    @Override
    public MetricSnapshots scrape() {
        return merged(name -> true);
    }

    @Override
    public MetricSnapshots scrape(@Nullable PrometheusScrapeRequest request) {
        return merged(name -> true);
    }

    @Override
    public MetricSnapshots scrape(Predicate<String> includedNames, @Nullable PrometheusScrapeRequest request) {
        return merged(includedNames);
    }

    @Override
    public MetricSnapshots scrape(Predicate<String> includedNames) {
        return merged(includedNames);
    }

    private MetricSnapshots merged(Predicate<String> includedNames) {
        Member self = state.members().self();
        Told told = tell(failure -> {}); // it fails again when it is told as often as it is, and is logged then
        List<Part> parts = others(self);
        parts.add(new Part(self.ordinal(), self.incarnation(), true, Duration.ZERO, MemberSeries.decode(told.own())));
        // Where versions of the application differ, the newest is right, whichever instance answers.
        parts.sort(Comparator.comparingLong(Part::incarnation).reversed());
        Merge merge = new Merge(this::warnOfConflict);
        merge.add(series.clusterWide(told.live()));
        parts.forEach(part -> merge.add(part.families()));
        merge.add(List.of(
                gauge(UP, parts, part -> part.alive() ? 1 : 0),
                gauge(AGE, parts, part -> part.age().toMillis() / 1e3)));
        return merge.snapshots(includedNames);
    }

    /**
     * What there is of a member.
     *
     * @param age of the snapshot
     */
    private record Part(int ordinal, long incarnation, boolean alive, Duration age, List<Family> families) {}

    private List<Part> others(Member self) {
        List<Part> others = new ArrayList<>();
        try {
            Set<Long> alive =
                    state.members().all().stream().map(Member::incarnation).collect(Collectors.toSet());
            snapshots.all().forEach((ordinal, snapshot) -> {
                if (ordinal != self.ordinal()) {
                    addIfReadable(ordinal, snapshot, alive.contains(snapshot.incarnation()), others);
                }
            });
        } catch (SharedStateException e) {
            warnOnce("state", "The series of the other members can't be had: those of this one are the only ones", e);
        }
        return others;
    }

    private void addIfReadable(int ordinal, MemberSnapshot snapshot, boolean alive, List<Part> parts) {
        Duration age = Duration.between(snapshot.taken(), snapshots.now());
        try {
            List<Family> families = MemberSeries.decode(snapshot.content());
            parts.add(new Part(
                    ordinal,
                    snapshot.incarnation(),
                    alive,
                    age.isNegative() ? Duration.ZERO : age,
                    alive
                            ? families
                            : families.stream()
                                    .filter(family -> family.type().cumulative())
                                    .toList()));
        } catch (RuntimeException e) {
            warnOnce(
                    snapshot.incarnation(),
                    "The series of member " + ordinal
                            + " can't be read and are missing; it may run another version of sharedstate",
                    e);
        }
    }

    private static Family gauge(MetricMetadata metadata, List<Part> parts, ToDoubleFunction<Part> value) {
        List<DataPointSnapshot> points = new ArrayList<>();
        for (Part part : parts) {
            Labels labels = Labels.of(MemberSeries.LABEL, Integer.toString(part.ordinal()));
            points.add(new GaugeDataPointSnapshot(value.applyAsDouble(part), labels, null));
        }
        return new Family(FamilyType.GAUGE, metadata, points);
    }

    private void warnOfConflict(Family dropped, String with) {
        warnOnce(
                dropped.metadata().getPrometheusName(),
                "Members report '%s' as a %s and '%s', which can't be in one answer: of these, only what the youngest member reports is"
                                .formatted(
                                        dropped.metadata().getPrometheusName(),
                                        dropped.type().name(),
                                        with)
                        + ". They may run different versions of the application; a meter that changes its type needs a new name",
                null);
    }

    private void warnOnce(Object about, String message, @Nullable Exception cause) {
        if (warnedOf.add(about)) {
            log.warn(message, cause);
        }
    }
}
