package io.sharedstate.redis;

import io.sharedstate.SharedAdder;
import java.util.Map;

/** An adder: one sum, as a server that does one thing at a time has no use for a cell for each member. */
final class RedisAdder implements SharedAdder {

    static final Map<String, String> FIELDS = RedisCounter.fields(0);

    private final Thing thing;

    RedisAdder(Thing thing) {
        this.thing = thing;
    }

    Thing thing() {
        return thing;
    }

    @Override
    public String name() {
        return thing.name();
    }

    @Override
    public void add(long x) {
        RedisCounter.add(thing, x);
    }

    @Override
    public long sum() {
        return RedisCounter.value(thing);
    }

    @Override
    public long sumThenReset() {
        return Bytes.number(thing.run(RedisCounter.SET, thing.keys(), Bytes.of(0)));
    }

    @Override
    public String toString() {
        return "SharedAdder '" + name() + "' at " + sum();
    }
}
