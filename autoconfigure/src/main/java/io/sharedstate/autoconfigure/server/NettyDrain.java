package io.sharedstate.autoconfigure.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.MaxMessagesRecvByteBufAllocator;
import io.netty.channel.ServerChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.AbstractNioChannel;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Promise;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.server.Shutdown;
import reactor.netty.Connection;
import reactor.netty.ConnectionObserver;
import reactor.netty.NettyPipeline;
import reactor.netty.channel.ChannelOperations;

/**
 * Leaves a port that other processes listen on too, without losing what the kernel has given to this one.
 *
 * <p>The kernel completes connections on behalf of a listener and queues them; their clients have been told that they are connected.
 * {@link #drain}
 *
 * <ol>
 *   <li>accepts what is queued, unless the queue is that of all processes, and closes the listener: from now on the kernel gives new
 *       connections to the other processes,
 *   <li>answers all requests with {@code Connection: close}, or tells the client to go away by HTTP/2's GOAWAY,
 *   <li>waits {@value #GRACE_MS} ms, and up to {@value #LIMIT_MS} ms while a connection's first request hasn't come,
 *   <li>closes what is idle then, and waits until all connections are closed.
 * </ol>
 *
 * <p>It is a handler of the listener, whose messages are the accepted connections, and an observer of these.
 */
@Sharable
final class NettyDrain extends ChannelInboundHandlerAdapter implements ConnectionObserver {

    private static final Log log = LogFactory.getLog(NettyDrain.class);

    private static final int GRACE_MS = FirstRequests.GRACE_MS;

    /** Somebody may connect and ask for nothing, or many faster than this process accepts. */
    private static final int LIMIT_MS = FirstRequests.LIMIT_MS;

    /** More than any queue holds. */
    private static final int QUEUE_LENGTH = 1 << 16;

    /** A native transport says when it has emptied the queue, but only if there was something in it. */
    private static final int QUEUE_MS = 20;

    /** Set on a connection whose first request has come. */
    private static final AttributeKey<Boolean> ASKED = AttributeKey.valueOf(NettyDrain.class, "asked");

    private final Shutdown shutdown;
    private final EventExecutor executor = GlobalEventExecutor.INSTANCE;
    private final ChannelGroup connections = new DefaultChannelGroup(executor);
    private final Farewell farewell = new Farewell();

    private volatile @Nullable Channel listener;
    private volatile boolean draining;

    /** Since it was last set to 0. It is the listener's thread alone that counts, and that closes when it has read the whole queue. */
    private int accepted;

    private boolean closing;

    NettyDrain(Shutdown shutdown) {
        this.shutdown = shutdown;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        listener = ctx.channel();
        draining = false;
        closing = false;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        accepted++;
        ctx.fireChannelRead(message);
        Channel connection = (Channel) message;
        if (connection.isOpen()) { // Else it was refused, and has no thread that could say so.
            connections.add(connection);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.fireChannelReadComplete();
        if (closing) {
            ctx.close();
        }
    }

    @Override
    public void onStateChange(Connection connection, State state) {
        Channel channel = connection.channel();
        boolean http1 = channel.parent() instanceof ServerChannel; // Else it is a stream of HTTP/2.
        if (state == State.CONFIGURED) {
            Channel asked = http1 ? channel : channel.parent();
            if (asked.attr(ASKED).getAndSet(true) == null && http1) {
                channel.pipeline().addBefore(NettyPipeline.ReactiveBridge, null, farewell);
            }
        } else if (state == State.DISCONNECTING && draining && http1) {
            channel.close(); // Its answer may have begun before, and not said so.
        }
    }

    /** @param whenDone runs when no connection is left, or if the shutdown isn't graceful, after {@value #LIMIT_MS} ms at the latest */
    void drain(Runnable whenDone) {
        Channel listener = this.listener;
        if (listener == null || !listener.isActive()) {
            whenDone.run();
            return;
        }
        Promise<Void> done = executor.newPromise();
        if (shutdown == Shutdown.GRACEFUL) {
            log.info("Commencing graceful shutdown. Waiting for active requests to complete");
            done.addListener(future -> log.info("Graceful shutdown complete"));
        } else {
            executor.schedule(() -> done.trySuccess(null), LIMIT_MS, TimeUnit.MILLISECONDS);
        }
        done.addListener(future -> whenDone.run());
        draining = true;
        listener.closeFuture().addListener(closed -> {
            dismissConnections();
            connections.newCloseFuture().addListener(future -> done.trySuccess(null));
        });
        if (listener instanceof InheritedServerChannel inherited) {
            inherited.leave();
        } else {
            listener.eventLoop().execute(() -> acceptAllAndClose(listener));
        }
    }

    private void acceptAllAndClose(Channel listener) {
        if (listener instanceof AbstractNioChannel nio) {
            // A channel goes on listening after it was closed for as long as a selector knows it, which forgets it when
            // it selects next.
            nio.deregister()
                    .addListener(deregistered ->
                            nio.eventLoop().schedule(() -> acceptAllAndClose(nio), 1, TimeUnit.MILLISECONDS));
        } else {
            MaxMessagesRecvByteBufAllocator accepting = listener.config().getRecvByteBufAllocator();
            accepting.maxMessagesPerRead(QUEUE_LENGTH);
            closing = true;
            executor.schedule(() -> listener.close(), QUEUE_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void acceptAllAndClose(AbstractNioChannel listener) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MS);
        do {
            accepted = 0;
            listener.unsafe().read();
        } while (accepted > 0 && System.nanoTime() < deadline);
        listener.close();
    }

    private void dismissConnections() {
        List<Channel> left = List.copyOf(connections);
        each(left, connection -> {
            if (speaksHttp2(connection)) { // What the client asks before it has read this is answered.
                connection.writeAndFlush(
                        new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR).setExtraStreamIds(Integer.MAX_VALUE));
            }
        });
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MS);
        executor.schedule(() -> closeIdle(left, deadline), GRACE_MS, TimeUnit.MILLISECONDS);
    }

    private void closeIdle(List<Channel> left, long deadline) {
        boolean requestAwaited =
                left.stream().anyMatch(connection -> connection.isOpen() && !connection.hasAttr(ASKED));
        if (requestAwaited && System.nanoTime() < deadline) {
            executor.schedule(() -> closeIdle(left, deadline), 5, TimeUnit.MILLISECONDS);
        } else {
            each(left, NettyDrain::closeIfIdle);
        }
    }

    private static void each(List<Channel> connections, Consumer<Channel> action) {
        connections.forEach(connection -> connection.eventLoop().execute(() -> action.accept(connection)));
    }

    private static void closeIfIdle(Channel connection) {
        if (speaksHttp2(connection)) {
            connection.write(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR));
            connection.close(); // As soon as no stream is left.
        } else if (ChannelOperations.get(connection) == null) {
            connection.close();
        }
    }

    private static boolean speaksHttp2(Channel connection) {
        return connection.pipeline().get(Http2FrameCodec.class) != null;
    }

    /** Says in every answer of HTTP/1.1 that the connection will be closed, so that the client opens one to another process. */
    @Sharable
    private final class Farewell extends ChannelOutboundHandlerAdapter {

        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            if (draining
                    && message instanceof HttpResponse answer
                    && answer.status().codeClass() != HttpStatusClass.INFORMATIONAL) {
                HttpUtil.setKeepAlive(answer, false);
            }
            ctx.write(message, promise);
        }
    }
}
