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

class FirstRequestsTests {

    private final FirstRequests requests = new FirstRequests(new StillAwaited());

    private final SocketChannel socket;
    private final SocketWrapperBase<NioChannel> connection;

    FirstRequestsTests() throws IOException {
        socket = SocketChannel.open();
        NioChannel channel = new NioChannel(new SocketBufferHandler(16, 16, false));
        NioEndpoint.NioSocketWrapper wrapper = new NioEndpoint.NioSocketWrapper(channel, new NioEndpoint());
        channel.reset(socket, wrapper);
        connection = wrapper;
    }

    @BeforeEach
    void connect() {
        assertThat(requests.areAwaited()).isFalse();
        requests.await(socket);
        assertThat(requests.areAwaited()).isTrue();
    }

    @AfterEach
    void close() throws IOException {
        socket.close();
    }

    @Test
    void theFirstRequestIsAwaitedUntilItIsProcessed() {
        assertThat(requests.process(connection, SocketEvent.OPEN_READ)).isEqualTo(Handler.SocketState.OPEN);
        assertThat(requests.areAwaited()).isFalse();
    }

    @Test
    void nothingIsAwaitedFromAClosedConnection() {
        requests.release(connection);
        assertThat(requests.areAwaited()).isFalse();
    }

    /** Pausing before a request has been processed closes its connection. */
    private final class StillAwaited implements Handler<NioChannel> {

        @Override
        public SocketState process(SocketWrapperBase<NioChannel> connection, SocketEvent event) {
            assertThat(requests.areAwaited()).isTrue();
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
