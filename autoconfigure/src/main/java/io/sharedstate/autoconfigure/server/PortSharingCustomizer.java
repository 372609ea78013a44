package io.sharedstate.autoconfigure.server;

import io.sharedstate.autoconfigure.SharedStateProperties.PortSharing;
import io.sharedstate.doctor.Doctor;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.boot.web.server.AbstractConfigurableWebServerFactory;
import org.springframework.boot.web.server.ConfigurableWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.core.Ordered;

/** Applies {@code sharedstate.server.port-sharing}, or says why it can't be applied. */
final class PortSharingCustomizer implements WebServerFactoryCustomizer<ConfigurableWebServerFactory>, Ordered {

    private static final Log log = LogFactory.getLog(PortSharingCustomizer.class);

    private final PortSharing sharing;
    private final List<PortSharingServer> servers;
    private final String operatingSystem;
    private final BooleanSupplier reusePortSupported;

    PortSharingCustomizer(
            PortSharing sharing,
            List<PortSharingServer> servers,
            String operatingSystem,
            BooleanSupplier reusePortSupported) {
        this.sharing = sharing;
        this.servers = servers;
        this.operatingSystem = operatingSystem;
        this.reusePortSupported = reusePortSupported;
    }

    @Override
    public void customize(ConfigurableWebServerFactory factory) {
        if (sharing == PortSharing.NONE) {
            return;
        }
        if (sharing == PortSharing.REUSE_PORT) {
            checkReusePort();
            if (factory instanceof AbstractConfigurableWebServerFactory settings && settings.getPort() == 0) {
                log.info(
                        "'sharedstate.server.port-sharing=reuse-port' has no effect with 'server.port=0': every process gets a port"
                                + " of its own");
                return;
            }
        } else {
            checkInherited(factory);
        }
        if (servers.stream().noneMatch(server -> server.share(factory, sharing))) {
            throw new PortSharingException(
                    "'sharedstate.server.port-sharing=%s' works with Tomcat, Jetty and Reactor Netty; this application's web server is made by %s."
                            .formatted(sharing, factory.getClass().getName()),
                    "Use one of these, or set 'sharedstate.server.port-sharing=none'.");
        }
        if (sharing == PortSharing.REUSE_PORT) {
            Doctor.warn(Doctor.reusePort());
        }
    }

    /** Before the server starts, which would hide the reason under its own. */
    private void checkInherited(ConfigurableWebServerFactory factory) {
        int port = ((InetSocketAddress) InheritedSocket.find().socket().getLocalSocketAddress()).getPort();
        if (factory instanceof AbstractConfigurableWebServerFactory settings && settings.getPort() != port) {
            log.info(
                    "'sharedstate.server.port-sharing=inherited': the inherited socket listens on port %d; 'server.port=%d' has no effect"
                            .formatted(port, settings.getPort()));
        }
    }

    private void checkReusePort() {
        if (!reusePortSupported.getAsBoolean()) {
            throw new PortSharingException(
                    "'sharedstate.server.port-sharing=reuse-port' needs the socket option SO_REUSEPORT, which '%s' doesn't have."
                            .formatted(operatingSystem),
                    "Run on Linux, or set 'sharedstate.server.port-sharing=none', give each process a port of its own and put a"
                            + " reverse proxy in front.");
        }
        if (!operatingSystem.startsWith("Linux")) {
            log.warn(
                    "'sharedstate.server.port-sharing=reuse-port': only Linux spreads connections; on '%s' one process may get all of them"
                            .formatted(operatingSystem));
        }
    }

    /** After the application's own customizers, so that it sees the port and the protocol they set. */
    @Override
    public int getOrder() {
        return Ordered.LOWEST_PRECEDENCE;
    }
}
