package io.sharedstate.redis;

import io.sharedstate.Delivery;
import io.sharedstate.SharedQueue;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A message that a thread of this process has received. */
final class RedisDelivery<T> implements Delivery<T> {

    private static final Logger LOG = LoggerFactory.getLogger(SharedQueue.class);

    private static final Script<Long> DONE = Script.number("queue-done");
    private static final Script<Long> RETRY = Script.number("queue-retry");

    /** What the scripts say. */
    private static final long NOT_MINE = 0;

    private static final long DEAD_LETTER = 2;

    /** So long that nobody lives to see it, and the server still counts exactly. */
    private static final long LONGEST_DELAY_MS = 1L << 50;

    /** By what the server knows that the message is this one's. */
    @SuppressWarnings("ArrayRecordComponent")
    record Receipt(String created, String owner, byte[] id, int attempts, boolean redelivered) {}

    private final RedisQueue<T> queue;
    private final Receipt receipt;
    private final byte[] bytes;
    private final AtomicBoolean settled = new AtomicBoolean();
    private @Nullable T value;

    RedisDelivery(RedisQueue<T> queue, Receipt receipt, byte[] bytes) {
        this.queue = queue;
        this.receipt = receipt;
        this.bytes = bytes;
    }

    @Override
    public T value() {
        T known = value;
        if (known == null) {
            known = queue.decode(bytes, attempts());
            value = known;
        }
        return known;
    }

    @Override
    public int attempts() {
        return receipt.attempts();
    }

    @Override
    public boolean redelivered() {
        return receipt.redelivered();
    }

    @Override
    public void done() {
        beginToSettle();
        settle(
                DONE,
                queue.thing().keys(RedisQueue.MESSAGES, Waiting.WAITERS),
                Bytes.of(RedisQueue.takes(bytes)),
                queue.wakeups().channel());
    }

    @Override
    public void retry(Duration delay) {
        if (delay.isNegative()) {
            throw new IllegalArgumentException("a delay of " + delay + ": expected none, or more");
        }
        beginToSettle();
        long delayMs = Math.min(LONGEST_DELAY_MS, TimeUnit.MILLISECONDS.convert(delay));
        long answer = settle(
                RETRY,
                queue.thing().keys(RedisQueue.MESSAGES, RedisQueue.LATER, Waiting.WAITERS),
                Bytes.of(queue.maxAttempts()),
                Bytes.of(delayMs),
                queue.wakeups().channel());
        if (answer == DEAD_LETTER) {
            LOG.warn(
                    "a message of queue '{}', of {} bytes, is a dead letter now: it was received {} times and never done",
                    queue.name(),
                    bytes.length,
                    attempts());
        }
    }

    private void beginToSettle() {
        queue.members().requireOpen();
        if (!settled.compareAndSet(false, true)) {
            throw new IllegalStateException(
                    "queue '" + queue.name() + "': this message was done or given back already; say so once");
        }
    }

    private long settle(Script<Long> script, List<byte[]> keys, byte[]... more) {
        byte[][] arguments = new byte[4 + more.length][];
        arguments[0] = Bytes.of(receipt.created());
        arguments[1] = Bytes.of(receipt.owner());
        arguments[2] = receipt.id();
        arguments[3] = Bytes.of(attempts());
        System.arraycopy(more, 0, arguments, 4, more.length);
        Long answer = queue.thing().runAsItIs(script, keys, arguments);
        if (answer == null || answer == NOT_MINE) {
            throw new IllegalStateException("queue '" + queue.name()
                    + "': this message went to somebody else, as the process that received it was taken for dead, or its"
                    + " SharedState was closed");
        }
        return answer;
    }

    @Override
    public void close() {
        if (!queue.members().isClosed() && !settled.get()) {
            retry(Duration.ZERO);
        }
    }

    @Override
    public String toString() {
        return "Delivery of queue '" + queue.name() + "', attempt " + attempts();
    }
}
