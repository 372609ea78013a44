package io.sharedstate;

import java.time.Duration;

/**
 * A message in work: this process has it until it is {@linkplain #done() done} or given back, or the process ends. Any thread may say so.
 *
 * <p>When the {@link SharedState} is closed, what is in work goes to others, as if the process had ended.
 */
public interface Delivery<T> extends AutoCloseable {

    /** @throws CodecException if the bytes can't be read as this type; give the message back then, by {@link #close()} for one */
    T value();

    /** How often the message was received, this time included; from 1 again once it was a dead letter. At most 255. */
    int attempts();

    /** Whether it was received before by anybody, who may have handled it, in part or whole. */
    boolean redelivered();

    /**
     * Says that the message is handled: it is in the queue no more.
     *
     * @throws IllegalStateException if it was done or given back already, or if the {@link SharedState} is closed: then somebody gets it
     *     again
     */
    void done();

    /**
     * Gives the message back, for anybody to receive after {@code delay}, to the millisecond; or as a dead letter if it has been received as often as
     * {@link QueueOptions#maxAttempts()} says.
     *
     * @throws IllegalStateException if it was done or given back already, or if the {@link SharedState} is closed: then somebody gets it
     *     again
     */
    void retry(Duration delay);

    /** Gives the message back without delay, unless it was done or given back. */
    @Override
    void close();
}
