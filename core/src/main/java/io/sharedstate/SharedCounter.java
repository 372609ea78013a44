package io.sharedstate;

import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/**
 * A {@code long} that all processes count together, with the method names and the memory effects of
 * {@link java.util.concurrent.atomic.AtomicLong}: every method is atomic and as if {@code volatile}, and none blocks.
 *
 * <p>A process that is killed has either done an operation or not; what it did stays.
 */
public interface SharedCounter {

    String name();

    long get();

    void set(long newValue);

    long getAndSet(long newValue);

    /** Sets {@code newValue} if the counter is at {@code expected}; returns whether it did. */
    boolean compareAndSet(long expected, long newValue);

    /** Adds {@code delta}, wrapping around like a {@code long}, and returns the value before. */
    long getAndAdd(long delta);

    /** Adds {@code delta}, wrapping around like a {@code long}, and returns the value after. */
    default long addAndGet(long delta) {
        return getAndAdd(delta) + delta;
    }

    default long getAndIncrement() {
        return getAndAdd(1);
    }

    default long getAndDecrement() {
        return getAndAdd(-1);
    }

    default long incrementAndGet() {
        return addAndGet(1);
    }

    default long decrementAndGet() {
        return addAndGet(-1);
    }

    /** Applies {@code update}, again if another was faster, so it should have no side effects; returns the value before. */
    default long getAndUpdate(LongUnaryOperator update) {
        for (long value = get(); ; value = get()) {
            if (compareAndSet(value, update.applyAsLong(value))) {
                return value;
            }
        }
    }

    /** Applies {@code update}, again if another was faster, so it should have no side effects; returns the value after. */
    default long updateAndGet(LongUnaryOperator update) {
        for (long value = get(); ; value = get()) {
            long next = update.applyAsLong(value);
            if (compareAndSet(value, next)) {
                return next;
            }
        }
    }

    default long getAndAccumulate(long x, LongBinaryOperator accumulator) {
        return getAndUpdate(value -> accumulator.applyAsLong(value, x));
    }

    default long accumulateAndGet(long x, LongBinaryOperator accumulator) {
        return updateAndGet(value -> accumulator.applyAsLong(value, x));
    }

    /**
     * Adds {@code delta} if the result is within {@code min} and {@code max}, both included, and isn't an overflow; else
     * changes nothing. So a stock is never oversold: {@code stock.tryAdd(-1, 0, Long.MAX_VALUE)}.
     *
     * @return whether it added
     */
    default boolean tryAdd(long delta, long min, long max) {
        for (long value = get(); ; value = get()) {
            long next = value + delta;
            boolean overflow = ((value ^ next) & (delta ^ next)) < 0;
            if (overflow || next < min || next > max) {
                return false;
            }
            if (compareAndSet(value, next)) {
                return true;
            }
        }
    }

    /** Sets the counter to the initial value that it was created with. */
    void reset();
}
