package io.sharedstate.redis;

import io.sharedstate.Codec;
import io.sharedstate.MapStatistics;
import io.sharedstate.ValueTooLargeException;
import io.sharedstate.engine.TypedMap;
import io.sharedstate.redis.RedisEntries.Change;
import io.sharedstate.redis.RedisEntries.Computed;
import io.sharedstate.redis.RedisEntries.Encoded;
import io.sharedstate.redis.RedisEntries.If;
import io.sharedstate.redis.RedisEntries.Page;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A map of {@link RedisEntries}. */
final class RedisMap<K, V> extends TypedMap<K, V> {

    /** Half of what the server takes at most, as a key is in an index as well. */
    private static final int LARGEST_ENTRY = 1 << 28;

    /** Who writes for longer, writes for ever: the server wouldn't count exactly. */
    private static final long LONGEST_TTL_MS = 1L << 50;

    private static final byte[] NOTHING = {};

    private final RedisEntries entries;
    private final @Nullable Long ttlMs;

    RedisMap(RedisEntries entries, Codec<K> keys, Codec<V> values, @Nullable Duration ttl) {
        super(keys, values);
        this.entries = entries;
        this.ttlMs = ttl == null ? null : ms(ttl);
    }

    private static @Nullable Long ms(Duration ttl) {
        long ms = TimeUnit.MILLISECONDS.convert(positive(ttl));
        return ms > LONGEST_TTL_MS ? null : Math.max(1, ms);
    }

    @Override
    public String name() {
        return entries.thing().name();
    }

    @Override
    public int maxEntrySize() {
        return LARGEST_ENTRY;
    }

    // reading

    @Override
    public @Nullable V get(Object key) {
        byte[] found = counted(encodeKey(key));
        return found == null ? null : decode(key, found);
    }

    @Override
    public boolean read(K key, ByteBuffer into) {
        byte[] found = counted(encodeKey(key));
        if (found == null) {
            return false;
        }
        if (found.length > into.capacity() - into.position()) {
            throw new BufferOverflowException();
        }
        int start = into.position();
        into.limit(start + found.length).put(found).position(start);
        return true;
    }

    private byte @Nullable [] counted(byte[] key) {
        byte[] found = entries.get(key);
        entries.count(found != null);
        return found;
    }

    @Override
    public boolean containsKey(Object key) {
        return entries.contains(encodeKey(key));
    }

    @Override
    public Optional<Duration> expiry(K key) {
        long ttl = entries.ttlMs(encodeKey(key));
        return ttl < 0 ? Optional.empty() : Optional.of(Duration.ofMillis(ttl));
    }

    @Override
    public int size() {
        return (int) Math.min(Integer.MAX_VALUE, entries.size());
    }

    // writing

    @Override
    public @Nullable V put(K key, V value) {
        return put(key, value, ttlMs);
    }

    @Override
    public @Nullable V put(K key, V value, Duration ttl) {
        return put(key, value, ms(ttl));
    }

    private @Nullable V put(K key, V value, @Nullable Long ttlMs) {
        byte[] before = put(If.ANY, key, value, ttlMs);
        return before == null ? null : decodeIfPossible(key, before);
    }

    @Override
    public @Nullable V putIfAbsent(K key, V value) {
        return putIfAbsent(key, value, ttlMs);
    }

    @Override
    public @Nullable V putIfAbsent(K key, V value, Duration ttl) {
        return putIfAbsent(key, value, ms(ttl));
    }

    private @Nullable V putIfAbsent(K key, V value, @Nullable Long ttlMs) {
        byte[] before = put(If.ABSENT, key, value, ttlMs);
        return before == null ? null : decode(key, before);
    }

    @Override
    public boolean touch(K key, Duration ttl) {
        return entries.touch(encodeKey(key), ms(ttl));
    }

    @Override
    public @Nullable V remove(Object key) {
        byte[] before = entries.change(encodeKey(key), Change.REMOVE).before();
        return before == null ? null : decodeIfPossible(key, before);
    }

    @Override
    public boolean remove(Object key, @Nullable Object value) {
        return value != null
                && changeIfEqual(key, encodeKey(key), value, same -> new Change(If.SAME, same, null, null));
    }

    @Override
    protected boolean removeKey(Object key) {
        return entries.change(encodeKey(key), Change.REMOVE).before() != null;
    }

    @Override
    public @Nullable V replace(K key, V value) {
        byte[] before = put(If.PRESENT, key, value, ttlMs);
        return before == null ? null : decodeIfPossible(key, before);
    }

