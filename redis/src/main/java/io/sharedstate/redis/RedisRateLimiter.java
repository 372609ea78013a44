package io.sharedstate.redis;

import io.sharedstate.RateLimit;
import io.sharedstate.SharedRateLimiter;
import java.util.Map;

/** A rate limiter: one number in a hash, and a script that knows GCRA. */
final class RedisRateLimiter implements SharedRateLimiter {

    static final Map<String, String> FIELDS = Map.of("arrival", "0");

    private static final Script<Long> TAKE = Script.number("rate-limiter-take");
    private static final Script<Long> RESET = Script.number("rate-limiter-reset");

    private final Thing thing;
    private final Gcra gcra;

    RedisRateLimiter(Thing thing, RateLimit limit) {
        this.thing = thing;
        this.gcra = new Gcra(limit);
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
    public boolean tryAcquire(long permits) {
        return take(permits) >= 0;
    }

    @Override
    public Answer request(long permits) {
        return gcra.answer(take(permits), permits);
    }

    private long take(long permits) {
        gcra.requirePossible(name(), permits);
        return thing.run(TAKE, thing.keys(), gcra.burst(), gcra.asked(permits));
    }

    @Override
    public long available() {
        return gcra.permits(thing.run(TAKE, thing.keys(), gcra.burst(), gcra.asked(0)));
    }

    @Override
    public void reset() {
        thing.run(RESET, thing.keys());
    }

    @Override
    public String toString() {
        return "SharedRateLimiter '" + name() + "' of " + limit();
    }
}
