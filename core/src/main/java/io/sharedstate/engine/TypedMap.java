package io.sharedstate.engine;

import io.sharedstate.Codec;
import io.sharedstate.CodecException;
import io.sharedstate.SharedMap;
import java.time.Duration;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A map as its user sees it: keys and values of types, made of the bytes that an engine has. */
public abstract class TypedMap<K, V> extends AbstractMap<K, V> implements SharedMap<K, V> {

    private static final Logger LOG = LoggerFactory.getLogger(SharedMap.class);

    private static final int SHOWN = 100;

    private final Codec<K> keys;
    private final Codec<V> values;

    protected TypedMap(Codec<K> keys, Codec<V> values) {
        this.keys = keys;
        this.values = values;
    }

    /** Whether there was such an entry. */
    protected abstract boolean removeKey(Object key);

    /** What a view makes of the bytes of each entry; those of the value are empty if it needs none. */
    protected abstract <T> Iterator<T> iterator(boolean withValues, BiFunction<byte[], byte[], T> view);

    // views

    @Override
    public Set<Map.Entry<K, V>> entrySet() {
        return new View<Map.Entry<K, V>>() {
            @Override
            public Iterator<Map.Entry<K, V>> iterator() {
                return TypedMap.this.iterator(true, TypedMap.this::entry);
            }

            @Override
            public boolean contains(@Nullable Object other) {
                return other instanceof Map.Entry<?, ?> entry
                        && entry.getKey() != null
                        && entry.getValue() != null
                        && Objects.deepEquals(get(entry.getKey()), entry.getValue());
            }

            @Override
            public boolean remove(@Nullable Object other) {
                return other instanceof Map.Entry<?, ?> entry
                        && entry.getKey() != null
                        && TypedMap.this.remove(entry.getKey(), entry.getValue());
            }
        };
    }

    /** Reads no values. */
    @Override
    public Set<K> keySet() {
        return new View<K>() {
            @Override
            public Iterator<K> iterator() {
                return TypedMap.this.iterator(false, (key, value) -> decodeKey(key));
            }

            @Override
            public boolean contains(Object key) {
                return containsKey(key);
            }

            @Override
            public boolean remove(Object key) {
                return removeKey(key);
            }
        };
    }

    private abstract class View<T> extends AbstractSet<T> {

        @Override
        public int size() {
            return TypedMap.this.size();
        }

        @Override
        public void clear() {
            TypedMap.this.clear();
        }
    }

    private Map.Entry<K, V> entry(byte[] keyBytes, byte[] value) {
        K key = decodeKey(keyBytes);
        return new WrittenThrough(key, decode(key, value));
    }

    /** An entry that an iterator shows. */
    private final class WrittenThrough extends SimpleEntry<K, V> {

        private static final long serialVersionUID = 1;

        WrittenThrough(K key, V value) {
            super(key, value);
        }

        @Override
        public V setValue(V value) {
            put(getKey(), value);
            return super.setValue(value);
        }
    }

    // bytes

    @SuppressWarnings("unchecked")
    protected final byte[] encodeKey(Object key) {
        // as with any map whose keys are compared by a function: a ClassCastException if it is no key
        return keys.encode((K) Objects.requireNonNull(key));
    }

    protected final byte[] encode(V value) {
        return values.encode(Objects.requireNonNull(value));
    }

    protected final V decode(Object key, byte[] bytes) {
        try {
            return values.decode(bytes);
        } catch (RuntimeException e) {
            throw new CodecException(
                    "map '" + name() + "': the value of key " + shown(key) + ", " + bytes.length
                            + " bytes, can't be read as it is asked for (" + e
                            + "); it may be from a version of the application with another class: remove or replace it",
                    e);
        }
    }

    private K decodeKey(byte[] bytes) {
        try {
            return keys.decode(bytes);
        } catch (RuntimeException e) {
            throw new CodecException(
                    "map '" + name() + "': the key " + shown(bytes) + " can't be read as it is asked for (" + e
                            + "); it may be from a version of the application with another class: remove it by the iterator",
                    e);
        }
    }

    /** Of what isn't there any more. */
    protected final @Nullable V decodeIfPossible(Object key, byte[] bytes) {
        try {
            return decode(key, bytes);
        } catch (CodecException e) {
            LOG.warn("{}; it was replaced or removed", e.getMessage());
            return null;
        }
    }

    private static String shown(Object key) {
        String shown = key instanceof byte[] bytes ? "0x" + HexFormat.of().formatHex(bytes) : "'" + key + "'";
        return shown.length() <= SHOWN ? shown : shown.substring(0, SHOWN) + "...";
    }

    // time

    protected static Duration positive(Duration ttl) {
        if (ttl.isNegative() || ttl.isZero()) {
            throw new IllegalArgumentException("a time to live of " + ttl + ": expected more than zero");
        }
        return ttl;
    }
}
