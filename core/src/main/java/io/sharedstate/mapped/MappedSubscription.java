package io.sharedstate.mapped;

import io.sharedstate.SharedTopic;
import io.sharedstate.TopicMessage;
import io.sharedstate.TopicSubscription;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A place in a topic's ring, which moves to the ring of the new topic of that name when the topic is removed. */
final class MappedSubscription<T> implements TopicSubscription<T> {

    private static final Logger LOG = LoggerFactory.getLogger(SharedTopic.class);

    private static final long FOREVER = Long.MAX_VALUE;

    private final MappedTopic<T> topic;
    /** Held by who begins or ends to be counted. */
    private final ReentrantLock counting = new ReentrantLock();

    private TopicFile file;
    private TopicCursor cursor;
    /** How many were missed before one that could not be read. */
    private long untold;

    private volatile long missed;
    private volatile boolean closed;

    MappedSubscription(MappedTopic<T> topic) {
        this.topic = topic;
        this.file = topic.opened();
        this.cursor = file.ring().fromNowOn();
        file.subscribed(1);
    }

    @Override
    public @Nullable TopicMessage<T> poll() {
        requireOpen();
        TopicFile current = topic.opened();
        if (current != file) {
            moveTo(current);
        }
        long expected = cursor.number();
        byte[] bytes = cursor.next();
        if (bytes == null) {
            return null;
        }
        long number = cursor.number() - 1;
        if (number > expected) {
            missed(number - expected);
        }
        T value = topic.decode(number, bytes);
        TopicMessage<T> message = new TopicMessage<>(number, value, untold);
        untold = 0;
        return message;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("this subscription of topic '" + topic.name() + "' is closed");
        }
    }

    private void moveTo(TopicFile next) {
        counting.lock();
        try {
            requireOpen();
            file = next;
            cursor = next.ring().fromTheBeginning();
            next.subscribed(1);
        } finally {
            counting.unlock();
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // by one thread at a time
    private void missed(long messages) {
        untold += messages;
        missed += messages;
        file.missed(messages);
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
        for (int round = 0; ; round = Pause.next(round)) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            TopicMessage<T> message = poll();
            long left = timeout - (System.nanoTime() - start);
            if (message != null || left <= 0) {
                return message;
            }
            Pause.after(round, Pause.FOR_A_MESSAGE_NS, left);
        }
    }

    @Override
    public void forEach(Consumer<? super TopicMessage<T>> listener) {
        while (!closed && !topic.isClosed()) {
            try {
                listener.accept(take());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (RuntimeException e) {
                if (!closed && !topic.isClosed()) {
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
                file.subscribed(-1);
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
