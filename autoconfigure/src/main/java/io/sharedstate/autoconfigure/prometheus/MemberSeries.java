package io.sharedstate.autoconfigure.prometheus;

import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.sharedstate.autoconfigure.metrics.ClusterWideMeters;
import java.util.ArrayList;
import java.util.List;

/**
 * Tells a registry's series that are one member's own from those that all members have alike, and writes the former as a snapshot, each with
 * the label {@value #LABEL}.
 */
final class MemberSeries {

    static final String LABEL = "member";

    /** What Prometheus, too, puts before a label that is in the way. */
    private static final String EXPORTED = "exported_";

    private static final int FORMAT = 1;

    private final boolean commonTag;
    private final List<ClusterWideMeters> clusterWide;

    /** @param commonTag whether there is a label of that name already that says the same */
    MemberSeries(boolean commonTag, List<ClusterWideMeters> clusterWide) {
        this.commonTag = commonTag;
        this.clusterWide = clusterWide;
    }

    byte[] encode(MetricSnapshots registry, int ordinal) {
        String member = Integer.toString(ordinal);
        List<Family> own = select(registry, false);
        SeriesOutput out = new SeriesOutput();
        out.unsigned(FORMAT);
        out.unsigned(own.size());
        own.forEach(family -> family.write(out, labels -> labelled(labels, member)));
        return out.toBytes();
    }

    /** @throws RuntimeException of any kind, if another version has written it, in a way that this one can't read */
    static List<Family> decode(byte[] content) {
        SeriesInput in = new SeriesInput(content);
        long format = in.unsigned();
        if (format != FORMAT) {
            throw new IllegalArgumentException("format " + format + "; this version reads format " + FORMAT);
        }
        int size = in.count();
        List<Family> families = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            families.add(Family.read(in));
        }
        return families;
    }

    List<Family> clusterWide(MetricSnapshots registry) {
        return select(registry, true);
    }

    private List<Family> select(MetricSnapshots registry, boolean ofAll) {
        List<Family> families = new ArrayList<>();
        for (MetricSnapshot each : registry) {
            MetricMetadata metadata = each.getMetadata();
            List<ClusterWideMeters> candidates = clusterWide.stream()
                    .filter(meters -> meters.mayContain(metadata.getPrometheusName()))
                    .toList();
            List<DataPointSnapshot> points = new ArrayList<>();
            for (DataPointSnapshot point : each.getDataPoints()) {
                if (candidates.stream().anyMatch(meters -> meters.contains(point.getLabels()::get)) == ofAll) {
                    points.add(point);
                }
            }
            if (!points.isEmpty()) {
                families.add(new Family(FamilyType.of(each), metadata, points));
            }
        }
        return families;
    }

    private Labels labelled(Labels labels, String member) {
        String there = labels.get(LABEL);
        if (there == null) {
            return labels.add(LABEL, member);
        }
        return commonTag && there.equals(member) ? labels : renamed(labels).add(LABEL, member);
    }

    private static Labels renamed(Labels labels) {
        String name = EXPORTED + LABEL;
        while (labels.contains(name)) {
            name = EXPORTED + name;
        }
        Labels.Builder renamed = Labels.builder();
        for (int i = 0; i < labels.size(); i++) {
            renamed.label(labels.getPrometheusName(i).equals(LABEL) ? name : labels.getName(i), labels.getValue(i));
        }
        return renamed.build();
    }
}
