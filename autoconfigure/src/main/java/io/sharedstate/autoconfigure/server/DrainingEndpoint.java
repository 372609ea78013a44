package io.sharedstate.autoconfigure.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's NIO endpoint on a {@link SharedListener}.
 *
 * <p>The kernel completes connections on behalf of a listener and queues them; their clients have been told that they are connected. Closing
 * the listener resets them, and Tomcat's own {@code pause()} closes those that it has accepted but not read a request from. On a shared
 * port a process stops while clients go on connecting, so that both would lose requests on each restart. Here {@code pause()}
 *
 * <ol>
 *   <li>accepts what is queued, beyond {@code maxConnections} if need be, and closes the listener: from now on the kernel gives new
 *       connections to the other processes,
 *   <li>waits {@value #GRACE_MS} ms, and up to {@value #LIMIT_MS} ms while a connection's first request hasn't come; all requests are now
 *       answered with {@code Connection: close},
 *   <li>and only then pauses.
 * </ol>
 */
final class DrainingEndpoint extends NioEndpoint {

    private static final int GRACE_MS = 100;

    /** Somebody may connect and ask for nothing, or many faster than this process accepts. */
    private static final int LIMIT_MS = 1_000;

    private volatile @Nullable SharedListener listener;

    private @Nullable FirstRequests firstRequests;

    /** From the closing of the listener until the next one. */
    private volatile boolean draining;

    @Override
    protected void initServerSocket() throws IOException {
        if (getUseInheritedChannel() || getUnixDomainSocketPath() != null) {
            throw new PortSharingException(
                    "A connector with 'sharedstate.server.port-sharing=reuse-port' listens on a port, but this one was set to %s."
                            .formatted(
                                    getUseInheritedChannel()
                                            ? "'useInheritedChannel'"
                                            : "'unixDomainSocketPath=%s'".formatted(getUnixDomainSocketPath())),
                    "Remove that setting, or set 'sharedstate.server.port-sharing=none'.");
        }
        listener = new SharedListener(
                new InetSocketAddress(getAddress(), getPortWithOffset()), getAcceptCount(), getSocketProperties());
        draining = false;
    }

    @Override
    protected @Nullable NetworkChannel getServerSocket() {
        SharedListener listener = this.listener;
        return listener == null || !listener.isOpen() ? null : listener.channel();
    }

    @Override
    protected SocketChannel serverSocketAccept() throws IOException, InterruptedException {
        return boundListener().accept();
    }

    @Override
    protected void unlockAccept() {
        boundListener().unlock();
    }

    private SharedListener boundListener() {
        return Objects.requireNonNull(listener, "not bound");
    }

    @Override
    protected void doCloseServerSocket() throws IOException {
        SharedListener listener = this.listener;
        if (listener == null || !listener.isOpen()) {
            return;
        }
        draining = true;
        try (listener) {
            if (running && !paused) {
                listener.stopAccepting();
                long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MS);
                SocketChannel connection;
                while (System.nanoTime() < deadline && (connection = listener.poll()) != null) {
                    if (!setSocketOptions(connection)) {
                        closeSocket(connection);
                    }
                }
            }
        }
    }

    @Override
    public void pause() {
        if (running && !paused) {
            try {
                doCloseServerSocket();
            } catch (IOException e) {
                getLog().warn("The listener of " + getName() + " failed while its last connections were accepted", e);
            }
            try {
                awaitFirstRequests();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        super.pause();
    }

    private void awaitFirstRequests() throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MS);
        Thread.sleep(GRACE_MS);
        while (firstRequests().areAwaited() && System.nanoTime() < deadline) {
            Thread.sleep(5);
        }
    }

    @Override
    public void setHandler(Handler<NioChannel> handler) {
        firstRequests = new FirstRequests(handler);
        super.setHandler(firstRequests);
    }

    private FirstRequests firstRequests() {
        return Objects.requireNonNull(firstRequests, "no handler");
    }

    @Override
    protected boolean setSocketOptions(SocketChannel connection) {
        firstRequests().await(connection);
        boolean accepted = super.setSocketOptions(connection);
        if (!accepted) {
            firstRequests().forget(connection);
        }
        return accepted;
    }

    @Override
    public void resume() {
        if (running && paused) {
            try {
                initServerSocket();
            } catch (IOException e) {
                throw new UncheckedIOException(
                        getName() + " can't listen on port " + getPortWithOffset() + " again", e);
            }
        }
        super.resume();
    }

    @Override
    public void startInternal() throws Exception {
        if (!running && getServerSocket() == null) {
            initServerSocket(); // Bound on init, where Tomcat expects the listener to outlive a stop.
        }
        super.startInternal();
    }

    /** One request more on each connection, once this process is to be left. */
    @Override
    public int getMaxKeepAliveRequests() {
        return draining ? 1 : super.getMaxKeepAliveRequests();
    }

    /** The connections accepted last of all weren't counted: they don't wait for a place. */
    @Override
    protected long countDownConnection() {
        return draining ? -1 : super.countDownConnection();
    }
}
