package io.sharedstate.autoconfigure.server;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.local.LocalServerChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.sharedstate.autoconfigure.SharedStateProperties.PortSharing;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.web.server.Shutdown;
import reactor.netty.resources.LoopResources;

class SharedPortResourcesTests {

    private final LoopResources loops = LoopResources.create("test", 1, true);

    @AfterEach
    void dispose() {
        loops.dispose();
    }

    @Test
    void eventLoopsOfAnotherTransportThanJavaNioCannotAcceptFromTheInheritedSocket() {
        LoopResources other = new LoopResources() {

            @Override
            public EventLoopGroup onServer(boolean useNative) {
                return loops.onServer(useNative);
            }

            @Override
            @SuppressWarnings("unchecked")
            public <C extends Channel> Class<? extends C> onChannelClass(Class<C> type, EventLoopGroup group) {
                return (Class<? extends C>) (Class<?>) LocalServerChannel.class;
            }
        };
        SharedPortResources resources =
                new SharedPortResources(() -> other, PortSharing.INHERITED, new NettyDrain(Shutdown.GRACEFUL));
        assertThatThrownBy(() -> resources.onChannel(ServerSocketChannel.class, resources.onServerSelect(false)))
                .isInstanceOf(PortSharingException.class)
                .hasMessageContaining(LocalServerChannel.class.getName());
    }
}
