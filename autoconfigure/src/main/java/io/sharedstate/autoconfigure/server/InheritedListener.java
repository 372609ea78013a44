package io.sharedstate.autoconfigure.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
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

    /** Whoever gets this connection finds it closed. */
    @Override
    void wakeAcceptor() throws IOException {
        InetSocketAddress address = (InetSocketAddress) channel().getLocalAddress();
        InetAddress host =
                address.getAddress().isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : address.getAddress();
        try (SocketChannel knock = SocketChannel.open()) {
            knock.configureBlocking(false);
            knock.connect(new InetSocketAddress(host, address.getPort()));
        }
    }

    @Override
    void drain(Consumer<SocketChannel> last) {}

    @Override
    void release() {
        InheritedSocket.giveBack();
    }
}
