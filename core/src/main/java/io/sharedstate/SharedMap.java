package io.sharedstate;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A {@link ConcurrentMap} that all processes have together, bounded in size, whose entries may expire. Everything that is written
 * about memory effects there holds here between processes.
 *
 * <p>Keys and values are kept as the bytes that their {@linkplain Codec codecs} make of them. Two keys are the same if their bytes
 * are; values are compared by {@link java.util.Objects#deepEquals}. What is read is a new copy each time. Null is
 * neither a key nor a value.
 *
 * <p>Reading takes no lock. Changes wait for each other behind the lock of a segment, one of many parts that keys are spread over by
 * their hash. A process that is killed while it changes an entry leaves the old one or the new one, never a mixture, and what
 * it held is taken over at once. Iterators are weakly consistent, and never throw
 * {@link java.util.ConcurrentModificationException}: each shows every entry that was there all the while, once.
 *
 * <p>An entry that has expired is as if it weren't there, but {@link #size()} may count it until somebody comes
 * across it or {@link #evictExpired()} removes it. Every write without a time to live starts the one from
 * {@link MapOptions#ttl()} anew.
 *
 * <p>When an entry doesn't fit, what has expired goes first; after that {@link MapOptions#whenFull()} counts. An entry that
 * is replaced needs room beside the old one. What a method throws has changed nothing:
 *
 * <ul>
 *   <li>{@link MapFullException}, if the map refuses when full, and is;
 *   <li>{@link ValueTooLargeException}, if key and value together are larger than {@link #maxEntrySize()};
 *   <li>{@link CodecException}, if what is there has to be read for it and can't be. Yet {@link #put} and {@link #remove(Object)} go
 *       through, so that such an entry can be replaced and removed; what was there then counts as null, with a warning.
 *   <li>{@link IllegalStateException}, if called within a function given to a method of the same map, unless it only reads.
 * </ul>
 *
 * <p>A function given to {@code compute}, {@code computeIfAbsent}, {@code computeIfPresent} or {@code merge} is called once, with the segment's lock held: it
 * should be short. What it throws goes to the caller, and the entry is as it was. It may change other maps, though
 * two that do so in each other's functions can wait for each other for ever.
 */
public interface SharedMap<K, V> extends ConcurrentMap<K, V> {

    String name();

    /** @param ttl how long the entry lives, to the millisecond, whatever the map's default */
    @Nullable
    V put(K key, V value, Duration ttl);

    /** @param ttl how long the entry lives if it is put, to the millisecond, whatever the map's default */
    @Nullable
    V putIfAbsent(K key, V value, Duration ttl);

    /**
     * Lets an entry live that long from now on, longer or shorter than it would have; cheaper than to write it again.
     *
     * @return whether there is such an entry
     */
    boolean touch(K key, Duration ttl);

    /** How long an entry still lives; empty if there is none, or if it lives until it is removed. */
    Optional<Duration> expiry(K key);

    /**
     * Removes all entries that have expired. Nobody has to call this: it only gives their room back before it is needed.
     *
     * @return how many there were
     */
    long evictExpired();

    /**
     * Copies a value's encoded form into a buffer, from its position on, and sets its limit behind it; no object is made, if
     * the key's codec makes none ({@code byte[]}).
     *
     * <pre>{@code
     * if (map.read(key, buffer.clear())) {
     *     ... // buffer.remaining() bytes
     * }
     * }</pre>
     *
     * @return whether there is such an entry; if not, the buffer is as it was
     * @throws java.nio.BufferOverflowException if the value has more bytes than there are from the position to the capacity
     */
    boolean read(K key, ByteBuffer into);

    @Override
    @Nullable
    V compute(K key, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> remapping);

    @Override
    @Nullable
    V computeIfAbsent(K key, Function<? super K, ? extends @Nullable V> mapping);

    @Override
    @Nullable
    V computeIfPresent(K key, BiFunction<? super K, ? super V, ? extends @Nullable V> remapping);

    @Override
    @Nullable
    V merge(K key, V value, BiFunction<? super V, ? super V, ? extends @Nullable V> remapping);

    /** The largest key and value together, as encoded, in bytes: nearly a quarter of a segment's log. */
    int maxEntrySize();

    /** What became of the map since it was created, by all processes together. */
    MapStatistics statistics();
}
