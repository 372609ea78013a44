package io.sharedstate.redis;

import io.sharedstate.MapOptions;
import io.sharedstate.RateLimit;
import io.sharedstate.SharedKeyedRateLimiter;
import io.sharedstate.SharedRateLimiter.Answer;
import java.util.Map;
import java.util.Objects;

/** A keyed rate limiter: the numbers of {@link RedisRateLimiter} as the scores of a sorted set, so that those which would be over first are forgotten first. */
final class RedisKeyedRateLimiter implements SharedKeyedRateLimiter {

    /** A part: the keys that are remembered. */
    static final String KEYS = "keys";

    private static final Script<Long> TAKE = Script.number("keyed-rate-limiter-take");
    private static final Script<Long> RESET = Script.number("keyed-rate-limiter-reset");
    private static final Script<Long> COUNT = Script.number("keyed-rate-limiter-count");

    /** As {@link SharedKeyedRateLimiter} says of a MiB: 8,192 keys. */
    private static final long BYTES_PER_KEY = 128;

    private final Thing thing;
    private final Gcra gcra;

    RedisKeyedRateLimiter(Thing thing, RateLimit limit) {
        this.thing = thing;
        this.gcra = new Gcra(limit);
    }

    static Map<String, String> fields(String name, long maxSize) {
        if (maxSize < MapOptions.MIN_SIZE || maxSize > MapOptions.MAX_SIZE) {
            throw new IllegalArgumentException("keyed-rate-limiter '" + name + "' of " + maxSize + " bytes: expected "
                    + MapOptions.MIN_SIZE + " (64 KiB) to " + MapOptions.MAX_SIZE + " (2 GiB)");
        }
        return Map.of(KEYS, Long.toString(maxSize / BYTES_PER_KEY), "forgotten", "0");
    }

    Thing thing() {
        return thing;
    }

    @Override
    public String name() {
        return thing.name();
    }

    @Override
    public RateLimit limit() {
        return gcra.limit();
    }

    @Override
    public boolean tryAcquire(String key, long permits) {
        return take(key, permits) >= 0;
    }

    @Override
    public Answer request(String key, long permits) {
        return gcra.answer(take(key, permits), permits);
    }

    private long take(String key, long permits) {
        gcra.requirePossible(name(), permits);
        return thing.run(TAKE, thing.keys(KEYS), encoded(key), gcra.burst(), gcra.asked(permits));
    }

    private byte[] encoded(String key) {
        byte[] encoded = Bytes.of(key);
        if (encoded.length > MAX_KEY_LENGTH) {
            throw new IllegalArgumentException("a key for rate limiter '" + name() + "' has " + encoded.length
                    + " bytes of UTF-8, at most " + MAX_KEY_LENGTH);
        }
        return encoded;
    }

    @Override
    public long available(String key) {
        return gcra.permits(thing.run(TAKE, thing.keys(KEYS), encoded(key), gcra.burst(), gcra.asked(0)));
    }

    @Override
    public void reset(String key) {
        thing.run(RESET, thing.keys(KEYS), encoded(key));
    }

    @Override
    public long keys() {
        return thing.run(COUNT, thing.keys(KEYS));
    }

    @Override
    public long forgotten() {
        return Bytes.number(Objects.requireNonNull(thing.fields("forgotten").get(0)));
    }

    @Override
    public String toString() {
        return "SharedKeyedRateLimiter '" + name() + "' of " + limit();
    }
}
