package io.sharedstate.autoconfigure.server;

import io.netty.channel.Channel;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.sharedstate.autoconfigure.SharedStateProperties.PortSharing;
import java.net.StandardSocketOptions;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.netty.resources.LoopResources;

/** The event loops of the application, with a listener on a shared port. */
final class SharedPortResources implements LoopResources {

    private final Supplier<LoopResources> loops;
    private final PortSharing sharing;
    private final NettyDrain drain;

    private @Nullable EventLoopGroup acceptor;

    /** @param loops asked each time, because they are others after a restart of the application context */
    SharedPortResources(Supplier<LoopResources> loops, PortSharing sharing, NettyDrain drain) {
        this.loops = loops;
        this.sharing = sharing;
        this.drain = drain;
    }

    @Override
    public <C extends Channel> C onChannel(Class<C> type, EventLoopGroup group) {
        if (type != ServerSocketChannel.class) {
            throw new PortSharingException(
                    "A server with 'sharedstate.server.port-sharing=%s' listens on a TCP port, but this one was set to listen on a %s."
                            .formatted(sharing, type.getSimpleName()),
                    "Remove that setting, or set 'sharedstate.server.port-sharing=none'.");
        }
        C listener = sharing == PortSharing.INHERITED
                ? type.cast(inherited(group))
                : reusePort(loops.get().onChannel(type, group));
        listener.pipeline().addLast(drain);
        return listener;
    }

    /** Which of the options it is depends on the transport that is there: epoll, io_uring, kqueue or NIO. */
    private static <C extends Channel> C reusePort(C listener) {
        if (!listener.config().setOption(UnixChannelOption.SO_REUSEPORT, true)
                && !listener.config().setOption(NioChannelOption.of(StandardSocketOptions.SO_REUSEPORT), true)) {
            listener.unsafe().closeForcibly();
            throw new PortSharingException(
                    "'sharedstate.server.port-sharing=reuse-port' needs the socket option SO_REUSEPORT, which %s doesn't have."
                            .formatted(listener.getClass().getName()),
                    "Use LoopResources of epoll, io_uring or Java NIO, or set 'sharedstate.server.port-sharing=none'.");
        }
        if (listener.config().getRecvByteBufAllocator() instanceof DefaultMaxMessagesRecvByteBufAllocator accepting) {
            // Else epoll accepts one connection at a time, and doesn't say when the queue is empty.
            accepting.respectMaybeMoreData(false);
        }
        return listener;
    }

    private InheritedServerChannel inherited(EventLoopGroup acceptor) {
        Class<?> transport = onChannelClass(ServerSocketChannel.class, onServer(false));
        if (transport != NioServerSocketChannel.class) {
            throw new PortSharingException(
                    "'sharedstate.server.port-sharing=inherited' needs event loops of Java NIO, but the application's LoopResources"
                            + " gave loops for %s when they were asked for a transport that isn't native."
                                    .formatted(transport.getName()),
                    "Return event loops of Java NIO from LoopResources.onServer(false), or set"
                            + " 'sharedstate.server.port-sharing=none'.");
        }
        InheritedServerChannel listener = new InheritedServerChannel();
        listener.closeFuture().addListener(closed -> acceptor.shutdownGracefully(0, 0, TimeUnit.SECONDS));
        return listener;
    }

    @Override
    public <C extends Channel> Class<? extends C> onChannelClass(Class<C> type, EventLoopGroup group) {
        return loops.get().onChannelClass(type, group);
    }

    @Override
    public EventLoopGroup onServer(boolean useNative) {
        return loops.get().onServer(useNative);
    }

    @Override
    public EventLoopGroup onServerSelect(boolean useNative) {
        return sharing == PortSharing.INHERITED ? acceptor() : loops.get().onServerSelect(useNative);
    }

    /** A thread that does nothing else, see {@link InheritedServerChannel}. */
    private synchronized EventLoopGroup acceptor() {
        EventLoopGroup acceptor = this.acceptor;
        if (acceptor == null || acceptor.isShuttingDown()) {
            acceptor = new MultiThreadIoEventLoopGroup(
                    1, new DefaultThreadFactory("inherited-acceptor", true), NioIoHandler.newFactory());
            this.acceptor = acceptor;
        }
        return acceptor;
    }
}
