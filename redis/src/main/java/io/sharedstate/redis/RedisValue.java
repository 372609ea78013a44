package io.sharedstate.redis;

import io.sharedstate.Codec;
import io.sharedstate.LockLostException;
import io.sharedstate.SharedValue;
import io.sharedstate.ValueTooLargeException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/*
 * A value: the fields `bytes`, absent for null, and `version` of a hash, beside a lock.
 *
 * Setting is one script, which goes through if nobody has the lock; who finds it locked waits for the lock. What has to look
 * at the value before sets it if its version still is the one that was seen, and looks again if not. Only updates by a function,
 * which is called once, take the lock. An update whose member was taken for dead meanwhile sets nothing: the script looks who has the lock.
 */
final class RedisValue<T> implements SharedValue<T> {

    private static final Script<Long> SET = Script.number("value-set");
    private static final long ANY_VERSION = -1;
    private static final byte[] NOBODY = {};

    /** What the script says. */
    private static final int LOCKED = 0;

    private static final int MOVED = -1;
    private static final int TOO_LARGE = -2;

    /** A value as it was read. */
    private record Version<T>(long number, @Nullable T value) {}

    private final Thing thing;
    private final Codec<T> codec;
    private final RedisLock lock;

    RedisValue(Thing thing, Codec<T> codec, RedisLock lock) {
        this.thing = thing;
        this.codec = codec;
        this.lock = lock;
    }

    static Map<String, String> fields(String format, int maxSize) {
        return Map.of("format", format, "size", Integer.toString(maxSize), "version", "0");
    }

    Thing thing() {
        return thing;
    }

    @Override
    public String name() {
        return thing.name();
    }

    @Override
    public @Nullable T get() {
        return read().value();
    }

    private Version<T> read() {
        List<@Nullable Object> found = thing.fields("version", "bytes");
        byte[] bytes = (byte[]) found.get(1);
        return new Version<>(
                Bytes.number(Objects.requireNonNull(found.get(0))), bytes == null ? null : codec.decode(bytes));
    }

    @Override
    public long version() {
        return Bytes.number(Objects.requireNonNull(thing.fields("version").get(0)));
    }

    @Override
    public int maxSize() {
        return (int) Bytes.number(Objects.requireNonNull(thing.fields("size").get(0)));
    }

    @Override
    public void set(@Nullable T newValue) {
        write(ANY_VERSION, encode(newValue));
    }

    @Override
    public @Nullable T getAndSet(@Nullable T newValue) {
        byte[] encoded = encode(newValue);
        while (true) {
            Version<T> before = read();
            if (write(before.number(), encoded)) {
                return before.value();
            }
        }
    }

    @Override
    public boolean compareAndSet(@Nullable T expected, @Nullable T newValue) {
        byte[] encoded = encode(newValue);
        while (true) {
            Version<T> before = read();
            if (!Objects.deepEquals(before.value(), expected)) {
                return false;
            }
            if (write(before.number(), encoded)) {
                return true;
            }
        }
    }

    @Override
    public @Nullable T updateAndGet(UnaryOperator<@Nullable T> update) {
        lock.lock();
        try {
            T next = update.apply(get());
            write(ANY_VERSION, encode(next));
            return next;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public @Nullable T getAndUpdate(UnaryOperator<@Nullable T> update) {
        lock.lock();
        try {
            T before = get();
            write(ANY_VERSION, encode(update.apply(before)));
            return before;
        } finally {
            lock.unlock();
        }
    }

    /** @return whether the version was the expected one */
    private boolean write(long expected, byte @Nullable [] encoded) {
        boolean mine = lock.isHeldByCurrentThread();
        long answer = tryWrite(mine ? Bytes.of(lock.owner()) : NOBODY, expected, encoded);
        if (answer == LOCKED) {
            if (mine) {
                throw new LockLostException("value '" + name()
                        + "' was not set: its lock was lost meanwhile, and another may have changed it");
            }
            lock.lock();
            try {
                answer = tryWrite(Bytes.of(lock.owner()), expected, encoded);
            } finally {
                lock.unlock();
            }
        }
        if (answer == TOO_LARGE) {
            throw new ValueTooLargeException("value '" + name() + "': " + (encoded == null ? 0 : encoded.length)
                    + " bytes don't fit into "
                    + maxSize() + "; the value was created with this size: to change it, raise sharedstate.values."
                    + name() + ".max-size and remove the value, or give it another name");
        }
        return answer != MOVED;
    }

    private long tryWrite(byte[] owner, long expected, byte @Nullable [] encoded) {
        byte[] version = expected == ANY_VERSION ? Bytes.of("") : Bytes.of(expected);
        return encoded == null
                ? thing.run(SET, thing.keys(), owner, version)
                : thing.run(SET, thing.keys(), owner, version, encoded);
    }

    private byte @Nullable [] encode(@Nullable T value) {
        return value == null ? null : codec.encode(value);
    }

    @Override
    public String toString() {
        return "SharedValue '" + name() + "'";
    }
}
