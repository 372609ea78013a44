package io.sharedstate.autoconfigure.server;

import java.util.Objects;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.context.ConfigurableWebServerApplicationContext;
import org.springframework.test.util.TestSocketUtils;

/** A running application that answers with its name. */
final class Instance implements AutoCloseable {

    static final String SHARED = "sharedstate.server.port-sharing=reuse-port";

    private final ConfigurableWebServerApplicationContext context;

    private Instance(ConfigurableWebServerApplicationContext context) {
        this.context = context;
    }

    /** Below those that the kernel gives to clients. */
    static int freePort() {
        int port;
        do {
            port = TestSocketUtils.findAvailableTcpPort();
        } while (port >= 32_768);
        return port;
    }

    static Instance start(Server server, String name, int port, String... properties) {
        return start(server, server.app, name, port, properties);
    }

    static Instance start(Server server, Class<?> app, String name, int port, String... properties) {
        return new Instance((ConfigurableWebServerApplicationContext) new SpringApplicationBuilder(app)
                .web(server.type)
                .properties("spring.main.banner-mode=off", "server.port=" + port, "instance=" + name)
                .properties(properties)
                .run());
    }

    ConfigurableWebServerApplicationContext context() {
        return context;
    }

    WebServer server() {
        return Objects.requireNonNull(context.getWebServer());
    }

    TomcatWebServer tomcat() {
        return (TomcatWebServer) server();
    }

    Held held() {
        return context.getBean(Held.App.class).held();
    }

    @Override
    public void close() {
        context.close();
    }
}
