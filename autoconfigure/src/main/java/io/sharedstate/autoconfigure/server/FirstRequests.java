package io.sharedstate.autoconfigure.server;

import java.nio.channels.SocketChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/** Passes everything on to Tomcat's handler of connections, and knows which of them still wait for their first request. */
final class FirstRequests implements Handler<NioChannel> {

    private final Handler<NioChannel> handler;
    private final Set<SocketChannel> awaited = ConcurrentHashMap.newKeySet();

    FirstRequests(Handler<NioChannel> handler) {
        this.handler = handler;
    }

    void await(SocketChannel connection) {
        awaited.add(connection);
    }

    void forget(@Nullable SocketChannel connection) {
        if (connection != null) {
            awaited.remove(connection);
        }
    }

    boolean areAwaited() {
        return !awaited.isEmpty();
    }

    @Override
    public SocketState process(SocketWrapperBase<NioChannel> connection, SocketEvent event) {
        SocketChannel channel = connection.getSocket().getIOChannel(); // None, once it is closed.
        try {
            return handler.process(connection, event);
        } finally {
            forget(channel);
        }
    }

    @Override
    public void release(SocketWrapperBase<NioChannel> connection) {
        forget(connection.getSocket().getIOChannel());
        handler.release(connection);
    }

    @Override
    public Object getGlobal() {
        return handler.getGlobal();
    }

    @Override
    public void pause() {
        handler.pause();
    }

    @Override
    public void recycle() {
        handler.recycle();
    }
}
