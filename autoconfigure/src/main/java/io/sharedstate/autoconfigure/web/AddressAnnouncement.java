package io.sharedstate.autoconfigure.web;

import io.sharedstate.SharedState;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.env.Environment;

/** Announces host:port of the main web server, not of the management server. */
final class AddressAnnouncement implements ApplicationListener<WebServerInitializedEvent> {

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
        if (address == null || address.isEmpty()) {
            address = ownAddress();
        }
        return address.indexOf(':') >= 0 && !address.startsWith("[") ? "[" + address + "]" : address;
    }

    private static String ownAddress() {
        try {
            return InetAddress.getLocalHost().getHostAddress();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
