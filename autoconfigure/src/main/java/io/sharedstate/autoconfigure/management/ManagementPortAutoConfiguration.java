package io.sharedstate.autoconfigure.management;

import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.autoconfigure.SharedStateProperties;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.server.ConfigurableWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/** Auto-configuration of the management server's port, by the ordinal. */
@AutoConfiguration(after = SharedStateAutoConfiguration.class)
@ConditionalOnWebApplication
@ConditionalOnClass({ManagementPortType.class, ConfigurableWebServerFactory.class})
@ConditionalOnBean(SharedState.class)
public final class ManagementPortAutoConfiguration {

    @Bean
    ManagementPort sharedStateManagementPort(
            SharedStateProperties properties, Environment environment, SharedState state) {
        return new ManagementPort(properties.server().managementPortOffset(), environment, state.members());
    }
}
