package io.sharedstate.autoconfigure.server;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.function.Consumer;

/**
 * The {@link InheritedSocket}. The processes share its queue, too: one that leaves just stops accepting, and what is queued is for the
 * others, or for those that come after.
 *
 * <p>Non-blocking mode belongs to the socket, not to a process. Each process switches it on when it begins to listen, but a launcher may
 * switch it off to start another (systemd does). A process that another was faster than then waits in {@code accept(2)} for the next
 * connection.
 */
final class InheritedListener extends SharedListener {

    InheritedListener() throws IOException {
        super(InheritedSocket.take());
    }

    @Override
    void wakeAcceptor() throws IOException {
        InheritedSocket.knock();
    }

    @Override
    void drain(Consumer<SocketChannel> last) {}

    @Override
    void release() {
        InheritedSocket.giveBack();
    }
}
