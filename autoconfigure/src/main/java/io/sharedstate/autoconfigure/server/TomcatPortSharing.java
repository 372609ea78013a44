package io.sharedstate.autoconfigure.server;

import io.sharedstate.autoconfigure.SharedStateProperties.PortSharing;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.boot.tomcat.TomcatWebServerFactory;
import org.springframework.boot.web.server.ConfigurableWebServerFactory;

/** Shares the port of Tomcat's default connector. */
final class TomcatPortSharing implements PortSharingServer {

    private static final Log log = LogFactory.getLog(TomcatPortSharing.class);

    @Override
    public boolean share(ConfigurableWebServerFactory factory, PortSharing sharing) {
        if (!(factory instanceof TomcatWebServerFactory tomcat)) {
            return false;
        }
        if (sharing == PortSharing.INHERITED) {
            tomcat.addConnectorCustomizers(connector -> connector.setProperty("useInheritedChannel", "true"));
            return true;
        }
        if (tomcat.getPort() == 0) {
            log.info(
                    "'sharedstate.server.port-sharing=reuse-port' has no effect with 'server.port=0': every process gets a port"
                            + " of its own");
        } else if (tomcat.getProtocol().equals(TomcatWebServerFactory.DEFAULT_PROTOCOL)) {
            tomcat.setProtocol(SharedPortProtocol.class.getName());
        } else if (!tomcat.getProtocol().equals(SharedPortProtocol.class.getName())) {
            throw new PortSharingException(
                    "'sharedstate.server.port-sharing=reuse-port' brings its own Tomcat protocol in place of '%s', but this"
                                    .formatted(TomcatWebServerFactory.DEFAULT_PROTOCOL)
                            + " application set the protocol '%s'.".formatted(tomcat.getProtocol()),
                    "Remove the application's call of TomcatWebServerFactory.setProtocol, or set"
                            + " 'sharedstate.server.port-sharing=none'.");
        }
        return true;
    }
}
