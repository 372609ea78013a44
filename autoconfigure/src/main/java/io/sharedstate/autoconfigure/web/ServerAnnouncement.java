package io.sharedstate.autoconfigure.web;

import io.sharedstate.SharedState;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/** Announces host:port and the sockets of the main web server, not of the management server, and begins to watch for strangers on them. */
final class ServerAnnouncement implements ApplicationListener<WebServerInitializedEvent>, Ordered {

    private static final Log log = LogFactory.getLog(ServerAnnouncement.class);

    /** As long as a label of a domain name may be. */
    private static final Pattern HOST_NAME = Pattern.compile("[A-Za-z0-9.-]{1,63}");

    /** What fits into an announcement, with brackets and a port. */
    private static final int MAX_HOST_LENGTH = 72;

    private final SharedState state;
    private final Environment environment;
    private final Listeners listeners;
    private final Strangers strangers;
    private final boolean sharing;
    private final List<SharedPorts> sharedPorts;

    ServerAnnouncement(
            SharedState state,
            Environment environment,
            Listeners listeners,
            Strangers strangers,
            boolean sharing,
            List<SharedPorts> sharedPorts) {
        this.state = state;
        this.environment = environment;
        this.listeners = listeners;
        this.strangers = strangers;
        this.sharing = sharing;
        this.sharedPorts = sharedPorts;
    }

    @Override
    public void onApplicationEvent(WebServerInitializedEvent event) {
        int port = event.getWebServer().getPort();
        if (event.getApplicationContext().getServerNamespace() == null && port > 0) {
            announceListeners(event.getWebServer(), port);
            state.members().announce(host() + ":" + port);
            if (sharing) {
                strangers.watch();
            }
        }
    }

    private void announceListeners(WebServer server, int port) {
        Set<Integer> ports = new HashSet<>(Set.of(port));
        sharedPorts.forEach(each -> each.of(server).forEach(ports::add));
        try {
            listeners.announce(ports);
        } catch (IOException e) {
            log.warn(
                    "The other members can't be told which sockets this one listens on, and may take it for a stranger",
                    e);
        }
    }

    /** Before anything that takes time: until then the others don't know whose the socket is. */
    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    private String host() {
        String address = environment.getProperty("server.address");
        if (address == null || address.isEmpty() || address.length() > MAX_HOST_LENGTH) {
            address = ownAddress();
        }
        return address.indexOf(':') >= 0 && !address.startsWith("[") ? "[" + address + "]" : address;
    }

    /** The name of the container, if it is in one; asking the resolver could take long. */
    private static String ownAddress() {
        String name = System.getenv("HOSTNAME");
        return name == null || !HOST_NAME.matcher(name).matches() ? "localhost" : name;
    }
}
