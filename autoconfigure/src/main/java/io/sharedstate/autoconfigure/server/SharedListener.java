package io.sharedstate.autoconfigure.server;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a server listens on when it shares its port. Its {@link #accept()} is ended by {@link #unlock()}: a connection to its own port, which
 * is how Tomcat ends it elsewhere, would reach any of the processes that share the port.
 */
abstract class SharedListener implements Closeable {

    private static final int KNOCK_MS = 20;

    private final ServerSocketChannel channel;
    private final Selector selector;
    private final ReentrantLock accepting = new ReentrantLock();
    private final CountDownLatch unlocked = new CountDownLatch(1);
    private volatile boolean open = true;

    /** Listens on a channel that is bound and doesn't block. */
    SharedListener(ServerSocketChannel channel) throws IOException {
        this.channel = channel;
        try {
            selector = Selector.open();
            try {
                channel.register(selector, SelectionKey.OP_ACCEPT);
            } catch (Throwable failure) {
                selector.close();
                throw failure;
            }
        } catch (Throwable failure) {
            release();
            throw failure;
        }
    }

    final ServerSocketChannel channel() {
        return channel;
    }

    /** Waits for a connection. Once unlocked, and only then, null. */
    final @Nullable SocketChannel accept() throws IOException, InterruptedException {
        try {
            while (unlocked.getCount() > 0) {
                SocketChannel connection = tryAccept();
                if (connection != null) {
                    return connection;
                }
                selector.select(key -> {});
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
        } catch (ClosedSelectorException | ClosedChannelException e) {
            if (selector.isOpen()) {
                throw e;
            }
            unlocked.await();
        }
        return null;
    }

    private @Nullable SocketChannel tryAccept() throws IOException {
        accepting.lock();
        try {
            if (!selector.isOpen()) {
                throw new ClosedSelectorException();
            }
            return channel.accept();
        } finally {
            accepting.unlock();
        }
    }

    final void unlock() {
        unlocked.countDown();
        selector.wakeup();
    }

    /**
     * Takes no more connections, but for those that would be lost, which it gives to {@code last}, and closes this. Until it is unlocked,
     * {@link #accept()} then only waits.
     */
    final void leave(Consumer<SocketChannel> last) throws IOException {
        try (this) {
            stopAccepting();
            drain(last);
        }
    }

    /** The selector comes before the channel also because a channel goes on listening after it was closed while a selector knows it. */
    private void stopAccepting() throws IOException {
        selector.close();
        try {
            for (int i = 0; i < 50 && !accepting.tryLock(KNOCK_MS, TimeUnit.MILLISECONDS); i++) {
                wakeAcceptor();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (accepting.isHeldByCurrentThread()) {
            accepting.unlock();
        }
    }

    /** Gets a thread out of {@code accept(2)}, which doesn't wait unless somebody else made it. */
    abstract void wakeAcceptor() throws IOException;

    abstract void drain(Consumer<SocketChannel> last) throws IOException;

    abstract void release() throws IOException;

    final boolean isOpen() {
        return open;
    }

    @Override
    public final void close() throws IOException {
        if (open) {
            try (selector) {
                selector.close();
                release();
            } finally {
                open = false;
            }
        }
    }
}
