package io.sharedstate.autoconfigure.web;

import java.util.stream.IntStream;
import org.springframework.boot.web.server.WebServer;

/** Knows which ports of a kind of web server are shared beside the main one: those of connectors that the application adds. */
interface SharedPorts {

    /** Beside the main one; none if {@code server} is of another kind. */
    IntStream of(WebServer server);
}
