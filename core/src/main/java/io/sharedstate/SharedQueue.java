package io.sharedstate;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A queue that all processes have together, bounded in size: many producers, many consumers, each message to one consumer, at least
 * once.
 *
 * <p>A message is in work from when it is received until its {@link Delivery} is {@linkplain Delivery#done() done}. If
 * the process that has it dies or leaves before, the next one that receives gets it, at once and marked as {@linkplain
 * Delivery#redelivered() redelivered}; a process that is merely stopped, however long, keeps it. What was received
 * {@link QueueOptions#maxAttempts()} times in vain becomes a <em>dead letter</em>, which is kept until it is put back or removed.
 *
 * <pre>{@code
 * try (Delivery<Order> delivery = queue.receive()) {
 *     confirm(delivery.value());
 *     delivery.done();
 * } // if confirm throws, the message is given back
 * }</pre>
 *
 * <p>First in, first out, all producers together, but for what is redelivered: that comes before what is new, in no particular order.
 * A message is in the queue, as a whole, when the method that offers it returns; a producer that is killed before has offered it or not.
 *
 * <p>Messages are kept as the bytes that their {@linkplain Codec codec} makes of them; what is received is a new copy. All of
 * them, also those in work, those that wait to be retried and the dead letters, take room until they are done; so there
 * always is room to give one back. Null is no message.
 *
 * <p>Methods that wait can be interrupted. Offering and receiving take a lock each, for the time of a copy; a stopped
 * process can hold one of these. In each process one thread at a time looks whether there is something
 * to receive, some hundred times a second, and the others wait for that one.
 */
public interface SharedQueue<T> {

    String name();

    /**
     * Offers a message, if there is room for it at this moment.
     *
     * @return whether it is in the queue
     * @throws ValueTooLargeException if it is larger than {@link #maxMessageSize()}
     */
    boolean offer(T message);

    /**
     * Offers a message, and waits for room at most that long.
     *
     * @return whether it is in the queue
     * @throws ValueTooLargeException if it is larger than {@link #maxMessageSize()}
     */
    boolean offer(T message, Duration timeout) throws InterruptedException;

    /**
     * Offers all of these or none, with nothing else between them, at one moment; far cheaper than one by one. Waits for room at most
     * that long.
     *
     * @return whether they are in the queue
     * @throws ValueTooLargeException if one is larger than {@link #maxMessageSize()}
     */
    boolean offerAll(Collection<? extends T> messages, Duration timeout) throws InterruptedException;

    /**
     * Offers a message.
     *
     * @throws QueueFullException if there is no room for it, saying what takes it
     * @throws ValueTooLargeException if it is larger than {@link #maxMessageSize()}
     */
    void add(T message);

    /**
     * Offers a message, and waits for room.
     *
     * @throws ValueTooLargeException if it is larger than {@link #maxMessageSize()}
     */
    void put(T message) throws InterruptedException;

    /**
     * Receives a message that is then done; null if there is none. One whose bytes can't be read is given back.
     *
     * @throws CodecException if its bytes can't be read
     */
    @Nullable
    T poll();

    /** The same; waits for a message at most that long. */
    @Nullable
    T poll(Duration timeout) throws InterruptedException;

    /** The same; waits for a message. */
    T take() throws InterruptedException;

    /** Receives a message, waiting for one. */
    Delivery<T> receive() throws InterruptedException;

    /** Receives a message, waiting for one at most that long; empty if there was none. */
    Optional<Delivery<T>> receive(Duration timeout) throws InterruptedException;

    /**
     * Receives as many messages as there are, up to {@code max}; waits for the first one at most that long. Far cheaper than one by
     * one. All of them are in work from then on.
     *
     * @return in the order in which they are to be handled
     */
    List<Delivery<T>> receive(int max, Duration timeout) throws InterruptedException;

    /** The dead letters that were offered first, at most {@code max}. */
    List<DeadLetter<T>> deadLetters(int max);

    /**
     * Puts all dead letters back into the queue, as {@link DeadLetter#requeue()} does.
     *
     * @return how many there were
     */
    int requeueDeadLetters();

    /**
     * Removes all dead letters.
     *
     * @return how many there were
     */
    int removeDeadLetters();

    /** The largest message, as encoded, in bytes: nearly a quarter of the queue. */
    int maxMessageSize();

    /** What is in the queue, and what became of it. */
    QueueStatistics statistics();
}
