package io.sharedstate.autoconfigure.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.tomcat.util.net.NioEndpoint;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's NIO endpoint on a {@link SharedListener}.
 *
 * <p>The kernel completes connections on behalf of a listener and queues them; it has told their clients that they are connected. Closing
 * the listener resets them, and Tomcat's own {@code pause()} closes those that it accepted but hasn't read a request from. On a shared port
 * a process stops while clients go on connecting, so that both lose requests on each restart. Here {@code pause()}
 *
 * <ol>
 *   <li>accepts what is queued, beyond {@code maxConnections} if need be, and closes the listener: from now on the kernel gives new
 *       connections to the other processes,
 *   <li>waits {@value #GRACE_MS} ms for the requests of the connections just accepted, answering all requests with {@code Connection: close},
 *   <li>and only then pauses.
 * </ol>
 */
final class DrainingEndpoint extends NioEndpoint {

    private static final int GRACE_MS = 100;

    /** Under a load that connects faster than this process accepts, the queue never is empty. */
    private static final int DRAIN_LIMIT_MS = 1_000;

    private volatile @Nullable SharedListener listener;

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
                acceptQueued(listener);
            }
        }
    }

    private void acceptQueued(SharedListener listener) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DRAIN_LIMIT_MS);
        SocketChannel socket;
        while (System.nanoTime() < deadline && (socket = listener.poll()) != null) {
            if (!setSocketOptions(socket)) {
                closeSocket(socket);
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
                Thread.sleep(GRACE_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        super.pause();
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
