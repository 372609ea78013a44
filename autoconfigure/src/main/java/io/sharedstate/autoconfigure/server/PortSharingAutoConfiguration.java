package io.sharedstate.autoconfigure.server;

import io.sharedstate.autoconfigure.SharedStateProperties;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.annotation.RegisterReflection;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jetty.JettyWebServerFactory;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.tomcat.TomcatWebServerFactory;
import org.springframework.boot.web.server.ConfigurableWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.ReactorResourceFactory;

/** Lets several processes of the application listen on one port. */
@AutoConfiguration
@ConditionalOnWebApplication
@ConditionalOnClass(ConfigurableWebServerFactory.class)
@ConditionalOnBooleanProperty(name = "sharedstate.enabled", matchIfMissing = true)
@EnableConfigurationProperties(SharedStateProperties.class)
public final class PortSharingAutoConfiguration {

    @Bean
    PortSharingCustomizer portSharingCustomizer(
            SharedStateProperties properties, ObjectProvider<PortSharingServer> servers) {
        return new PortSharingCustomizer(
                properties.server().portSharing(),
                servers.orderedStream().toList(),
                System.getProperty("os.name"),
                ReusePortListener::isSupported);
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(TomcatWebServerFactory.class)
    @RegisterReflection(
            classes = SharedPortProtocol.class,
            memberCategories = MemberCategory.INVOKE_PUBLIC_CONSTRUCTORS)
    static class TomcatConfiguration {

        @Bean
        TomcatPortSharing tomcatPortSharing() {
            return new TomcatPortSharing();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(JettyWebServerFactory.class)
    static class JettyConfiguration {

        @Bean
        JettyPortSharing jettyPortSharing() {
            return new JettyPortSharing();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(NettyReactiveWebServerFactory.class)
    static class NettyConfiguration {

        @Bean
        NettyPortSharing nettyPortSharing(ObjectProvider<ReactorResourceFactory> resources) {
            return new NettyPortSharing(resources);
        }
    }
}