    @Override
    public boolean replace(K key, V oldValue, V newValue) {
        Objects.requireNonNull(oldValue);
        byte[] encodedKey = encodeKey(key);
        byte[] encoded = fitting(encodedKey, newValue);
        return changeIfEqual(key, encodedKey, oldValue, same -> new Change(If.SAME, same, ttlMs, encoded));
    }

    /** Changes an entry if its value is that one, and its bytes still are those that were seen. */
    private boolean changeIfEqual(Object key, byte[] encodedKey, Object value, Function<byte[], Change> change) {
        entries.requireNotComputing();
        while (true) {
            byte[] there = entries.get(encodedKey);
            if (there == null || !Objects.deepEquals(decode(key, there), value)) {
                return false;
            }
            if (entries.change(encodedKey, change.apply(there)).done()) {
                return true;
            }
        }
    }

    @Override
    public @Nullable V computeIfAbsent(K key, Function<? super K, ? extends @Nullable V> mapping) {
        Objects.requireNonNull(mapping);
        V there = get(key);
        return there != null ? there : compute(key, before -> before == null ? mapping.apply(key) : before, false);
    }

    @Override
    public @Nullable V computeIfPresent(K key, BiFunction<? super K, ? super V, ? extends @Nullable V> remapping) {
        Objects.requireNonNull(remapping);
        return compute(key, before -> before == null ? null : remapping.apply(key, before), true);
    }

    @Override
    public @Nullable V compute(K key, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> remapping) {
        Objects.requireNonNull(remapping);
        return compute(key, before -> remapping.apply(key, before), true);
    }

    @Override
    public @Nullable V merge(K key, V value, BiFunction<? super V, ? super V, ? extends @Nullable V> remapping) {
        Objects.requireNonNull(value);
        Objects.requireNonNull(remapping);
        return compute(key, before -> before == null ? value : remapping.apply(before, value), true);
    }

    /** What a function makes of the value that is there takes its place, or only takes the place of none. */
    private @Nullable V compute(K key, Function<@Nullable V, ? extends @Nullable V> function, boolean alsoIfThere) {
        byte[] encodedKey = encodeKey(key);
        return entries.compute(encodedKey, there -> {
            V before = there == null ? null : decode(key, there);
            V after = entries.<@Nullable V>computing(() -> function.apply(before));
            if (after == null) {
                return new Computed<V>(Change.REMOVE, null);
            }
            If when = alsoIfThere ? If.ANY : If.ABSENT;
            return new Computed<V>(Change.put(when, ttlMs, fitting(encodedKey, after)), after);
        });
    }

    /** What was there before. */
    private byte @Nullable [] put(If when, K key, V value, @Nullable Long ttlMs) {
        byte[] encodedKey = encodeKey(key);
        return entries.change(encodedKey, Change.put(when, ttlMs, fitting(encodedKey, value)))
                .before();
    }

    private byte[] fitting(byte[] key, V value) {
        byte[] encoded = encode(value);
        if ((long) key.length + encoded.length > LARGEST_ENTRY) {
            throw new ValueTooLargeException("map '" + name() + "': a key of " + key.length + " bytes and a value of "
                    + encoded.length + " don't fit into the " + LARGEST_ENTRY + " that an entry can have");
        }
        return encoded;
    }

    // all entries

    @Override
    public long evictExpired() {
        return entries.evictExpired();
    }

    @Override
    public void clear() {
        entries.clear();
    }

    @Override
    public MapStatistics statistics() {
        return entries.statistics();
    }

    @Override
    protected <T> Iterator<T> iterator(boolean withValues, BiFunction<byte[], byte[], T> view) {
        return new Walk<>(withValues, view);
    }

    /** Goes through the map in the order of the keys' bytes, some entries at a time. */
    private final class Walk<T> implements Iterator<T> {

        private final boolean withValues;
        private final BiFunction<byte[], byte[], T> view;
        private Page page;
        private int next;
        private byte @Nullable [] last;

        Walk(boolean withValues, BiFunction<byte[], byte[], T> view) {
            this.withValues = withValues;
            this.view = view;
            this.page = entries.first(withValues);
        }

        @Override
        public boolean hasNext() {
            while (next == page.entries().size() && !page.isLast()) {
                page = entries.after(page, withValues);
                next = 0;
            }
            return next < page.entries().size();
        }

        @Override
        public T next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Encoded entry = page.entries().get(next++);
            last = entry.key();
            byte[] value = entry.value();
            return view.apply(entry.key(), value == null ? NOTHING : value);
        }

        @Override
        public void remove() {
            byte[] key = last;
            if (key == null) {
                throw new IllegalStateException("nothing to remove: call next first");
            }
            last = null;
            entries.change(key, Change.REMOVE);
        }
    }
}
