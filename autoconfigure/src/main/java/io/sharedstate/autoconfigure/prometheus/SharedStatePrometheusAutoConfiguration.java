package io.sharedstate.autoconfigure.prometheus;

import io.micrometer.core.instrument.Clock;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.autoconfigure.SharedStateProperties;
import io.sharedstate.autoconfigure.metrics.ClusterWideMeters;
import io.sharedstate.autoconfigure.snapshot.MemberSnapshots;
import io.sharedstate.autoconfigure.snapshot.Teller;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.ConditionalOnEnabledMetricsExport;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusMetricsExportAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusScrapeEndpoint;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;

/** Auto-configuration of the endpoint {@code prometheus} so that it answers for all members, in place of Spring Boot's. */
@AutoConfiguration(
        after = {SharedStateAutoConfiguration.class, MetricsAutoConfiguration.class},
        before = PrometheusMetricsExportAutoConfiguration.class)
@ConditionalOnClass({PrometheusMeterRegistry.class, PrometheusScrapeEndpoint.class, ConditionalOnAvailableEndpoint.class
})
@ConditionalOnBean({SharedState.class, Clock.class})
@ConditionalOnEnabledMetricsExport("prometheus")
@Conditional(OnClusterScope.class)
public final class SharedStatePrometheusAutoConfiguration {

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnAvailableEndpoint(PrometheusScrapeEndpoint.class)
    @ConditionalOnMissingBean(PrometheusScrapeEndpoint.class)
    static class EndpointConfiguration {

        /** The map that the series are told in. */
        private static final String MAP = "sharedstate.metrics";

        private final ClusterRegistry registry;

        EndpointConfiguration(
                SharedState state,
                SharedStateProperties properties,
                PrometheusRegistry registry,
                ObjectProvider<ClusterWideMeters> clusterWide) {
            SharedStateProperties.Metrics metrics = properties.metrics();
            if (metrics.interval().isNegative() || metrics.interval().isZero()) {
                throw new InvalidConfigurationPropertyValueException(
                        "sharedstate.metrics.interval", metrics.interval(), "Expected more than zero, such as 1s.");
            }
            MemberSeries series = new MemberSeries(metrics.commonTag(), ClusterWideMeters.all(clusterWide));
            MemberSnapshots snapshots = new MemberSnapshots(
                    state, java.time.Clock.systemUTC(), MAP, metrics.maxSize().toBytes());
            this.registry = new ClusterRegistry(registry, series, state, snapshots);
        }

        @Bean
        PrometheusScrapeEndpoint prometheusEndpoint(PrometheusConfig config) {
            return new PrometheusScrapeEndpoint(registry, config.prometheusProperties());
        }

        @Bean
        Teller sharedStateMetricsTeller(SharedStateProperties properties) {
            return new Teller(
                    "the series",
                    "let there be fewer series ('management.metrics.enable.*'), or set 'sharedstate.metrics.max-size' (now "
                            + properties.metrics().maxSize()
                            + ") higher, which counts when the map '" + MAP + "' has been removed",
                    properties.metrics().interval(),
                    () -> registry.tell(failure -> {
                        throw failure;
                    }),
                    true);
        }
    }
}
