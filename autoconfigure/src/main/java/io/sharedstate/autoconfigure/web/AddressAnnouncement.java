package io.sharedstate.autoconfigure.web;

import io.sharedstate.SharedState;
import java.util.regex.Pattern;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.env.Environment;

/** Announces host:port of the main web server, not of the management server. */
final class AddressAnnouncement implements ApplicationListener<WebServerInitializedEvent> {

    /** As long as a label of a domain name may be. */
    private static final Pattern HOST_NAME = Pattern.compile("[A-Za-z0-9.-]{1,63}");

    /** What fits into an announcement, with brackets and a port. */
    private static final int MAX_HOST_LENGTH = 72;

    private final SharedState state;
    private final Environment environment;

    AddressAnnouncement(SharedState state, Environment environment) {
        this.state = state;
        this.environment = environment;
    }

    @Override
    public void onApplicationEvent(WebServerInitializedEvent event) {
        int port = event.getWebServer().getPort();
        if (event.getApplicationContext().getServerNamespace() == null && port > 0) {
            state.members().announce(host() + ":" + port);
        }
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
