package io.sharedstate.autoconfigure.server;

import io.sharedstate.autoconfigure.SharedStateProperties.PortSharing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.Map;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http2.SessionContainer;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.NetworkConnector;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.component.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.util.ClassUtils;

/**
 * Makes a connector of Jetty's listen on a {@link SharedListener}.
 *
 * <p>Stock Jetty resets what is queued when its connector closes, and closes connections that it has accepted but not read a request from.
 * On a shared port a process stops while clients go on connecting, so that requests would be lost on each restart. Here the connector,
 * before it closes,
 *
 * <ol>
 *   <li>leaves the port: what is queued for this process alone is accepted, beyond {@code max-connections} if need be, and from now on the
 *       kernel gives new connections to the other processes,
 *   <li>waits for the {@link FirstRequests}; all requests of HTTP/1 are now answered with {@code Connection: close},
 *   <li>and tells the clients that speak HTTP/2 to go on elsewhere, by a GOAWAY that leaves what is under way to be finished.
 * </ol>
 */
final class SharedConnector
        implements LifeCycle.Listener,
                NetworkConnector.Listener,
                SelectorManager.AcceptListener,
                HttpConfiguration.Customizer {

    private static final Log log = LogFactory.getLog(SharedConnector.class);

    private static final HttpField CLOSE = new HttpField(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE.asString());

    private static final boolean HTTP2 =
            ClassUtils.isPresent("org.eclipse.jetty.http2.SessionContainer", SharedConnector.class.getClassLoader());

    private final ServerConnector connector;
    private final boolean inherited;
    private final FirstRequests<Object> firstRequests = new FirstRequests<>();
    private final Map<NetworkConnectionLimit, Integer> limits = new HashMap<>();
    private @Nullable SharedListener listener;

    /** From leaving the port until the next start. */
    private volatile boolean leaving;

    SharedConnector(ServerConnector connector, PortSharing sharing) {
        this.connector = connector;
        inherited = sharing == PortSharing.INHERITED || connector.isInheritChannel();
        connector.addBean(this);
        connector.getConnectionFactories().stream()
                .filter(HttpConfiguration.ConnectionFactory.class::isInstance)
                .map(factory -> ((HttpConfiguration.ConnectionFactory) factory).getHttpConfiguration())
                .filter(configuration -> !configuration.getCustomizers().contains(this))
                .forEach(configuration -> configuration.addCustomizer(this));
    }

    @Override
    public void lifeCycleStarting(LifeCycle event) {
        if (event == connector) { // Not its selectors, whose listener this is, too.
            listen();
        }
    }

    private synchronized void listen() {
        try {
            SharedListener listener = inherited
                    ? new InheritedListener()
                    : new ReusePortListener(
                            address(),
                            connector.getAcceptQueueSize(),
                            socket -> socket.setReuseAddress(connector.getReuseAddress()));
            this.listener = listener;
            connector.open(new ListenerChannel(listener));
        } catch (IOException e) {
            PortInUseException.throwIfPortBindingException(e, connector::getPort);
            throw new UncheckedIOException(connector + " can't listen", e);
        }
        leaving = false;
        limits.forEach(NetworkConnectionLimit::setMaxNetworkConnectionCount);
    }

    private InetSocketAddress address() {
        String host = connector.getHost();
        return host == null
                ? new InetSocketAddress(connector.getPort())
                : new InetSocketAddress(host, connector.getPort());
    }

    /** Whoever stops the connector. */
    @Override
    public void onClose(NetworkConnector event) {
        leave();
    }

    synchronized void leave() {
        SharedListener listener = this.listener;
        if (listener == null || !listener.isOpen()) {
            return;
        }
        leaving = true;
        for (NetworkConnectionLimit limit : connector.getBeans(NetworkConnectionLimit.class)) {
            limits.put(limit, limit.getMaxNetworkConnectionCount());
            limit.setMaxNetworkConnectionCount(Integer.MAX_VALUE);
        }
        try {
            listener.leave(this::take);
        } catch (IOException e) {
            log.warn("The listener of " + connector + " failed while its last connections were accepted", e);
        }
        firstRequests.awaitAll();
        if (HTTP2) {
            Http2Sessions.leave(connector);
        }
    }

    private void take(SocketChannel connection) {
        try {
            connection.configureBlocking(false);
            connection.setOption(StandardSocketOptions.TCP_NODELAY, connector.getAcceptedTcpNoDelay());
            if (connector.getAcceptedReceiveBufferSize() > 0) {
                connection.setOption(StandardSocketOptions.SO_RCVBUF, connector.getAcceptedReceiveBufferSize());
            }
            if (connector.getAcceptedSendBufferSize() > 0) {
                connection.setOption(StandardSocketOptions.SO_SNDBUF, connector.getAcceptedSendBufferSize());
            }
        } catch (IOException e) {
            log.debug("A connection was reset before it was accepted", e);
        }
        connector.getSelectorManager().accept(connection);
    }

    @Override
    public void onAccepting(SelectableChannel connection) {
        firstRequests.await(connection);
    }

    @Override
    public void onAcceptFailed(SelectableChannel connection, Throwable cause) {
        firstRequests.forget(connection);
    }

    @Override
    public void onClosed(SelectableChannel connection) {
        firstRequests.forget(connection);
    }

    @Override
    public Request customize(Request request, HttpFields.Mutable responseHeaders) {
        Object channel = request.getConnectionMetaData().getConnection().getEndPoint();
        while (channel instanceof EndPoint endPoint) {
            channel = endPoint.getTransport();
        }
        if (firstRequests.isAwaited(channel)) {
            Object answered = channel;
            Request.addCompletionListener(request, failure -> firstRequests.forget(answered));
        }
        if (leaving && request.getConnectionMetaData().getHttpVersion() != HttpVersion.HTTP_2) {
            responseHeaders.put(CLOSE);
        }
        return request;
    }

    /** What needs Jetty's HTTP/2, which an application may lack. */
    private static final class Http2Sessions {

        /** Not by the container's own shutdown, which it has only once: a server may start again. Jetty calls neither in a graceful shutdown. */
        static void leave(ServerConnector connector) {
            connector.getContainedBeans(SessionContainer.class).stream()
                    .flatMap(container -> container.getSessions().stream())
                    .forEach(Session::shutdown);
        }
    }
}
