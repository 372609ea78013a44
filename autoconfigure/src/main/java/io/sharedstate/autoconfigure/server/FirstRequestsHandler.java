package io.sharedstate.autoconfigure.server;

import java.nio.channels.SocketChannel;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;

/** Passes everything on to Tomcat's handler of connections, and notes which of them had their first request. */
final class FirstRequestsHandler implements Handler<NioChannel> {

    private final Handler<NioChannel> handler;
    private final FirstRequests<SocketChannel> firstRequests;

    FirstRequestsHandler(Handler<NioChannel> handler, FirstRequests<SocketChannel> firstRequests) {
        this.handler = handler;
        this.firstRequests = firstRequests;
    }

    @Override
    public SocketState process(SocketWrapperBase<NioChannel> connection, SocketEvent event) {
        SocketChannel channel = connection.getSocket().getIOChannel(); // None, once it is closed.
        try {
            return handler.process(connection, event);
        } finally {
            firstRequests.forget(channel);
        }
    }

    @Override
    public void release(SocketWrapperBase<NioChannel> connection) {
        firstRequests.forget(connection.getSocket().getIOChannel());
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
