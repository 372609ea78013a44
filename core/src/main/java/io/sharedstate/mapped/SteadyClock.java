package io.sharedstate.mapped;

import java.util.function.LongSupplier;

/**
 * The clock by which entries expire: milliseconds since the epoch as they were when the state was created, or first joined
 * after a boot, and from then on by the machine's monotonic clock, which all members read alike. Setting the machine's time
 * moves nothing.
 *
 * @param monotonicMs the machine's clock
 * @param offset what all members of this boot add to it
 */
record SteadyClock(LongSupplier monotonicMs, long offset) {

    static final LongSupplier MONOTONIC_MS = () -> System.nanoTime() / 1_000_000;

    long millis() {
        return monotonicMs.getAsLong() + offset;
    }
}
