package io.sharedstate.autoconfigure.server;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A {@link SharedListener} in the shape that Jetty knows. */
final class ListenerChannel extends ServerSocketChannel {

    private final SharedListener listener;

    ListenerChannel(SharedListener listener) {
        super(listener.channel().provider());
        this.listener = listener;
    }

    @Override
    public SocketChannel accept() throws IOException {
        try {
            SocketChannel connection = listener.accept();
            if (connection != null) {
                return connection;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
            throw new ClosedByInterruptException();
        }
        throw new AsynchronousCloseException();
    }

    @Override
    protected void implCloseSelectableChannel() throws IOException {
        try (listener) {
            listener.unlock();
        }
    }

    /** To others it always blocks; how it waits is the listener's business. */
    @Override
    protected void implConfigureBlocking(boolean block) {
        if (!block) {
            throw new UnsupportedOperationException();
        }
    }

    @Override
    public ServerSocketChannel bind(@Nullable SocketAddress address, int backlog) throws IOException {
        listener.channel().bind(address, backlog);
        return this;
    }

    @Override
    public <T> ServerSocketChannel setOption(SocketOption<T> name, T value) throws IOException {
        listener.channel().setOption(name, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        return listener.channel().getOption(name);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return listener.channel().supportedOptions();
    }

    @Override
    public ServerSocket socket() {
        return listener.channel().socket();
    }

    @Override
    public @Nullable SocketAddress getLocalAddress() throws IOException {
        return listener.channel().getLocalAddress();
    }
}
