package io.sharedstate.autoconfigure.web;

import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.autoconfigure.SharedStateProperties;
import io.sharedstate.autoconfigure.SharedStateProperties.PortSharing;
import io.sharedstate.doctor.ListeningSockets;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration that announces to the other members where the application's web server listens, and watches who else listens on a
 * port that they share.
 */
@AutoConfiguration(after = SharedStateAutoConfiguration.class)
@ConditionalOnClass(WebServerInitializedEvent.class)
@ConditionalOnBean(SharedState.class)
public final class SharedStateWebAutoConfiguration {

    @Bean
    Listeners sharedStateListeners(SharedState state) {
        return new Listeners(state, ListeningSockets.ofSystem());
    }

    @Bean
    Strangers sharedStateStrangers(SharedState state, Listeners listeners) {
        return new Strangers(state, listeners);
    }

    @Bean
    ServerAnnouncement sharedStateServerAnnouncement(
            SharedState state,
            Environment environment,
            SharedStateProperties properties,
            Listeners listeners,
            Strangers strangers,
            ObjectProvider<SharedPorts> sharedPorts) {
        return new ServerAnnouncement(
                state,
                environment,
                listeners,
                strangers,
                properties.server().portSharing() != PortSharing.NONE,
                sharedPorts.orderedStream().toList());
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(TomcatWebServer.class)
    static class TomcatConfiguration {

        @Bean
        TomcatSharedPorts tomcatSharedPorts() {
            return new TomcatSharedPorts();
        }
    }
}
