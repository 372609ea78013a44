package io.sharedstate;

/**
 * Messages to everybody: each one goes, numbered, to every subscription that there is in any process at that moment, and those that
 * come later don't get it.
 *
 * <p>The topic keeps as many of the newest messages as its size has room for. Publishing waits for no subscriber: one that is slower than
 * that for too long misses messages, goes on with the newest one, and is told {@linkplain TopicMessage#missed() how many} it
 * missed. What it gets is always a whole message, in the order of the numbers, and none of them twice.
 *
 * <p>Messages are numbered from 1, without a gap, in the order in which they were published by all processes together. A message is
 * published, as a whole, when {@link #publish} returns; a process that is killed before has published it or not, and the next one
 * publishes with the next number.
 *
 * <p>Publishing takes the topic's lock for the time of a copy, which a process could be stopped in. Reading takes no lock.
 */
public interface SharedTopic<T> {

    String name();

    /**
     * Publishes a message, which isn't null.
     *
     * @return its number
     * @throws ValueTooLargeException if it is larger than {@link #maxMessageSize()}
     */
    long publish(T message);

    /** Subscribes to what is published from now on, until it is closed. Each is for one thread at a time. */
    TopicSubscription<T> subscribe();

    /** The largest message, as encoded, in bytes: nearly an eighth of the topic. */
    int maxMessageSize();

    /** What became of the topic's messages, whoever published them. */
    TopicStatistics statistics();
}
