package io.sharedstate;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link SharedMap} is created and used: {@code MapOptions.DEFAULT.maxSize(64 << 20).whenFull(WhenFull.EVICT)}.
 *
 * @param maxSize in bytes, from {@link #MIN_SIZE} to {@link #MAX_SIZE}; allocated whole when the map is created, and only then it
 *     counts. About 55 % of it hold keys and values, with 28 bytes beside each pair; a third in the smallest maps
 * @param ttl how long an entry lives that is written without saying; null: until it is removed. For what is written from now on by
 *     this process
 * @param whenFull what happens to an entry that there is no room for; when it is written by this process
 */
public record MapOptions(long maxSize, @Nullable Duration ttl, WhenFull whenFull) {

    /** 64 KiB. */
    public static final long MIN_SIZE = 1L << 16;

    /** 2 GiB. */
    public static final long MAX_SIZE = 1L << 31;

    /** 4 MiB, no expiry, {@link WhenFull#REFUSE}. */
    public static final MapOptions DEFAULT = new MapOptions(4L << 20, null, WhenFull.REFUSE);

    public MapOptions {
        if (maxSize < MIN_SIZE || maxSize > MAX_SIZE) {
            throw new IllegalArgumentException(
                    "a map of " + maxSize + " bytes: expected " + MIN_SIZE + " (64 KiB) to " + MAX_SIZE + " (2 GiB)");
        }
        if (ttl != null && (ttl.isNegative() || ttl.isZero())) {
            throw new IllegalArgumentException(
                    "a time to live of " + ttl + ": expected more than zero, or null for ever");
        }
    }

    public MapOptions maxSize(long maxSize) {
        return new MapOptions(maxSize, ttl, whenFull);
    }

    public MapOptions ttl(@Nullable Duration ttl) {
        return new MapOptions(maxSize, ttl, whenFull);
    }

    public MapOptions whenFull(WhenFull whenFull) {
        return new MapOptions(maxSize, ttl, whenFull);
    }
}
