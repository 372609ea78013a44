package io.sharedstate.autoconfigure.prometheus;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Tag;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.tracer.common.SpanContext;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.metrics.ClusterWideMeters;
import io.sharedstate.autoconfigure.snapshot.MemberSnapshots;
import io.sharedstate.mapped.MappedEngine;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusOutputFormat;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusScrapeEndpoint;

/** A member of a cluster with meters of its own, and what answers Prometheus. */
final class Instance implements AutoCloseable {

    static final long ROOM = 1 << 20;

    final SharedState state;
    final PrometheusRegistry prometheus = new PrometheusRegistry();
    final PrometheusMeterRegistry meters =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, prometheus, Clock.SYSTEM, new Span());
    final MemberSnapshots snapshots;
    final ClusterRegistry cluster;

    private Instance(SharedState state, boolean commonTag) {
        this.state = state;
        this.snapshots = new MemberSnapshots(state, java.time.Clock.systemUTC(), "sharedstate.metrics", ROOM);
        this.cluster = new ClusterRegistry(
                prometheus,
                new MemberSeries(
                        commonTag,
                        List.of(
                                new ClusterWideMeters("sharedstate.", null),
                                new ClusterWideMeters("cache.", Tag.of("cache.manager", "cacheManager")))),
                state,
                snapshots);
    }

    static Instance of(MappedEngine engine) {
        return new Instance(engine.open(), false);
    }

    static Instance withCommonTag(MappedEngine engine) {
        return new Instance(engine.open(), true);
    }

    void tell() {
        cluster.tell(failure -> {
            throw failure;
        });
    }

    String scrape(PrometheusOutputFormat format, String... includedNames) {
        byte @Nullable [] body = new PrometheusScrapeEndpoint(cluster, null)
                .scrape(format, includedNames.length == 0 ? null : Set.of(includedNames))
                .getBody();
        return body == null ? "" : new String(body, StandardCharsets.UTF_8);
    }

    /** The lines of the plain format. */
    List<String> lines(String... includedNames) {
        return scrape(PrometheusOutputFormat.CONTENT_TYPE_004, includedNames)
                .lines()
                .toList();
    }

    @Override
    public void close() {
        meters.close();
        state.close();
    }

    /** Everything is observed in one trace, so that there are exemplars. */
    private static final class Span implements SpanContext {

        @Override
        public String getCurrentTraceId() {
            return "4bf92f3577b34da6a3ce929d0e0e4736";
        }

        @Override
        public String getCurrentSpanId() {
            return "00f067aa0ba902b7";
        }

        @Override
        public boolean isCurrentSpanSampled() {
            return true;
        }

        @Override
        public void markCurrentSpanAsExemplar() {}
    }
}
