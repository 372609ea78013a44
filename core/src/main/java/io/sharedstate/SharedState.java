package io.sharedstate;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One process's membership in the state that all processes of an application share, and the factory of everything in
 * it. The same name gives the same state in every process; asking twice in one process gives the same object.
 *
 * <p>Names match {@code [A-Za-z0-9._-]{1,64}}, don't begin with a dot and have no two dots in a row; each {@link Kind} has its own names. State outlives every process: it
 * is created by whoever asks first and stays until it is {@linkplain #remove removed}. What is asked for with other
 * sizes than it was created with keeps the sizes it has, with a warning.
 *
 * <p>All methods may be called by any thread, also virtual ones. Methods that create or open block while another
 * process creates something, for microseconds as a rule. They throw
 * {@link IllegalArgumentException} for a bad name, {@link IllegalStateException} once closed, and a
 * {@link SharedStateException} for what the state itself refuses.
 */
public interface SharedState extends AutoCloseable {

    /** The largest value, in bytes of its encoded form, that {@link #value(String, Class)} creates room for. */
    int DEFAULT_VALUE_SIZE = 4096;

    /** Creates the counter at 0, or joins it. */
    default SharedCounter counter(String name) {
        return counter(name, 0);
    }

    /** Creates the counter at {@code initial}, or joins it as it is. */
    SharedCounter counter(String name, long initial);

    /** Creates the adder at 0, or joins it. */
    SharedAdder adder(String name);

    /** Creates the lock, free, or joins it. */
    SharedLock lock(String name);

    /** Creates an empty value of at most {@value #DEFAULT_VALUE_SIZE} bytes, or joins it. */
    default <T> SharedValue<T> value(String name, Class<T> type) {
        return value(name, type, DEFAULT_VALUE_SIZE);
    }

    /**
     * Creates an empty value, or joins it.
     *
     * @param type {@code String}, {@code Long}, {@code byte[]}, or, when Jackson is there, any type it reads and writes
     * @param maxSize the largest encoded form in bytes; the value takes about four times as much
     */
    <T> SharedValue<T> value(String name, Class<T> type, int maxSize);

    /** Creates an empty value of at most {@code maxSize} encoded bytes, or joins it. */
    <T> SharedValue<T> value(String name, Codec<T> codec, int maxSize);

    /**
     * Creates a region of zeros, or joins it. On the engines that have memory to share only: {@code mapped} and
     * {@code heap}.
     *
     * @param size in bytes, rounded up to a multiple of 8
     */
    SharedRegion region(String name, int size);

    /** Creates the rate limiter with all its permits, or joins it as it is. */
    SharedRateLimiter rateLimiter(String name, RateLimit limit);

    /** Creates a rate limiter with a limit for each key, of {@link SharedKeyedRateLimiter#DEFAULT_SIZE}, or joins it. */
    default SharedKeyedRateLimiter keyedRateLimiter(String name, RateLimit limit) {
        return keyedRateLimiter(name, limit, SharedKeyedRateLimiter.DEFAULT_SIZE);
    }

    /**
     * Creates a rate limiter with a limit for each key, or joins it.
     *
     * @param maxSize in bytes, as {@link MapOptions#maxSize} of a map: each MiB remembers about 8,000 keys at once
     */
    SharedKeyedRateLimiter keyedRateLimiter(String name, RateLimit limit, long maxSize);

    /**
     * Creates the semaphore with all its permits, or joins it as it is.
     *
     * @param permits 1 to 16,777,215
     */
    SharedSemaphore semaphore(String name, int permits);

    /** Who has permits of a semaphore, whoever created it; empty if there is none. */
    Optional<SemaphoreStatus> semaphoreStatus(String name);

    /** Creates a topic of {@link TopicOptions#DEFAULT} without messages, or joins it. */
    default <T> SharedTopic<T> topic(String name, Class<T> type) {
        return topic(name, type, TopicOptions.DEFAULT);
    }

    /**
     * Creates a topic without messages, or joins it.
     *
     * @param type {@code String}, {@code Long}, {@code byte[]}, or, when Jackson is there, any type it reads and writes
     */
    <T> SharedTopic<T> topic(String name, Class<T> type, TopicOptions options);

    /** Creates a topic without messages, or joins it. */
    <T> SharedTopic<T> topic(String name, Codec<T> codec, TopicOptions options);

    /** What became of a topic, whatever its type, and whoever created it; empty if there is none. */
    Optional<TopicStatistics> topicStatistics(String name);

    /** Creates an empty map of {@link MapOptions#DEFAULT}, or joins it. */
    default <K, V> SharedMap<K, V> map(String name, Class<K> keyType, Class<V> valueType) {
        return map(name, keyType, valueType, MapOptions.DEFAULT);
    }

    /**
     * Creates an empty map, or joins it.
     *
     * @param keyType {@code String}, {@code Long}, {@code byte[]}, or, when Jackson is there, any type it reads and writes, always
     *     to the same bytes
     * @param valueType the same, but for the bytes
     */
    <K, V> SharedMap<K, V> map(String name, Class<K> keyType, Class<V> valueType, MapOptions options);

    /** Creates an empty map, or joins it; the keys' codec must make the same bytes of equal keys. */
    <K, V> SharedMap<K, V> map(String name, Codec<K> keyCodec, Codec<V> valueCodec, MapOptions options);

    /** What became of a map, whatever its types, and whoever created it; empty if there is none. */
    Optional<MapStatistics> mapStatistics(String name);

    /** Creates an empty queue of {@link QueueOptions#DEFAULT}, or joins it. */
    default <T> SharedQueue<T> queue(String name, Class<T> type) {
        return queue(name, type, QueueOptions.DEFAULT);
    }

    /**
     * Creates an empty queue, or joins it.
     *
     * @param type {@code String}, {@code Long}, {@code byte[]}, or, when Jackson is there, any type it reads and writes
     */
    <T> SharedQueue<T> queue(String name, Class<T> type, QueueOptions options);

    /** Creates an empty queue, or joins it. */
    <T> SharedQueue<T> queue(String name, Codec<T> codec, QueueOptions options);

    /** What is in a queue, whatever its type, and whoever created it; empty if there is none. */
    Optional<QueueStatistics> queueStatistics(String name);

    /**
     * A queue that there is, whatever its type, and whoever created it; empty if there is none. Its messages are their bytes. For tools: to see
     * its dead letters, and to say what becomes of them.
     */
    Optional<SharedQueue<byte[]>> findQueue(String name);

    /** The names that exist, sorted, whichever process created them. */
    List<String> names(Kind kind);

    /**
     * Removes a name and what it holds; asked for again it begins anew. Objects that processes already hold go on to
     * work: a counter, adder, lock, value, map, queue, semaphore or topic acts on the new state of that name once there is one, a
     * region's buffer fails to be had again.
     *
     * @return whether it existed
     * @throws IllegalStateException if a lock is held, a value, region, map, queue or topic is locked, or permits of a
     *     semaphore are in use
     */
    boolean remove(Kind kind, String name);

    /** Who is attached. */
    Members members();

    /**
     * Calls {@code listener} for every {@link SharedStateEvent} from now on, on a thread of this state's own, in order; what it
     * throws is logged. Joins, leaves and deaths are noticed within a second or so.
     */
    void addListener(Consumer<? super SharedStateEvent> listener);

    /** {@code mapped}, {@code heap}, ... */
    String engine();

    /** Where the state is, for a person to read: the directory of the mapped engine. */
    String location();

    /** Bytes that the state takes, all names together. */
    long size();

    /**
     * What is wrong with the state as a whole, each a sentence with what to do; empty when all is well. The mapped engine
     * looks whether its directory and files are still those that it opened.
     */
    List<String> problems();

    /**
     * Leaves. The names and what they hold stay; whatever was handed out fails from now on with
     * {@link IllegalStateException}. A member leaves only when none of its threads holds a lock, and no permit of a
     * semaphore is in use by it: this waits up to ten seconds for that; after that it stays a member until the process ends, and the
     * locks are then found abandoned.
     *
     * @throws IllegalStateException if the calling thread itself holds a lock
     */
    @Override
    void close();
}
