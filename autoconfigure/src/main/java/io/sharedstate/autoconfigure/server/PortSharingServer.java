package io.sharedstate.autoconfigure.server;

import org.springframework.boot.web.server.ConfigurableWebServerFactory;

/** A kind of web server that can share its port. */
interface PortSharingServer {

    /**
     * Makes the server that {@code factory} creates share its port.
     *
     * @return false, with nothing done, if the factory makes another kind of server
     * @throws PortSharingException if the server is configured so that it can't
     */
    boolean share(ConfigurableWebServerFactory factory);
}
