package io.sharedstate.mapped;

import io.sharedstate.RateLimit;
import io.sharedstate.SharedKeyedRateLimiter;
import io.sharedstate.SharedRateLimiter.Answer;
import java.nio.charset.StandardCharsets;

/*
 * A map whose entries have no value: when one expires is the TAT of Gcra for its key, in nanoseconds of the state's clock. So a key
 * whose permits are all there again is one that isn't in the map.
 *
 * Everything is done with the lock of the key's segment held. The commit is the store of that one word, or, of a new entry, that of
 * its slot.
 */
final class MappedKeyedRateLimiter implements SharedKeyedRateLimiter {

    private final OpenedMap map;
    private final Gcra gcra;
    private final SteadyClock clock;

    MappedKeyedRateLimiter(OpenedMap map, RateLimit limit, SteadyClock clock) {
        this.map = map;
        this.gcra = new Gcra(limit);
        this.clock = clock;
    }

    /** Whether the name has not been removed. */
    boolean exists() {
        return map.exists();
    }

    @Override
    public String name() {
        return map.name();
    }

    @Override
    public RateLimit limit() {
        return gcra.limit();
    }

    @Override
    public boolean tryAcquire(String key, long permits) {
        return acquire(key, permits) >= 0;
    }

    @Override
    public Answer request(String key, long permits) {
        return gcra.answer(acquire(key, permits), permits);
    }

    /** What {@link Gcra#left} is; the permits were taken unless it is less than 0. */
    private long acquire(String key, long permits) {
        gcra.requirePossible(name(), permits);
        Long left = map.change(encode(key), (segment, encoded) -> acquire(segment, encoded, permits));
        return left == null ? 0 : left;
    }

    private long acquire(MapSegment segment, EncodedKey key, long permits) {
        long now = clock.epochNanos();
        long found = segment.findAlsoExpired(key);
        long arrival = found < 0 ? 0 : segment.expires(found);
        long ahead = gcra.ahead(arrival, now);
        long left = gcra.left(ahead, permits);
        long then = gcra.arrival(now, ahead, left);
        if (then != arrival) {
            segment.putExpiry(found, key, then);
        }
        return left;
    }

    @Override
    public long available(String key) {
        MapFile at = map.get();
        Long arrival = at.read(encode(key), at, (extent, entry, ignored) -> extent.expires(entry), false);
        return gcra.available(gcra.ahead(arrival == null ? 0 : arrival, clock.epochNanos()));
    }

    @Override
    public void reset(String key) {
        map.change(encode(key), MapSegment::remove);
    }

    /** What it says about a key that is too long doesn't have the key, which is somebody's name or address. */
    private byte[] encode(String key) {
        byte[] encoded = key.getBytes(StandardCharsets.UTF_8);
        if (encoded.length > MAX_KEY_LENGTH) {
            throw new IllegalArgumentException("rate limiter '" + name() + "' was asked about a key of "
                    + encoded.length
                    + " bytes, expected at most " + MAX_KEY_LENGTH + "; take what is the same for one client only, or a"
                    + " digest of it");
        }
        return encoded;
    }

    @Override
    public long keys() {
        return map.get().size();
    }

    @Override
    public long forgotten() {
        return map.get().statistics().evictions();
    }

    @Override
    public String toString() {
        return "SharedKeyedRateLimiter '" + name() + "' of " + gcra.limit();
    }
}
