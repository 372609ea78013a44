package io.sharedstate.autoconfigure.server;

import java.time.Duration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.jetty.autoconfigure.reactive.JettyReactiveWebServerAutoConfiguration;
import org.springframework.boot.jetty.autoconfigure.servlet.JettyServletWebServerAutoConfiguration;
import org.springframework.boot.reactor.netty.autoconfigure.NettyReactiveWebServerAutoConfiguration;
import org.springframework.boot.tomcat.autoconfigure.reactive.TomcatReactiveWebServerAutoConfiguration;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.client.ReactorResourceFactory;
import reactor.netty.resources.LoopResources;

/** Spring Boot's web servers, each with an application for {@link Instance}. */
enum Server {
    TOMCAT(TomcatApp.class, WebApplicationType.SERVLET),
    TOMCAT_REACTIVE(TomcatReactiveApp.class, WebApplicationType.REACTIVE),
    JETTY(JettyApp.class, WebApplicationType.SERVLET),
    JETTY_REACTIVE(JettyReactiveApp.class, WebApplicationType.REACTIVE),
    NETTY(NettyApp.class, WebApplicationType.REACTIVE);

    final Class<?> app;
    final WebApplicationType type;

    Server(Class<?> app, WebApplicationType type) {
        this.app = app;
        this.type = type;
    }

    /** The property for it, which only the reactive Jetty doesn't heed: Spring Boot sets its limit before there is a connector. */
    String maxConnections(int count) {
        return "server.%s.max-connections=%d".formatted(name().startsWith("JETTY") ? "jetty" : "tomcat", count);
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        PortSharingAutoConfiguration.class,
        SslAutoConfiguration.class,
        TomcatServletWebServerAutoConfiguration.class
    })
    @Import(Answers.class)
    static class TomcatApp {}

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        PortSharingAutoConfiguration.class,
        SslAutoConfiguration.class,
        TomcatReactiveWebServerAutoConfiguration.class
    })
    @Import(ReactiveAnswers.class)
    static class TomcatReactiveApp {}

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        PortSharingAutoConfiguration.class,
        SslAutoConfiguration.class,
        JettyServletWebServerAutoConfiguration.class
    })
    @Import(Answers.class)
    static class JettyApp {}

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        PortSharingAutoConfiguration.class,
        SslAutoConfiguration.class,
        JettyReactiveWebServerAutoConfiguration.class
    })
    @Import(ReactiveAnswers.class)
    static class JettyReactiveApp {}

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        PortSharingAutoConfiguration.class,
        SslAutoConfiguration.class,
        NettyReactiveWebServerAutoConfiguration.class
    })
    @Import(ReactiveAnswers.class)
    static class NettyApp {

        /** Of its own: by default all instances of this JVM would have the same, which end with the first of them. */
        @Bean
        ReactorResourceFactory resources(ObjectProvider<LoopResources> loops) {
            ReactorResourceFactory resources = new ReactorResourceFactory();
            resources.setUseGlobalResources(false);
            resources.setLoopResourcesSupplier(() -> loops.getIfAvailable(() -> LoopResources.create("netty")));
            resources.setShutdownQuietPeriod(Duration.ZERO);
            return resources;
        }
    }
}
