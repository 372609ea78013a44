/** One port for several processes: what {@code sharedstate.server.port-sharing} does to the embedded web server. */
@NullMarked
package io.sharedstate.autoconfigure.server;

import org.jspecify.annotations.NullMarked;
