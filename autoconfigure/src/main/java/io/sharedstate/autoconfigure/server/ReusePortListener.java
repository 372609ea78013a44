package io.sharedstate.autoconfigure.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A listening socket of this process's own, with SO_REUSEPORT. The kernel completes connections on behalf of it and queues them; closing it
 * resets them.
 */
final class ReusePortListener extends SharedListener {

    /** Many may connect faster than this process accepts. */
    private static final int LIMIT_MS = 1_000;

    ReusePortListener(InetSocketAddress address, int backlog, SocketSettings settings) throws IOException {
        super(bind(address, backlog, settings));
    }

    private static ServerSocketChannel bind(InetSocketAddress address, int backlog, SocketSettings settings)
            throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
            settings.apply(channel.socket());
            channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            channel.bind(address, backlog);
            channel.configureBlocking(false);
            return channel;
        } catch (Throwable failure) {
            channel.close();
            throw failure;
        }
    }

    static boolean isSupported() {
        try (ServerSocketChannel channel = ServerSocketChannel.open()) {
            return channel.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT);
        } catch (IOException e) {
            throw new PortSharingException("No socket can be opened: " + e, "Check the limit of open files.");
        }
    }

    @Override
    void wakeAcceptor() {}

    @Override
    void drain(Consumer<SocketChannel> last) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MS);
        SocketChannel connection;
        while (System.nanoTime() < deadline && (connection = channel().accept()) != null) {
            last.accept(connection);
        }
    }

    @Override
    void release() throws IOException {
        channel().close();
    }

    /** What a server sets on its listening socket before it is bound. */
    interface SocketSettings {

        void apply(ServerSocket socket) throws IOException;
    }
}
