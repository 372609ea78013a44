package io.sharedstate.autoconfigure.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.sharedstate.SharedKeyedRateLimiter;
import io.sharedstate.SharedRateLimiter;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.autoconfigure.SharedStateProperties;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Auto-configuration of {@link SharedStateMetrics}. */
@AutoConfiguration(
        after = SharedStateAutoConfiguration.class,
        afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean({SharedState.class, MeterRegistry.class})
public final class SharedStateMetricsAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    SharedStateMetrics sharedStateMetrics(
            SharedState state,
            SharedStateProperties properties,
            ObjectProvider<SharedRateLimiter> rateLimiters,
            ObjectProvider<SharedKeyedRateLimiter> keyedRateLimiters) {
        return new SharedStateMetrics(state, properties, rateLimiters, keyedRateLimiters);
    }

    // Registries have their filters before their first meter; so the process joins before that.
    @Bean
    @ConditionalOnBooleanProperty(name = "sharedstate.metrics.common-tag")
    MemberTag sharedStateMemberTag(SharedState state, ObjectProvider<ClusterWideMeters> clusterWide) {
        return new MemberTag(state.members().self().ordinal(), ClusterWideMeters.all(clusterWide));
    }
}
