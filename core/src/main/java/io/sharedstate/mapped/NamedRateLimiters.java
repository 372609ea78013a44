package io.sharedstate.mapped;

import io.sharedstate.RateLimit;
import io.sharedstate.SharedRateLimiter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Rate limiters, each in a slot. */
final class NamedRateLimiters implements NamedState {

    /** The rate limiters of a name differ by the limit that they were asked for with. */
    private record Key(String name, RateLimit limit) {}

    private final NameTable table;
    private final Membership members;
    private final SteadyClock clock;
    private final Map<Key, MappedRateLimiter> opened = new ConcurrentHashMap<>();

    NamedRateLimiters(NameTable table, Membership members, SteadyClock clock) {
        this.table = table;
        this.members = members;
        this.clock = clock;
    }

    SharedRateLimiter open(String name, RateLimit limit) {
        Key key = new Key(name, limit);
        MappedRateLimiter known = opened.get(key);
        if (known == null || !known.exists()) {
            NameTable.Slot slot =
                    table.findOrCreate(name, created -> MappedRateLimiter.initialize(created, clock.nanos()));
            known = opened.computeIfAbsent(key, absent -> new MappedRateLimiter(name, limit, slot, members, clock));
        }
        return known;
    }

    @Override
    public List<String> names() {
        return table.names();
    }

    @Override
    public boolean remove(String name) {
        return table.remove(name);
    }

    @Override
    public void forgetRemoved() {
        opened.values().removeIf(limiter -> !limiter.exists());
    }

    @Override
    public List<Check> checks() {
        return List.of(table.check());
    }
}
