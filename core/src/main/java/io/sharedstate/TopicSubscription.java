package io.sharedstate;

import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one subscriber has read of a {@link SharedTopic}. For one thread at a time, but for {@link #close()}; each thread may have a
 * subscription of its own.
 *
 * <p>Who waits for a message looks for it: at first all the time, then up to a thousand times a second, which takes 2 to 3 % of a core.
 *
 * <p>When the topic is {@linkplain SharedState#remove removed}, a subscription goes on with the first message of the new topic of that
 * name, whose number is 1.
 */
public interface TopicSubscription<T> extends AutoCloseable {

    /**
     * The next message; null if there is none yet.
     *
     * @throws CodecException if its bytes can't be read; the next call gives the message after it
     * @throws IllegalStateException once closed
     */
    @Nullable
    TopicMessage<T> poll();

    /** The same; waits for a message at most that long. */
    @Nullable
    TopicMessage<T> poll(Duration timeout) throws InterruptedException;

    /** The same; waits for a message. */
    TopicMessage<T> take() throws InterruptedException;

    /**
     * Gives each message to {@code listener}, on the calling thread, until the subscription or the {@link SharedState} is closed
     * or the thread is interrupted. What the listener throws, and what can't be read, is logged, and it goes on with the next.
     *
     * <pre>{@code
     * thread.execute(() -> topic.subscribe().forEach(message -> refresh(message.value())));
     * }</pre>
     */
    void forEach(Consumer<? super TopicMessage<T>> listener);

    /** How many messages it has missed, all together. */
    long missed();

    /** Ends it; by any thread. Who waits for a message gets an {@link IllegalStateException}. */
    @Override
    void close();
}
