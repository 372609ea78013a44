package io.sharedstate.autoconfigure.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SocketBufferHandler;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FirstRequestsHandlerTests {

    private final FirstRequests<SocketChannel> requests = new FirstRequests<>();
    private final FirstRequestsHandler handler = new FirstRequestsHandler(new StillAwaited(), requests);

    private final SocketChannel socket;
    private final SocketWrapperBase<NioChannel> connection;

    FirstRequestsHandlerTests() throws IOException {
        socket = SocketChannel.open();
        NioChannel channel = new NioChannel(new SocketBufferHandler(16, 16, false));
        NioEndpoint.NioSocketWrapper wrapper = new NioEndpoint.NioSocketWrapper(channel, new NioEndpoint());
        channel.reset(socket, wrapper);
        connection = wrapper;
    }

    @BeforeEach
    void connect() {
        assertThat(requests.isAwaited(socket)).isFalse();
        requests.await(socket);
        assertThat(requests.isAwaited(socket)).isTrue();
    }

    @AfterEach
    void close() throws IOException {
        socket.close();
    }

    @Test
    void theFirstRequestIsAwaitedUntilItIsProcessed() {
        assertThat(handler.process(connection, SocketEvent.OPEN_READ)).isEqualTo(Handler.SocketState.OPEN);
        assertThat(requests.isAwaited(socket)).isFalse();
    }

    @Test
    void nothingIsAwaitedFromAClosedConnection() {
        handler.release(connection);
        assertThat(requests.isAwaited(socket)).isFalse();
    }

    /** Pausing before a request has been processed closes its connection. */
    private final class StillAwaited implements Handler<NioChannel> {

        @Override
        public SocketState process(SocketWrapperBase<NioChannel> connection, SocketEvent event) {
            assertThat(requests.isAwaited(socket)).isTrue();
            return SocketState.OPEN;
        }

        @Override
        public Object getGlobal() {
            return this;
        }

        @Override
        public void release(SocketWrapperBase<NioChannel> connection) {}

        @Override
        public void pause() {}

        @Override
        public void recycle() {}
    }
}
