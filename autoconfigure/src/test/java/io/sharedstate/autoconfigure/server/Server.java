package io.sharedstate.autoconfigure.server;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.jetty.autoconfigure.reactive.JettyReactiveWebServerAutoConfiguration;
import org.springframework.boot.jetty.autoconfigure.servlet.JettyServletWebServerAutoConfiguration;
import org.springframework.boot.tomcat.autoconfigure.reactive.TomcatReactiveWebServerAutoConfiguration;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Spring Boot's web servers, each with an application for {@link Instance}. */
enum Server {
    TOMCAT(TomcatApp.class, WebApplicationType.SERVLET),
    TOMCAT_REACTIVE(TomcatReactiveApp.class, WebApplicationType.REACTIVE),
    JETTY(JettyApp.class, WebApplicationType.SERVLET),
    JETTY_REACTIVE(JettyReactiveApp.class, WebApplicationType.REACTIVE);

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
}
