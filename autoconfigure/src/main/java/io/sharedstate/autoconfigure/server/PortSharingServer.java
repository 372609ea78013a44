package io.sharedstate.autoconfigure.server;

import io.sharedstate.autoconfigure.SharedStateProperties.PortSharing;
import org.springframework.boot.web.server.ConfigurableWebServerFactory;

/** A kind of web server that can share its port. */
interface PortSharingServer {

    /**
     * Makes the server that {@code factory} creates share its port in the given way, which isn't {@link PortSharing#NONE}.
     *
     * @return false, with nothing done, if the factory makes another kind of server
     * @throws PortSharingException if the server is configured so that it can't
     */
    boolean share(ConfigurableWebServerFactory factory, PortSharing sharing);
}
