package io.sharedstate.autoconfigure.prometheus;

import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.Unit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Series of one name and type. */
record Family(FamilyType<?> type, MetricMetadata metadata, List<DataPointSnapshot> points) {

    MetricSnapshot snapshot() {
        return type.snapshot(metadata, points);
    }

    void write(SeriesOutput out, UnaryOperator<Labels> labelling) {
        out.unsigned(FamilyType.ALL.indexOf(type));
        out.string(metadata.getName());
        out.string(metadata.getExpositionBaseName());
        out.string(metadata.getOriginalName());
        writeOptional(metadata.getHelp(), out);
        Unit unit = metadata.getUnit();
        writeOptional(unit == null ? null : unit.toString(), out);
        out.unsigned(points.size());
        for (DataPointSnapshot point : points) {
            out.labels(labelling.apply(point.getLabels()));
            type.write(point, out);
        }
    }

    static Family read(SeriesInput in) {
        FamilyType<?> type = FamilyType.ALL.get(in.count());
        String name = in.string();
        String expositionBaseName = in.string();
        String originalName = in.string();
        String help = readOptional(in);
        String unit = readOptional(in);
        MetricMetadata metadata =
                new MetricMetadata(name, expositionBaseName, originalName, help, unit == null ? null : new Unit(unit));
        int size = in.count();
        List<DataPointSnapshot> points = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            points.add(type.read(in.labels(), in));
        }
        return new Family(type, metadata, points);
    }

    private static void writeOptional(@Nullable String string, SeriesOutput out) {
        out.unsigned(string == null ? 0 : 1);
        if (string != null) {
            out.string(string);
        }
    }

    private static @Nullable String readOptional(SeriesInput in) {
        return in.unsigned() == 0 ? null : in.string();
    }
}
