package io.sharedstate.autoconfigure.server;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CountDownLatch;
import org.apache.tomcat.util.net.SocketProperties;
import org.jspecify.annotations.Nullable;

/**
 * A listening socket with SO_REUSEPORT. Its {@link #accept()} is ended by {@link #unlock()}: a connection to its own port, which is how
 * Tomcat ends it elsewhere, would reach any of the processes that share the port.
 */
final class SharedListener implements Closeable {

    private final ServerSocketChannel channel;
    private final Selector selector;
    private final CountDownLatch unlocked = new CountDownLatch(1);

    SharedListener(InetSocketAddress address, int backlog, SocketProperties properties) throws IOException {
        channel = ServerSocketChannel.open();
        try {
            properties.setProperties(channel.socket());
            channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            channel.bind(address, backlog);
            channel.configureBlocking(false);
            selector = Selector.open();
            channel.register(selector, SelectionKey.OP_ACCEPT);
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

    ServerSocketChannel channel() {
        return channel;
    }

    /** Waits for a connection. Once unlocked, and only then, gives a socket that is connected to nobody. */
    SocketChannel accept() throws IOException, InterruptedException {
        try {
            while (unlocked.getCount() > 0) {
                SocketChannel socket = channel.accept();
                if (socket != null) {
                    return socket;
                }
                selector.select(key -> {});
            }
        } catch (ClosedSelectorException | ClosedChannelException e) {
            if (selector.isOpen()) {
                throw e;
            }
            unlocked.await();
        }
        return SocketChannel.open();
    }

    /** The next connection of the queue, or null. */
    @Nullable
    SocketChannel poll() throws IOException {
        return channel.accept();
    }

    void unlock() {
        unlocked.countDown();
        selector.wakeup();
    }

    /**
     * From now on {@link #accept()} only waits until it is unlocked, and {@link #poll()} gets the connections. This comes before
     * {@link #close()} also because a channel goes on listening after it was closed for as long as a selector knows it.
     */
    void stopAccepting() throws IOException {
        selector.close();
    }

    boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            selector.close();
        }
    }
}
