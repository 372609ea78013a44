package io.sharedstate.mapped;

import io.sharedstate.Codec;
import io.sharedstate.MapOptions;
import io.sharedstate.MapStatistics;
import io.sharedstate.ValueTooLargeException;
import io.sharedstate.WhenFull;
import io.sharedstate.engine.TypedMap;
import io.sharedstate.mapped.MapFile.Change;
import io.sharedstate.mapped.MapFile.Done;
import io.sharedstate.mapped.layout.MapLayout;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Iterator;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A map of the bytes in a {@link MapFile}. */
final class MappedMap<K, V> extends TypedMap<K, V> {

    private final OpenedMap map;
    private final @Nullable Duration ttl;
    private final WhenFull whenFull;
    private final boolean marksUse;

    MappedMap(OpenedMap map, Codec<K> keys, Codec<V> values, MapOptions options) {
        super(keys, values);
        this.map = map;
        this.ttl = options.ttl();
        this.whenFull = options.whenFull();
        this.marksUse = whenFull == WhenFull.EVICT;
    }

    boolean exists() {
        return map.exists();
    }

    @Override
    public String name() {
        return map.name();
    }

    @Override
    public int maxEntrySize() {
        return map.get().maxEntry();
    }

    // reading

    @Override
    public @Nullable V get(Object key) {
        MapFile at = map.get();
        byte[] found = at.read(encodeKey(key), at, MappedMap::value, marksUse);
        at.count(found != null);
        return found == null ? null : decode(key, found);
    }

    private static byte @Nullable [] value(MapExtent extent, int entry, MapFile ignored) {
        return extent.value(entry);
    }

    @Override
    public boolean read(K key, ByteBuffer into) {
        MapFile at = map.get();
        Boolean copied = at.read(encodeKey(key), into, MappedMap::copy, marksUse);
        at.count(copied != null);
        if (Boolean.FALSE.equals(copied)) {
            throw new BufferOverflowException();
        }
        return copied != null;
    }

    private static Boolean copy(MapExtent extent, int entry, ByteBuffer into) {
        return extent.value(entry, into);
    }

    @Override
    public boolean containsKey(Object key) {
        MapFile at = map.get();
        return at.read(encodeKey(key), at, (extent, entry, ignored) -> true, false) != null;
    }

    @Override
    public Optional<Duration> expiry(K key) {
        MapFile at = map.get();
        Long expires = at.read(encodeKey(key), at, (extent, entry, ignored) -> extent.expires(entry), false);
        return expires == null || expires == MapLayout.NEVER
                ? Optional.empty()
                : Optional.of(Duration.ofMillis(Math.max(0, expires - at.now())));
    }

    @Override
    public int size() {
        return (int) Math.min(Integer.MAX_VALUE, map.get().size());
    }

    // writing

    @Override
    public @Nullable V put(K key, V value) {
        return put(key, value, ttl, false);
    }

    @Override
    public @Nullable V put(K key, V value, Duration ttl) {
        return put(key, value, positive(ttl), false);
    }

    @Override
    public @Nullable V putIfAbsent(K key, V value) {
        return put(key, value, ttl, true);
    }

    @Override
    public @Nullable V putIfAbsent(K key, V value, Duration ttl) {
        return put(key, value, positive(ttl), true);
    }

    private @Nullable V put(K key, V value, @Nullable Duration ttl, boolean onlyIfAbsent) {
        byte[] encoded = encode(value);
        byte[] before = change(key, (segment, encodedKey) -> {
            long found = segment.find(encodedKey);
            byte[] there = segment.value(found);
            if (there == null || !onlyIfAbsent) {
                put(segment, found, encodedKey, encoded, ttl);
            }
            return there;
        });
        return before == null ? null : onlyIfAbsent ? decode(key, before) : decodeIfPossible(key, before);
    }

    private void put(MapSegment segment, long found, EncodedKey key, byte[] value, @Nullable Duration ttl) {
        int most = map.changing().maxEntry();
        if ((long) key.bytes().length + value.length > most) {
            throw new ValueTooLargeException("map '" + name() + "': a key of " + key.bytes().length
                    + " bytes and a value of " + value.length + " don't fit into the " + most
                    + " that an entry can have, a quarter of a segment; the map was created with this size: to change it,"
                    + " raise sharedstate.maps." + name() + ".max-size and remove the map, or use another name");
        }
        segment.put(found, key, value, expires(ttl), whenFull);
    }

    @Override
    public boolean touch(K key, Duration ttl) {
        positive(ttl);
        return isTrue(change(key, (segment, encodedKey) -> segment.touch(encodedKey, expires(ttl))));
    }

    @Override
    public @Nullable V remove(Object key) {
        byte[] before = change(key, (segment, encodedKey) -> {
            long found = segment.find(encodedKey);
            byte[] there = segment.value(found);
            segment.remove(found);
            return there;
        });
        return before == null ? null : decodeIfPossible(key, before);
    }

