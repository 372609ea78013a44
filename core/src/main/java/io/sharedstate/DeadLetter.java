package io.sharedstate;

import java.time.Instant;

/** A message that was received in vain too often. It stays in its queue, and is received no more, until somebody says what becomes of it. */
public interface DeadLetter<T> {

    /** @throws CodecException if the bytes can't be read as this type */
    T value();

    /** How often it was received. */
    int attempts();

    /** When it was offered, to a quarter of a second. */
    Instant offered();

    /**
     * Puts it back into the queue, to be received again, with no attempts made but as redelivered.
     *
     * @return whether it was still a dead letter
     */
    boolean requeue();

    /**
     * Removes it.
     *
     * @return whether it was still a dead letter
     */
    boolean remove();
}
