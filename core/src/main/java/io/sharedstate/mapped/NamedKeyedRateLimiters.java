package io.sharedstate.mapped;

import io.sharedstate.Codec;
import io.sharedstate.MapOptions;
import io.sharedstate.RateLimit;
import io.sharedstate.SharedKeyedRateLimiter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Rate limiters with a limit for each key, each in a file. */
final class NamedKeyedRateLimiters implements NamedState {

    /** The rate limiters of a name differ by the limit that they were asked for with. */
    private record Key(String name, RateLimit limit) {}

    private final MapFiles files;
    private final SteadyClock clock;
    private final Map<Key, MappedKeyedRateLimiter> opened = new ConcurrentHashMap<>();

    NamedKeyedRateLimiters(NamedFiles files, Locks locks, Membership members, SteadyClock clock) {
        this.files = new MapFiles(files, locks, members, clock::epochNanos, Eviction.SOONEST_TO_EXPIRE);
        this.clock = clock;
    }

    SharedKeyedRateLimiter open(String name, RateLimit limit, long maxSize) {
        if (maxSize < MapOptions.MIN_SIZE || maxSize > MapOptions.MAX_SIZE) {
            throw new IllegalArgumentException("keyed rate limiter '" + name + "' of " + maxSize + " bytes: expected "
                    + MapOptions.MIN_SIZE + " (64 KiB) to " + MapOptions.MAX_SIZE + " (2 GiB)");
        }
        Key key = new Key(name, limit);
        MappedKeyedRateLimiter known = opened.get(key);
        if (known == null) {
            OpenedMap map = files.open(name, maxSize, "", Codec.string().format());
            known = opened.computeIfAbsent(key, absent -> new MappedKeyedRateLimiter(map, limit, clock));
        }
        return known;
    }

    @Override
    public List<String> names() {
        return files.names();
    }

    @Override
    public boolean remove(String name) {
        return files.remove(name);
    }

    @Override
    public void forgetRemoved() {
        opened.values().removeIf(limiter -> !limiter.exists());
        files.forgetRemoved();
    }

    @Override
    public List<Check> checks() {
        return files.checks();
    }
}
