package io.sharedstate.autoconfigure.web;

import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/** Auto-configuration that announces the address of the application's web server to the other members. */
@AutoConfiguration(after = SharedStateAutoConfiguration.class)
@ConditionalOnClass(WebServerInitializedEvent.class)
@ConditionalOnBean(SharedState.class)
public final class SharedStateWebAutoConfiguration {

    @Bean
    AddressAnnouncement sharedStateAddressAnnouncement(SharedState state, Environment environment) {
        return new AddressAnnouncement(state, environment);
    }
}
