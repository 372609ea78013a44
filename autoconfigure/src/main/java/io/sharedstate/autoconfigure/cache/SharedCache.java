package io.sharedstate.autoconfigure.cache;

import io.sharedstate.CodecException;
import io.sharedstate.MapFullException;
import io.sharedstate.MapStatistics;
import io.sharedstate.SharedAdder;
import io.sharedstate.SharedMap;
import io.sharedstate.ValueTooLargeException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.support.AbstractValueAdaptingCache;

/**
 * A cache that all processes have together. What {@link #get(Object, Callable)} and {@link #retrieve(Object, Supplier)} compute is computed
 * by one of them at a time for each key.
 */
final class SharedCache extends AbstractValueAdaptingCache {

    private static final Log log = LogFactory.getLog(SharedCache.class);

    private static final int SHOWN = 100;

    private final String name;
    private final SharedMap<byte[], byte[]> map;
    private final Claims claims;
    private final SharedAdder puts;
    private final KeyEncoding keys;
    private final ValueEncoding values;
    private final AtomicBoolean warned = new AtomicBoolean();

    SharedCache(
            String name,
            SharedMap<byte[], byte[]> map,
            Claims claims,
            SharedAdder puts,
            ValueEncoding values,
            boolean allowNullValues) {
        super(allowNullValues);
        this.name = name;
        this.map = map;
        this.claims = claims;
        this.puts = puts;
        this.keys = new KeyEncoding(name);
        this.values = values;
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public Object getNativeCache() {
        return map;
    }

    MapStatistics statistics() {
        return map.statistics();
    }

    /** By all processes. */
    long puts() {
        return puts.sum();
    }

    // reading

    @Override
    protected @Nullable Object lookup(Object key) {
        return lookup(key, keys.encode(key));
    }

    private @Nullable Object lookup(Object key, byte[] encoded) {
        byte[] found = map.get(encoded);
        return found == null ? null : decode(key, found);
    }

    private Object decode(Object key, byte[] value) {
        try {
            return values.decode(value);
        } catch (Exception e) {
            throw new CodecException(
                    "cache '" + name + "': the value of key " + shown(key) + " can't be read (" + e
                            + "); it may be from a version of the application with another class: evict it",
                    e);
        }
    }

    @Override
    public @Nullable CompletableFuture<?> retrieve(Object key) {
        Object found = lookup(key);
        return found == null ? null : CompletableFuture.completedFuture(toValueWrapper(found));
    }

    // writing

    @Override
    public void put(Object key, @Nullable Object value) {
        byte[] encoded = keys.encode(key);
        byte[] encodedValue = values.encode(toStoreValue(value));
        claims.remove(encoded);
        storing(key, encoded, encodedValue, () -> map.put(encoded, encodedValue));
        puts.increment();
    }

    @Override
    public @Nullable ValueWrapper putIfAbsent(Object key, @Nullable Object value) {
        byte[] encoded = keys.encode(key);
        byte[] encodedValue = values.encode(toStoreValue(value));
        byte[] before = storing(key, encoded, encodedValue, () -> map.putIfAbsent(encoded, encodedValue));
        if (before == null) {
            puts.increment();
            return null;
        }
        return toValueWrapper(decode(key, before));
    }

    private byte @Nullable [] storing(Object key, byte[] encoded, byte[] value, Supplier<byte @Nullable []> store) {
        if (encoded.length + value.length > map.maxEntrySize()) {
            throw new ValueTooLargeException("cache '" + name + "': the value of key " + shown(key) + " has "
                    + value.length + " bytes, and with its key " + map.maxEntrySize() + " are the most;" + enlarge());
        }
        try {
            return store.get();
        } catch (MapFullException e) {
            MapStatistics statistics = map.statistics();
            throw new MapFullException("cache '" + name + "' has no room for key " + shown(key) + ": there are "
                    + statistics.entries() + " entries, " + statistics.bytes() + " of " + statistics.capacity()
                    + " bytes; let it evict (sharedstate.caches." + name + ".when-full), or" + enlarge());
        }
    }

    private String enlarge() {
        return " raise sharedstate.caches." + name + ".max-size and remove the map '" + map.name()
                + "': the size counts when it is created";
    }

    /** Claims first: what is computed now must not be kept after it. */
    @Override
    public boolean evictIfPresent(Object key) {
        byte[] encoded = keys.encode(key);
        claims.remove(encoded);
        return map.remove(encoded) != null;
    }

    @Override
    public void evict(Object key) {
        evictIfPresent(key);
    }

    @Override
    public boolean invalidate() {
        claims.clear();
        boolean hadEntries = !map.isEmpty();
        map.clear();
        return hadEntries;
    }

    @Override
    public void clear() {
        invalidate();
    }

    // computing

    @Override
    @SuppressWarnings("unchecked")
    public <T> @Nullable T get(Object key, Callable<T> loader) {
        byte[] encoded = keys.encode(key);
        while (true) {
            Object found = lookup(key, encoded);
            if (found != null) {
                return (T) fromStoreValue(found);
            }
            Claim claim;
            try {
                claim = tryClaim(key, encoded);
            } catch (MapFullException e) {
                warnOfTooManyClaims();
                return load(key, loader, loader);
            }
            if (claim == null) {
                await(key, encoded);
            } else {
                try {
                    if (!map.containsKey(encoded)) {
                        return compute(key, encoded, claim, loader);
                    }
                } finally {
                    claims.release(encoded, claim);
                }
            }
        }
    }

    private <T> T compute(Object key, byte[] encoded, Claim claim, Callable<T> loader) {
        T value = load(key, loader, () -> claims.compute(claim, loader));
        keep(key, encoded, claim, value);
        return value;
    }

    private static <T> T load(Object key, Callable<T> loader, Callable<T> computation) {
        try {
            return computation.call();
        } catch (Throwable e) {
            throw new ValueRetrievalException(key, loader, e);
        }
    }

    private @Nullable Claim tryClaim(Object key, byte[] encoded) {
        try {
            return claims.tryClaim(encoded);
        } catch (IllegalStateException e) {
            throw new IllegalStateException("cache '" + name + "', key " + shown(key) + ": " + e.getMessage(), e);
        }
    }

    private void warnOfTooManyClaims() {
        if (!warned.getAndSet(true)) {
            log.warn("Cache '" + name
                    + "': so many values are being computed that no more are claimed; the others are computed"
                    + " without keeping them, and perhaps by several at once");
        }
    }

    private void await(Object key, byte[] encoded) {
        try {
            claims.whenFree(encoded).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(
                    "cache '" + name + "': interrupted while the value of key " + shown(key)
                            + " was computed elsewhere",
                    e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(
                    "cache '" + name + "', key " + shown(key) + ": " + e.getCause(), e.getCause());
        }
    }

    /** What was put meanwhile stays. */
    private void keep(Object key, byte[] encoded, Claim claim, @Nullable Object value) {
        byte[] encodedValue = values.encode(toStoreValue(value));
        claims.ifStillThere(encoded, claim, () -> {
            if (storing(key, encoded, encodedValue, () -> map.putIfAbsent(encoded, encodedValue)) == null) {
                puts.increment();
            }
        });
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> CompletableFuture<T> retrieve(Object key, Supplier<CompletableFuture<T>> loader) {
        try {
            byte[] encoded = keys.encode(key);
            Object found = lookup(key, encoded);
            if (found != null) {
                return CompletableFuture.completedFuture((T) fromStoreValue(found));
            }
            Claim claim = tryClaim(key, encoded);
            if (claim == null) {
                return claims.whenFree(encoded).thenComposeAsync(free -> retrieve(key, loader));
            }
            if (map.containsKey(encoded)) {
                claims.release(encoded, claim);
                return retrieve(key, loader);
            }
            return compute(key, encoded, claim, loader);
        } catch (MapFullException e) {
            warnOfTooManyClaims();
            return loader.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private <T> CompletableFuture<T> compute(
            Object key, byte[] encoded, Claim claim, Supplier<CompletableFuture<T>> loader) {
        CompletableFuture<T> result = new CompletableFuture<>();
        CompletableFuture<T> computed;
        try {
            computed = claims.compute(claim, loader::get);
        } catch (Throwable e) {
            computed = CompletableFuture.failedFuture(e);
        }
        computed.whenComplete((value, failure) -> {
            Throwable failed = failure;
            try {
                if (failed == null) {
                    keep(key, encoded, claim, value);
                }
            } catch (RuntimeException | Error e) {
                failed = e;
            } finally {
                claims.release(encoded, claim);
            }
            if (failed == null) {
                result.complete(value);
            } else {
                result.completeExceptionally(failed);
            }
        });
        return result;
    }

    private static String shown(Object key) {
        String shown = "'" + key + "'";
        return shown.length() <= SHOWN ? shown : shown.substring(0, SHOWN) + "...";
    }
}
