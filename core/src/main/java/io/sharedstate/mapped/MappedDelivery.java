package io.sharedstate.mapped;

import io.sharedstate.Codec;
import io.sharedstate.CodecException;
import io.sharedstate.Delivery;
import io.sharedstate.mapped.QueueRing.Received;
import io.sharedstate.mapped.layout.QueueLayout;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A message that a thread of this process has received. */
final class MappedDelivery<T> implements Delivery<T> {

    private final String queue;
    private final QueueFile file;
    private final Received received;
    private final Codec<T> codec;
    private final int maxAttempts;
    private final Membership members;
    private final AtomicBoolean settled = new AtomicBoolean();
    private @Nullable T value;

    MappedDelivery(
            String queue, QueueFile file, Received received, Codec<T> codec, int maxAttempts, Membership members) {
        this.queue = queue;
        this.file = file;
        this.received = received;
        this.codec = codec;
        this.maxAttempts = maxAttempts;
        this.members = members;
    }

    @Override
    public T value() {
        T known = value;
        if (known == null) {
            known = decode(queue, codec, received.bytes(), attempts());
            value = known;
        }
        return known;
    }

    static <T> T decode(String queue, Codec<T> codec, byte[] bytes, int attempts) {
        try {
            return codec.decode(bytes);
        } catch (RuntimeException e) {
            throw new CodecException(
                    "queue '" + queue + "': a message of " + bytes.length + " bytes, received " + attempts
                            + " times, can't be read as it is asked for (" + e
                            + "); it may be from a version of the application with another class: given back often enough,"
                            + " it becomes a dead letter",
                    e);
        }
    }

    @Override
    public int attempts() {
        return QueueLayout.attempts(received.state());
    }

    @Override
    public boolean redelivered() {
        return QueueLayout.isRedelivered(received.state());
    }

    @Override
    public void done() {
        settle();
        require(file.ring().done(received));
    }

    @Override
    public void retry(Duration delay) {
        if (delay.isNegative()) {
            throw new IllegalArgumentException("a delay of " + delay + ": expected none, or more");
        }
        settle();
        long delayMs = TimeUnit.MILLISECONDS.convert(delay);
        require(file.consuming(ring -> ring.retry(received, delayMs, maxAttempts)));
    }

    private void settle() {
        members.requireOpen();
        if (!settled.compareAndSet(false, true)) {
            throw new IllegalStateException(
                    "queue '" + queue + "': this message was done or given back already; say so once");
        }
    }

    private void require(boolean still) {
        if (!still) {
            throw new IllegalStateException("queue '" + queue
                    + "': this message went to somebody else, as the SharedState that received it was closed");
        }
    }

    @Override
    public void close() {
        if (!members.isClosed() && !settled.get()) {
            retry(Duration.ZERO);
        }
    }

    @Override
    public String toString() {
        return "Delivery of queue '" + queue + "', attempt " + attempts();
    }
}
