package io.sharedstate.redis;

import io.sharedstate.SharedTopic;
import io.sharedstate.TopicMessage;
import io.sharedstate.TopicSubscription;
import io.sharedstate.redis.RedisTopic.Position;
import io.sharedstate.redis.RedisTopic.Read;
import io.sharedstate.redis.Wakeups.Sleeper;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where one subscriber is in a topic. Who waits is woken by what is published, and looks ten times a second. */
final class RedisSubscription<T> implements TopicSubscription<T> {

    private static final Logger LOG = LoggerFactory.getLogger(SharedTopic.class);

    private static final long FOREVER = Long.MAX_VALUE;
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final RedisTopic<T> topic;
    /** As whom it is counted. */
    private final byte[] me;
    /** Held by who begins or ends to be counted. */
    private final ReentrantLock counting = new ReentrantLock();

    private Position position;
    /** How many were missed before one that could not be read. */
    private long untold;

    private volatile long missed;
    private volatile boolean closed;

    RedisSubscription(RedisTopic<T> topic) {
        this.topic = topic;
        this.me = Bytes.of(topic.members().owner());
        this.position = topic.now();
        topic.subscribed(me);
    }

    @Override
    public @Nullable TopicMessage<T> poll() {
        requireOpen();
        Read read = topic.read(position);
        Position next = read.position;
        long expected = position.last() + 1;
        if (!next.epoch().equals(position.epoch())) {
            expected = 1;
            countAgain();
        }
        position = next;
        byte[] bytes = read.bytes;
        if (bytes == null) {
            return null;
        }
        missed(next.last() - expected);
        TopicMessage<T> message = topic.message(next.last(), bytes, untold);
        untold = 0;
        return message;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("this subscription of topic '" + topic.name() + "' is closed");
        }
    }

    /** The topic was removed, and with it the count. */
    private void countAgain() {
        counting.lock();
        try {
            requireOpen();
            topic.subscribed(me);
        } finally {
            counting.unlock();
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // by one thread at a time
    private void missed(long messages) {
        untold += messages;
        missed += messages;
    }

    @Override
    public @Nullable TopicMessage<T> poll(Duration timeout) throws InterruptedException {
        return await(TimeUnit.NANOSECONDS.convert(timeout));
    }

    @Override
    public TopicMessage<T> take() throws InterruptedException {
        while (true) {
            TopicMessage<T> message = await(FOREVER);
            if (message != null) {
                return message;
            }
        }
    }

    private @Nullable TopicMessage<T> await(long timeout) throws InterruptedException {
        long start = System.nanoTime();
        byte[] key = topic.thing().key();
        Sleeper sleeper = topic.wakeups().enter(key);
        try {
            while (true) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                TopicMessage<T> message = poll();
                long left = timeout - (System.nanoTime() - start);
                if (message != null || left <= 0) {
                    return message;
                }
                sleeper.sleep(Math.min(LOOK_NS, left));
            }
        } finally {
            topic.wakeups().leave(key, sleeper);
        }
    }

    @Override
    public void forEach(Consumer<? super TopicMessage<T>> listener) {
        boolean unreachable = false;
        while (!closed && !topic.members().isClosed()) {
            try {
                TopicMessage<T> message = take();
                unreachable = false;
                listener.accept(message);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (ServerUnavailableException e) {
                if (!unreachable && !closed && !topic.members().isClosed()) {
                    LOG.warn("topic '{}' can't be read; it goes on trying", topic.name(), e);
                }
                unreachable = true;
                LockSupport.parkNanos(LOOK_NS);
            } catch (RuntimeException e) {
                if (!closed && !topic.members().isClosed()) {
                    LOG.warn("a message of topic '{}' was not handled; it goes on with the next", topic.name(), e);
                }
            }
        }
    }

    @Override
    public long missed() {
        return missed;
    }

    @Override
    public void close() {
        counting.lock();
        try {
            if (!closed) {
                closed = true;
                topic.unsubscribed(me);
            }
        } finally {
            counting.unlock();
        }
    }

    @Override
    public String toString() {
        return "subscription of " + topic;
    }
}
