package io.sharedstate.autoconfigure.server;

import io.netty.channel.MaxMessagesRecvByteBufAllocator;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.concurrent.TimeUnit;

/**
 * The {@link InheritedSocket} in the shape that Netty knows. It listens already, for other processes too: binding means to begin to accept
 * from it, closing means to cease, and what is queued is for the others, or for those that come after.
 *
 * <p>Non-blocking mode belongs to the socket, not to a process. A launcher may switch it off to start another process (systemd does), until
 * that one switches it on again. Meanwhile a process that another was faster than waits in {@code accept(2)} for the next connection. So
 * this accepts in a thread that has no connections to serve, only once each time that the selector tells it to, and {@link #leave} gets it out.
 */
final class InheritedServerChannel extends NioServerSocketChannel {

    private static final int KNOCK_MS = 20;

    private volatile boolean accepting;
    private volatile boolean closed;

    InheritedServerChannel() {
        super(take());
        config().<MaxMessagesRecvByteBufAllocator>getRecvByteBufAllocator().maxMessagesPerRead(1);
    }

    private static ServerSocketChannel take() {
        try {
            return InheritedSocket.take();
        } catch (IOException e) {
            throw new UncheckedIOException("The inherited socket can't be used", e);
        }
    }

    /** Closes this, which can't be done while a thread waits in {@code accept(2)}. */
    void leave() {
        close();
        Future<?> knocking = GlobalEventExecutor.INSTANCE.scheduleWithFixedDelay(
                this::knock, KNOCK_MS, KNOCK_MS, TimeUnit.MILLISECONDS);
        closeFuture().addListener(closed -> knocking.cancel(false));
    }

    private void knock() {
        try {
            InheritedSocket.knock();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    protected void doBind(SocketAddress ignored) {
        accepting = true;
    }

    @Override
    protected void doClose() {
        closed = true;
        InheritedSocket.giveBack();
    }

    @Override
    public boolean isOpen() {
        return !closed && super.isOpen();
    }

    @Override
    public boolean isActive() {
        return accepting && super.isActive();
    }
}
