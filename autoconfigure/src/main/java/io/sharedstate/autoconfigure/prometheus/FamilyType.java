package io.sharedstate.autoconfigure.prometheus;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Exemplar;
import io.prometheus.metrics.model.snapshots.Exemplars;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.NativeHistogramBuckets;
import io.prometheus.metrics.model.snapshots.Quantile;
import io.prometheus.metrics.model.snapshots.Quantiles;
import io.prometheus.metrics.model.snapshots.StateSetSnapshot;
import io.prometheus.metrics.model.snapshots.StateSetSnapshot.StateSetDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot.SummaryDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot.UnknownDataPointSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * A type of families: what their data points have beside labels, and how that is written and read. Its place in {@link #ALL} is what
 * stands for it in a snapshot; so a new one goes to the end.
 *
 * @param cumulative whether it says what was, ever since a process started, which stays true when that process dies; a gauge says what is
 * @param samples what the names of its samples have behind that of the family
 */
record FamilyType<P extends DataPointSnapshot>(
        String name,
        boolean cumulative,
        List<String> samples,
        Class<P> point,
        BiFunction<MetricMetadata, List<P>, MetricSnapshot> snapshot,
        BiConsumer<P, SeriesOutput> writer,
        BiFunction<Labels, SeriesInput, P> reader) {

    private static final FamilyType<CounterDataPointSnapshot> COUNTER = new FamilyType<>(
            "counter",
            true,
            List.of("", "_total", "_created"),
            CounterDataPointSnapshot.class,
            CounterSnapshot::new,
            (point, out) -> {
                out.real(point.getValue());
                writeExemplar(point.getExemplar(), out);
                writeTimes(point, out);
            },
            (labels, in) ->
                    new CounterDataPointSnapshot(in.real(), labels, readExemplar(in), in.unsigned(), in.unsigned()));

    static final FamilyType<GaugeDataPointSnapshot> GAUGE = new FamilyType<>(
            "gauge",
            false,
            List.of(""),
            GaugeDataPointSnapshot.class,
            GaugeSnapshot::new,
            (point, out) -> {
                out.real(point.getValue());
                writeExemplar(point.getExemplar(), out);
                out.unsigned(point.getScrapeTimestampMillis());
            },
            (labels, in) -> new GaugeDataPointSnapshot(in.real(), labels, readExemplar(in), in.unsigned()));

    private static final FamilyType<SummaryDataPointSnapshot> SUMMARY = new FamilyType<>(
            "summary",
            true,
            List.of("", "_count", "_sum", "_created"),
            SummaryDataPointSnapshot.class,
            SummarySnapshot::new,
            FamilyType::writeSummary,
            FamilyType::readSummary);

    private static final FamilyType<HistogramDataPointSnapshot> HISTOGRAM = new FamilyType<>(
            "histogram",
            true,
            List.of("", "_bucket", "_count", "_sum", "_created"),
            HistogramDataPointSnapshot.class,
            HistogramSnapshot::new,
            FamilyType::writeHistogram,
            FamilyType::readHistogram);

    private static final FamilyType<HistogramDataPointSnapshot> GAUGE_HISTOGRAM = new FamilyType<>(
            "gauge histogram",
            false,
            List.of("", "_bucket", "_gcount", "_gsum"),
            HistogramDataPointSnapshot.class,
            (metadata, points) -> new HistogramSnapshot(true, metadata, points),
            FamilyType::writeHistogram,
            FamilyType::readHistogram);

    private static final FamilyType<InfoDataPointSnapshot> INFO = new FamilyType<>(
            "info",
            true,
            List.of("", "_info"),
            InfoDataPointSnapshot.class,
            InfoSnapshot::new,
            (point, out) -> out.unsigned(point.getScrapeTimestampMillis()),
            (labels, in) -> new InfoDataPointSnapshot(labels, in.unsigned()));

    private static final FamilyType<StateSetDataPointSnapshot> STATE_SET = new FamilyType<>(
            "state set",
            false,
            List.of(""),
            StateSetDataPointSnapshot.class,
            StateSetSnapshot::new,
            FamilyType::writeStates,
            FamilyType::readStates);

    private static final FamilyType<UnknownDataPointSnapshot> UNKNOWN = new FamilyType<>(
            "unknown",
            true,
            List.of(""),
            UnknownDataPointSnapshot.class,
            UnknownSnapshot::new,
            (point, out) -> {
                out.real(point.getValue());
                writeExemplar(point.getExemplar(), out);
                out.unsigned(point.getScrapeTimestampMillis());
            },
            (labels, in) -> new UnknownDataPointSnapshot(in.real(), labels, readExemplar(in), in.unsigned()));

    static final List<FamilyType<?>> ALL =
            List.of(COUNTER, GAUGE, SUMMARY, HISTOGRAM, GAUGE_HISTOGRAM, INFO, STATE_SET, UNKNOWN);

    static FamilyType<?> of(MetricSnapshot snapshot) {
        if (snapshot instanceof CounterSnapshot) {
            return COUNTER;
        } else if (snapshot instanceof GaugeSnapshot) {
            return GAUGE;
        } else if (snapshot instanceof SummarySnapshot) {
            return SUMMARY;
        } else if (snapshot instanceof HistogramSnapshot histogram) {
            return histogram.isGaugeHistogram() ? GAUGE_HISTOGRAM : HISTOGRAM;
        } else if (snapshot instanceof InfoSnapshot) {
            return INFO;
        } else if (snapshot instanceof StateSetSnapshot) {
            return STATE_SET;
        }
        return UNKNOWN;
    }

    /** @param points of this type */
    MetricSnapshot snapshot(MetricMetadata metadata, List<DataPointSnapshot> points) {
        List<P> ofType = new ArrayList<>(points.size());
        points.forEach(each -> ofType.add(point.cast(each)));
        return snapshot.apply(metadata, ofType);
    }

    /** Without its labels. */
    void write(DataPointSnapshot each, SeriesOutput out) {
        writer.accept(point.cast(each), out);
    }

    P read(Labels labels, SeriesInput in) {
        return reader.apply(labels, in);
    }

    private static void writeTimes(DataPointSnapshot point, SeriesOutput out) {
        out.unsigned(point.getCreatedTimestampMillis());
        out.unsigned(point.getScrapeTimestampMillis());
    }

    private static void writeExemplar(@Nullable Exemplar exemplar, SeriesOutput out) {
        out.unsigned(exemplar == null ? 0 : 1);
        if (exemplar != null) {
            out.labels(exemplar.getLabels());
            out.real(exemplar.getValue());
            out.unsigned(exemplar.getTimestampMillis());
        }
    }

    private static @Nullable Exemplar readExemplar(SeriesInput in) {
        if (in.unsigned() == 0) {
            return null;
        }
        Labels labels = in.labels();
        return new Exemplar(in.real(), labels, in.unsigned());
    }

    private static void writeExemplars(Exemplars exemplars, SeriesOutput out) {
        out.unsigned(exemplars.size());
        exemplars.forEach(each -> writeExemplar(each, out));
    }

    private static Exemplars readExemplars(SeriesInput in) {
        int size = in.count();
        if (size == 0) {
            return Exemplars.EMPTY;
        }
        Exemplars.Builder exemplars = Exemplars.builder();
        for (int i = 0; i < size; i++) {
            Exemplar exemplar = readExemplar(in);
            if (exemplar != null) {
                exemplars.exemplar(exemplar);
            }
        }
        return exemplars.build();
    }

    private static void writeSummary(SummaryDataPointSnapshot point, SeriesOutput out) {
        out.signed(point.getCount()); // -1: it has none
        out.real(point.getSum());
        out.unsigned(point.getQuantiles().size());
        for (Quantile quantile : point.getQuantiles()) {
            out.real(quantile.getQuantile());
            out.real(quantile.getValue());
        }
        writeExemplars(point.getExemplars(), out);
        writeTimes(point, out);
    }

    private static SummaryDataPointSnapshot readSummary(Labels labels, SeriesInput in) {
        long count = in.signed();
        double sum = in.real();
        int size = in.count();
        Quantiles.Builder quantiles = Quantiles.builder();
        for (int i = 0; i < size; i++) {
            quantiles.quantile(in.real(), in.real());
        }
        return new SummaryDataPointSnapshot(
                count, sum, quantiles.build(), labels, readExemplars(in), in.unsigned(), in.unsigned());
    }

    private static void writeHistogram(HistogramDataPointSnapshot point, SeriesOutput out) {
        ClassicHistogramBuckets classic = point.getClassicBuckets();
        out.unsigned(classic.size());
        for (int i = 0; i < classic.size(); i++) {
            out.real(classic.getUpperBound(i));
            out.unsigned(classic.getCount(i));
        }
        out.signed(point.getNativeSchema());
        out.unsigned(point.getNativeZeroCount());
        out.real(point.getNativeZeroThreshold());
        writeNative(point.getNativeBucketsForPositiveValues(), out);
        writeNative(point.getNativeBucketsForNegativeValues(), out);
        out.real(point.getSum());
        writeExemplars(point.getExemplars(), out);
        writeTimes(point, out);
    }

    private static HistogramDataPointSnapshot readHistogram(Labels labels, SeriesInput in) {
        int size = in.count();
        double[] upperBounds = new double[size];
        long[] counts = new long[size];
        for (int i = 0; i < size; i++) {
            upperBounds[i] = in.real();
            counts[i] = in.unsigned();
        }
        int schema = (int) in.signed();
        long zeroCount = in.unsigned();
        double zeroThreshold = in.real();
        NativeHistogramBuckets positive = readNative(in);
        NativeHistogramBuckets negative = readNative(in);
        double sum = in.real();
        return new HistogramDataPointSnapshot(
                size == 0 ? ClassicHistogramBuckets.EMPTY : ClassicHistogramBuckets.of(upperBounds, counts),
                schema,
                zeroCount,
                zeroThreshold,
                positive,
                negative,
                sum,
                labels,
                readExemplars(in),
                in.unsigned(),
                in.unsigned());
    }

    private static void writeNative(NativeHistogramBuckets buckets, SeriesOutput out) {
        out.unsigned(buckets.size());
        for (int i = 0; i < buckets.size(); i++) {
            out.signed(buckets.getBucketIndex(i));
            out.unsigned(buckets.getCount(i));
        }
    }

    private static NativeHistogramBuckets readNative(SeriesInput in) {
        int size = in.count();
        int[] indexes = new int[size];
        long[] counts = new long[size];
        for (int i = 0; i < size; i++) {
            indexes[i] = (int) in.signed();
            counts[i] = in.unsigned();
        }
        return size == 0 ? NativeHistogramBuckets.EMPTY : NativeHistogramBuckets.of(indexes, counts);
    }

    private static void writeStates(StateSetDataPointSnapshot point, SeriesOutput out) {
        out.unsigned(point.size());
        for (int i = 0; i < point.size(); i++) {
            out.string(point.getName(i));
            out.unsigned(point.isTrue(i) ? 1 : 0);
        }
        out.unsigned(point.getScrapeTimestampMillis());
    }

    private static StateSetDataPointSnapshot readStates(Labels labels, SeriesInput in) {
        int size = in.count();
        String[] names = new String[size];
        boolean[] values = new boolean[size];
        for (int i = 0; i < size; i++) {
            names[i] = in.string();
            values[i] = in.unsigned() != 0;
        }
        return new StateSetDataPointSnapshot(names, values, labels, in.unsigned());
    }
}