    @Override
    public boolean remove(Object key, @Nullable Object value) {
        return value != null
                && isTrue(change(key, (segment, encodedKey) -> {
                    long found = segment.find(encodedKey);
                    byte[] there = segment.value(found);
                    return there != null && Objects.deepEquals(decode(key, there), value) && segment.remove(found);
                }));
    }

    @Override
    protected boolean removeKey(Object key) {
        return isTrue(change(key, MapSegment::remove));
    }

    @Override
    public @Nullable V replace(K key, V value) {
        byte[] encoded = encode(value);
        byte[] before = change(key, (segment, encodedKey) -> {
            long found = segment.find(encodedKey);
            byte[] there = segment.value(found);
            if (there != null) {
                put(segment, found, encodedKey, encoded, ttl);
            }
            return there;
        });
        return before == null ? null : decodeIfPossible(key, before);
    }

    @Override
    public boolean replace(K key, V oldValue, V newValue) {
        Objects.requireNonNull(oldValue);
        byte[] encoded = encode(newValue);
        return isTrue(change(key, (segment, encodedKey) -> {
            long found = segment.find(encodedKey);
            byte[] there = segment.value(found);
            boolean equal = there != null && Objects.deepEquals(decode(key, there), oldValue);
            if (equal) {
                put(segment, found, encodedKey, encoded, ttl);
            }
            return equal;
        }));
    }

    @Override
    public @Nullable V computeIfAbsent(K key, Function<? super K, ? extends @Nullable V> mapping) {
        Objects.requireNonNull(mapping);
        V there = get(key);
        return there != null
                ? there
                : change(key, (segment, encodedKey) -> {
                    long found = segment.find(encodedKey);
                    byte[] meanwhile = segment.value(found);
                    if (meanwhile != null) {
                        return decode(key, meanwhile);
                    }
                    V made = map.changing().<@Nullable V>computing(() -> mapping.apply(key));
                    if (made != null) {
                        put(segment, found, encodedKey, encode(made), ttl);
                    }
                    return made;
                });
    }

    @Override
    public @Nullable V computeIfPresent(K key, BiFunction<? super K, ? super V, ? extends @Nullable V> remapping) {
        Objects.requireNonNull(remapping);
        return compute(key, before -> before == null ? null : remapping.apply(key, before));
    }

    @Override
    public @Nullable V compute(K key, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> remapping) {
        Objects.requireNonNull(remapping);
        return compute(key, before -> remapping.apply(key, before));
    }

    @Override
    public @Nullable V merge(K key, V value, BiFunction<? super V, ? super V, ? extends @Nullable V> remapping) {
        Objects.requireNonNull(value);
        Objects.requireNonNull(remapping);
        return compute(key, before -> before == null ? value : remapping.apply(before, value));
    }

    /** What a function makes of the value that is there takes its place. */
    private @Nullable V compute(K key, Function<@Nullable V, ? extends @Nullable V> function) {
        return change(key, (segment, encodedKey) -> {
            long found = segment.find(encodedKey);
            byte[] there = segment.value(found);
            V before = there == null ? null : decode(key, there);
            V after = map.changing().<@Nullable V>computing(() -> function.apply(before));
            if (after == null) {
                segment.remove(found);
            } else {
                put(segment, found, encodedKey, encode(after), ttl);
            }
            return after;
        });
    }

    private <R> @Nullable R change(Object key, OpenedMap.Change<R> change) {
        return map.change(encodeKey(key), change);
    }

    private static boolean isTrue(@Nullable Boolean result) {
        return Boolean.TRUE.equals(result);
    }

    // all entries

    @Override
    public long evictExpired() {
        return inEachSegment(MapSegment::removeExpired);
    }

    @Override
    public void clear() {
        inEachSegment(segment -> {
            segment.clear();
            return 0;
        });
    }

    /** The sum over all segments; those of a map that was removed meanwhile have nothing any more. */
    private long inEachSegment(Change<Integer> change) {
        MapFile at = map.get();
        long sum = 0;
        for (int number = 0; number < at.segments(); number++) {
            Done<Integer> done = at.change(number, change);
            Integer result = done == null ? null : done.result();
            sum += result == null ? 0 : result;
        }
        return sum;
    }

    @Override
    public MapStatistics statistics() {
        return map.get().statistics();
    }

    @Override
    protected <T> Iterator<T> iterator(boolean withValues, BiFunction<byte[], byte[], T> view) {
        return new MapWalk<>(map.get(), entry -> view.apply(entry.key(), entry.value()));
    }

    // time

    private long expires(@Nullable Duration ttl) {
        if (ttl == null) {
            return MapLayout.NEVER;
        }
        long now = map.changing().now();
        return ttl.compareTo(Duration.ofMillis(MapLayout.NEVER - now - 1)) >= 0
                ? MapLayout.NEVER
                : now + Math.max(1, ttl.toMillis());
    }
}
