package io.sharedstate.autoconfigure.prometheus;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.Exemplar;
import io.prometheus.metrics.model.snapshots.Exemplars;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.NativeHistogramBuckets;
import io.prometheus.metrics.model.snapshots.Quantiles;
import io.prometheus.metrics.model.snapshots.StateSetSnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.prometheus.metrics.model.snapshots.Unit;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MemberSeriesTests {

    private static final Labels LABELS = Labels.of("member", "3", "path", "/häuser\n\"\\");
    private static final Exemplar EXEMPLAR = new Exemplar(0.25, Labels.of("trace_id", "abc"), 1_700_000_000_000L);

    static Stream<MetricSnapshot> families() {
        NativeHistogramBuckets spread = NativeHistogramBuckets.of(new int[] {-7, 0, 12}, new long[] {1, 300, 2});
        ClassicHistogramBuckets buckets =
                ClassicHistogramBuckets.of(new double[] {0.1, 1, Double.POSITIVE_INFINITY}, new long[] {5, 0, 70_000});
        return Stream.of(
                CounterSnapshot.builder()
                        .name("bytes_total")
                        .unit(Unit.BYTES)
                        .help("What was\nsent")
                        .dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                                .value(1e300)
                                .labels(LABELS)
                                .exemplar(EXEMPLAR)
                                .createdTimestampMillis(1_700_000_000_000L)
                                .scrapeTimestampMillis(1_700_000_000_001L)
                                .build())
                        .build(),
                GaugeSnapshot.builder()
                        .name("level")
                        .dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                                .value(-0.1)
                                .labels(LABELS)
                                .build())
                        .dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                                .value(Double.NaN)
                                .labels(Labels.of("member", "3", "path", "/"))
                                .build())
                        .build(),
                SummarySnapshot.builder()
                        .name("calls")
                        .dataPoint(SummarySnapshot.SummaryDataPointSnapshot.builder()
                                .count(3)
                                .sum(1.5)
                                .quantiles(Quantiles.builder()
                                        .quantile(0.5, 0.25)
                                        .quantile(0.99, Double.NaN)
                                        .build())
                                .labels(LABELS)
                                .build())
                        .dataPoint(SummarySnapshot.SummaryDataPointSnapshot.builder()
                                .sum(2)
                                .labels(Labels.of("member", "3"))
                                .build())
                        .build(),
                new HistogramSnapshot(
                        new MetricMetadata("times", "Times"),
                        List.of(
                                new HistogramDataPointSnapshot(
                                        buckets, 12.5, LABELS, Exemplars.of(EXEMPLAR), 1_700_000_000_000L),
                                new HistogramDataPointSnapshot(
                                        5, 4, 1e-9, spread, spread, 8, Labels.of("member", "3"), Exemplars.EMPTY, 0))),
                new HistogramSnapshot(
                        true,
                        new MetricMetadata("waiting"),
                        List.of(new HistogramDataPointSnapshot(buckets, 12.5, LABELS, Exemplars.EMPTY, 0))),
                InfoSnapshot.builder()
                        .name("build_info")
                        .dataPoint(InfoSnapshot.InfoDataPointSnapshot.builder()
                                .labels(LABELS)
                                .build())
                        .build(),
                StateSetSnapshot.builder()
                        .name("lights")
                        .dataPoint(StateSetSnapshot.StateSetDataPointSnapshot.builder()
                                .state("red", true)
                                .state("green", false)
                                .labels(LABELS)
                                .build())
                        .build(),
                UnknownSnapshot.builder()
                        .name("thing")
                        .dataPoint(UnknownSnapshot.UnknownDataPointSnapshot.builder()
                                .value(Double.NEGATIVE_INFINITY)
                                .labels(LABELS)
                                .exemplar(EXEMPLAR)
                                .build())
                        .build());
    }

    @ParameterizedTest
    @MethodSource("families")
    void everyTypeOfFamilyIsReadAsItWasWritten(MetricSnapshot family) throws IOException {
        MemberSeries series = new MemberSeries(true, List.of());

        List<Family> read = MemberSeries.decode(series.encode(MetricSnapshots.of(family), 3));

        assertThat(read).hasSize(1);
        MetricSnapshots snapshots = MetricSnapshots.of(read.get(0).snapshot());
        assertThat(openMetrics(snapshots)).isEqualTo(openMetrics(MetricSnapshots.of(family)));
        assertThat(protobuf(snapshots)).isEqualTo(protobuf(MetricSnapshots.of(family)));
    }

    private static String openMetrics(MetricSnapshots snapshots) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ExpositionFormats.init().getOpenMetricsTextFormatWriter().write(out, snapshots);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static String protobuf(MetricSnapshots snapshots) {
        return ExpositionFormats.init().getPrometheusProtobufWriter().toDebugString(snapshots);
    }
}
