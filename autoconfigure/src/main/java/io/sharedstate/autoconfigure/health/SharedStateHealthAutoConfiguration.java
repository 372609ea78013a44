package io.sharedstate.autoconfigure.health;

import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.autoconfigure.web.Strangers;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** Auto-configuration of {@link SharedStateHealthIndicator}. */
@AutoConfiguration(
        after = SharedStateAutoConfiguration.class,
        beforeName = "org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration")
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(SharedState.class)
public final class SharedStateHealthAutoConfiguration {

    // Named for the contributor, which is 'sharedstate'.
    @Bean
    @ConditionalOnMissingBean(name = "sharedstateHealthIndicator")
    @ConditionalOnEnabledHealthIndicator("sharedstate")
    SharedStateHealthIndicator sharedstateHealthIndicator(SharedState state, ObjectProvider<Strangers> strangers) {
        Strangers watch = strangers.getIfAvailable();
        return new SharedStateHealthIndicator(state, watch != null ? watch::problems : List::of);
    }
}
