package io.sharedstate.autoconfigure.server;

import io.sharedstate.autoconfigure.SharedStateProperties.PortSharing;
import org.springframework.boot.tomcat.TomcatWebServerFactory;
import org.springframework.boot.web.server.ConfigurableWebServerFactory;

/** Shares the port of Tomcat's default connector. */
final class TomcatPortSharing implements PortSharingServer {

    @Override
    public boolean share(ConfigurableWebServerFactory factory, PortSharing sharing) {
        if (!(factory instanceof TomcatWebServerFactory tomcat)) {
            return false;
        }
        if (tomcat.getProtocol().equals(TomcatWebServerFactory.DEFAULT_PROTOCOL)) {
            tomcat.setProtocol(SharedPortProtocol.class.getName());
        } else if (!tomcat.getProtocol().equals(SharedPortProtocol.class.getName())) {
            throw new PortSharingException(
                    "'sharedstate.server.port-sharing=%s' brings its own Tomcat protocol in place of '%s', but this"
                                    .formatted(sharing, TomcatWebServerFactory.DEFAULT_PROTOCOL)
                            + " application set the protocol '%s'.".formatted(tomcat.getProtocol()),
                    "Remove the application's call of TomcatWebServerFactory.setProtocol, or set"
                            + " 'sharedstate.server.port-sharing=none'.");
        }
        if (sharing == PortSharing.INHERITED) {
            tomcat.addConnectorCustomizers(connector -> connector.setProperty("useInheritedChannel", "true"));
        }
        return true;
    }
}
