package io.sharedstate.autoconfigure.server;

import io.sharedstate.autoconfigure.SharedStateProperties.PortSharing;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.springframework.boot.jetty.JettyWebServer;
import org.springframework.boot.jetty.JettyWebServerFactory;
import org.springframework.boot.web.server.ConfigurableWebServerFactory;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;

/**
 * Shares the port of Jetty's default connector. On shutdown it leaves the port before Spring Boot's graceful shutdown, which looks once
 * whether there are requests to wait for, and would miss those of the connections that are accepted last.
 */
final class JettyPortSharing implements PortSharingServer, SmartLifecycle {

    private final List<SharedConnector> connectors = new CopyOnWriteArrayList<>();
    private volatile boolean running;

    @Override
    public boolean share(ConfigurableWebServerFactory factory, PortSharing sharing) {
        if (!(factory instanceof JettyWebServerFactory jetty)) {
            return false;
        }
        jetty.addServerCustomizers(
                server -> connectors.add(new SharedConnector(defaultConnector(server, sharing), sharing)));
        return true;
    }

    /** By now with TLS. */
    private static ServerConnector defaultConnector(Server server, PortSharing sharing) {
        Connector[] connectors = server.getConnectors();
        if (connectors.length == 0
                || !(connectors[0] instanceof ServerConnector connector)
                || !isOfSpringBoot(connector.getClass())) {
            throw new PortSharingException(
                    "'sharedstate.server.port-sharing=%s' shares the port of the connector that Spring Boot gives to Jetty, but this application set %s."
                            .formatted(sharing, connectors.length == 0 ? "none" : connectors[0]),
                    "Add connectors after the first instead of replacing it, or set 'sharedstate.server.port-sharing=none'.");
        }
        if (connector.getAcceptors() == 0) {
            throw new PortSharingException(
                    "'sharedstate.server.port-sharing=%s' needs an acceptor thread, but 'server.jetty.threads.acceptors' is 0."
                            .formatted(sharing),
                    "Remove that setting, or set 'sharedstate.server.port-sharing=none'.");
        }
        return connector;
    }

    /** With TLS, it is a class of Spring Boot's own. */
    private static boolean isOfSpringBoot(Class<?> connector) {
        return connector == ServerConnector.class || connector.getPackage().equals(JettyWebServer.class.getPackage());
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        connectors.forEach(SharedConnector::leave);
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** As the web server itself. */
    @Override
    public boolean isPauseable() {
        return false;
    }

    @Override
    public int getPhase() {
        return WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE + 1;
    }
}
