package io.sharedstate.autoconfigure.server;

import org.apache.coyote.http11.Http11NioProtocol;

/**
 * Tomcat's HTTP/1.1 protocol on a port that several processes share, which finishes what the kernel has given it before it stops.
 * {@code sharedstate.server.port-sharing=reuse-port} puts it into the default connector. A connector that an application adds itself shares
 * its port if it is made with {@code new Connector(SharedPortProtocol.class.getName())}.
 */
public final class SharedPortProtocol extends Http11NioProtocol {

    public SharedPortProtocol() {
        super(new DrainingEndpoint());
    }
}
