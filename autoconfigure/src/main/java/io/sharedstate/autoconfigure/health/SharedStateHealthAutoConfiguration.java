package io.sharedstate.autoconfigure.health;

import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.autoconfigure.SharedStateProperties;
import io.sharedstate.autoconfigure.snapshot.MemberSnapshots;
import io.sharedstate.autoconfigure.snapshot.Teller;
import io.sharedstate.autoconfigure.web.Strangers;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

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
    SharedStateHealthIndicator sharedstateHealthIndicator(
            SharedState state, ObjectProvider<Strangers> strangers, ObjectProvider<MembersHealth> membersHealth) {
        Strangers watch = strangers.getIfAvailable();
        MembersHealth ofAll = membersHealth.getIfAvailable();
        return new SharedStateHealthIndicator(
                state, watch != null ? watch::problems : List::of, ofAll != null ? ofAll::all : Map::of);
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({HealthEndpoint.class, Endpoint.class})
    @ConditionalOnBooleanProperty("sharedstate.health.members")
    static class MembersConfiguration {

        private static final String MAP = "sharedstate.health";

        /** Room for the health of 1,000 members with a few components that are down. */
        private static final long MAX_SIZE = 512 * 1024;

        @Bean
        MembersHealth sharedStateMembersHealth(SharedState state) {
            return new MembersHealth(state, new MemberSnapshots(state, Clock.systemUTC(), MAP, MAX_SIZE));
        }

        // The endpoint's components are there before it, this one among them.
        @Bean
        Teller sharedStateHealthTeller(
                MembersHealth ofAll, SharedStateProperties properties, ObjectProvider<HealthEndpoint> endpoint) {
            Duration interval = properties.health().interval();
            if (interval.isNegative() || interval.isZero()) {
                throw new InvalidConfigurationPropertyValueException(
                        "sharedstate.health.interval", interval, "Expected more than zero, such as 10s.");
            }
            return new Teller(
                    "the health",
                    "remove the map '" + MAP + "', if members left it that are gone for good",
                    interval,
                    () -> endpoint.ifAvailable(own -> ofAll.tell(own.health())),
                    false);
        }
    }
}
