package io.sharedstate;

/**
 * A sum that all processes add to, with the method names of {@link java.util.concurrent.atomic.LongAdder}: each
 * member adds in a cell of its own, so that adding is never contended between processes, and {@link #sum()} adds up
 * the cells. Faster than a {@link SharedCounter} under contention, but an addition doesn't know the sum it led to.
 *
 * <p>No method blocks. Additions of a member that was killed stay.
 */
public interface SharedAdder {

    String name();

    void add(long x);

    default void increment() {
        add(1);
    }

    default void decrement() {
        add(-1);
    }

    /** The sum so far. Not a snapshot: additions made meanwhile may or may not be in it. */
    long sum();

    /** Makes the sum so far the new zero; additions made meanwhile are not lost but count after it. */
    default void reset() {
        sumThenReset();
    }

    /** Like {@link #reset()}, and returns what was cut off: over all callers, each addition is in exactly one such sum. */
    long sumThenReset();
}
