package io.sharedstate.mapped;

import java.util.function.LongSupplier;

/**
 * The machine's monotonic clock, which all members read alike: setting the machine's time moves nothing.
 *
 * @param monotonic nanoseconds, which begin anew with each boot
 * @param epochMs what all members of this boot add to its milliseconds
 */
record SteadyClock(LongSupplier monotonic, long epochMs) {

    /** The offset that makes {@link #millis} those since the epoch, as of now. */
    static long epochMs(LongSupplier monotonic) {
        return System.currentTimeMillis() - toMillis(monotonic.getAsLong());
    }

    private static long toMillis(long nanos) {
        return nanos / 1_000_000;
    }

    /** For spans of time within one boot. */
    long nanos() {
        return monotonic.getAsLong();
    }

    /** Nanoseconds since the epoch, as {@link #millis}. */
    long epochNanos() {
        return monotonic.getAsLong() + epochMs * 1_000_000;
    }

    /** The time by which entries expire, in milliseconds since the epoch as they were when the state was first joined in this boot. */
    long millis() {
        return toMillis(monotonic.getAsLong()) + epochMs;
    }
}
