package io.sharedstate.autoconfigure.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's NIO endpoint on a {@link SharedListener}.
 *
 * <p>Stock Tomcat's {@code pause()} closes connections that it has accepted but not read a request from. On a shared port a process stops while
 * clients go on connecting, so that requests would be lost on each restart. Here {@code pause()}
 *
 * <ol>
 *   <li>leaves the port: what is queued for this process alone is accepted, beyond {@code maxConnections} if need be, and from now on the
 *       kernel gives new connections to the other processes,
 *   <li>waits for the {@link FirstRequests}; all requests are now answered with {@code Connection: close},
 *   <li>and only then pauses.
 * </ol>
 */
final class DrainingEndpoint extends NioEndpoint {

    private final FirstRequests<SocketChannel> firstRequests = new FirstRequests<>();

    private volatile @Nullable SharedListener listener;

    /** From the closing of the listener until the next one. */
    private volatile boolean draining;

    @Override
    protected void initServerSocket() throws IOException {
        if (getUnixDomainSocketPath() != null) {
            throw new PortSharingException(
                    "A connector that shares its port listens on a port, but this one was set to 'unixDomainSocketPath=%s'."
                            .formatted(getUnixDomainSocketPath()),
                    "Remove that setting, or set 'sharedstate.server.port-sharing=none'.");
        }
        listener = getUseInheritedChannel()
                ? new InheritedListener()
                : new ReusePortListener(
                        new InetSocketAddress(getAddress(), getPortWithOffset()),
                        getAcceptCount(),
                        socket -> getSocketProperties().setProperties(socket));
        draining = false;
    }

    @Override
    protected @Nullable NetworkChannel getServerSocket() {
        SharedListener listener = this.listener;
        return listener == null || !listener.isOpen() ? null : listener.channel();
    }

    @Override
    protected SocketChannel serverSocketAccept() throws IOException, InterruptedException {
        SocketChannel connection = boundListener().accept();
        return connection == null ? SocketChannel.open() : connection;
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
        if (running && !paused) {
            listener.leave(connection -> {
                if (!setSocketOptions(connection)) {
                    closeSocket(connection);
                }
            });
        } else {
            listener.close();
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
            firstRequests.awaitAll();
        }
        super.pause();
    }

    @Override
    public void setHandler(Handler<NioChannel> handler) {
        super.setHandler(new FirstRequestsHandler(handler, firstRequests));
    }

    @Override
    protected boolean setSocketOptions(SocketChannel connection) {
        firstRequests.await(connection);
        boolean accepted = super.setSocketOptions(connection);
        if (!accepted) {
            firstRequests.forget(connection);
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
