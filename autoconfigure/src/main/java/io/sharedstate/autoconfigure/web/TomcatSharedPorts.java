package io.sharedstate.autoconfigure.web;

import io.sharedstate.autoconfigure.server.SharedPortProtocol;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.catalina.connector.Connector;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.web.server.WebServer;

/** The ports of connectors with {@link SharedPortProtocol}. */
final class TomcatSharedPorts implements SharedPorts {

    @Override
    public IntStream of(WebServer server) {
        if (!(server instanceof TomcatWebServer tomcat)) {
            return IntStream.empty();
        }
        return Arrays.stream(tomcat.getTomcat().getService().findConnectors())
                .filter(connector -> connector.getProtocolHandler() instanceof SharedPortProtocol)
                .mapToInt(Connector::getLocalPort)
                .filter(port -> port > 0);
    }
}
