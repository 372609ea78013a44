package io.sharedstate.redis;

import io.sharedstate.SharedCounter;
import java.util.Map;
import java.util.Objects;

/** A counter: fields of a hash, the value and the one that it was created with. */
final class RedisCounter implements SharedCounter {

    static final Script<Long> ADD = Script.number("counter-add");
    static final Script<byte[]> SET = Script.bytes("counter-set");
    private static final Script<Long> COMPARE_AND_SET = Script.number("counter-compare-and-set");
    private static final Script<Long> TRY_ADD = Script.number("counter-try-add");

    private final Thing thing;

    RedisCounter(Thing thing) {
        this.thing = thing;
    }

    static Map<String, String> fields(long initial) {
        return Map.of("value", Long.toString(initial), "initial", Long.toString(initial));
    }

    Thing thing() {
        return thing;
    }

    @Override
    public String name() {
        return thing.name();
    }

    @Override
    public long get() {
        return value(thing);
    }

    static long value(Thing thing) {
        return Bytes.number(Objects.requireNonNull(thing.fields("value").get(0)));
    }

    @Override
    public void set(long newValue) {
        getAndSet(newValue);
    }

    @Override
    public long getAndSet(long newValue) {
        return Bytes.number(thing.run(SET, thing.keys(), Bytes.of(newValue)));
    }

    @Override
    public boolean compareAndSet(long expected, long newValue) {
        return thing.run(COMPARE_AND_SET, thing.keys(), Bytes.of(expected), Bytes.of(newValue)) == 1;
    }

    @Override
    public long getAndAdd(long delta) {
        return addAndGet(delta) - delta;
    }

    @Override
    public long addAndGet(long delta) {
        return add(thing, delta);
    }

    static long add(Thing thing, long delta) {
        return thing.run(ADD, thing.keys(), Bytes.of(delta), Bytes.of(delta ^ Long.MIN_VALUE));
    }

    @Override
    public boolean tryAdd(long delta, long min, long max) {
        return thing.run(TRY_ADD, thing.keys(), Bytes.of(delta), Bytes.of(min), Bytes.of(max)) == 1;
    }

    @Override
    public void reset() {
        thing.run(SET, thing.keys());
    }

    @Override
    public String toString() {
        return "SharedCounter '" + name() + "' at " + get();
    }
}
