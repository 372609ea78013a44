package io.sharedstate.mapped;

import io.sharedstate.RateLimit;
import io.sharedstate.SharedRateLimiter.Answer;
import java.time.Duration;

/**
 * The arithmetic of GCRA, virtual scheduling. Its state is the theoretical arrival time (TAT), when a caller that keeps to the rate
 * would come next, in nanoseconds. TAT is at most {@code burstNs} ahead of the clock; n permits are to be had while, n intervals
 * later, it still would be.
 *
 * <p>A TAT that is further ahead was written under another limit, or by another clock. It counts as where no permits are left:
 * waiting for it could take for ever.
 */
record Gcra(RateLimit limit, long intervalNs, long burstNs) {

    Gcra(RateLimit limit) {
        this(limit, limit.intervalNs(), limit.burst() * limit.intervalNs());
    }

    void requirePossible(String name, long permits) {
        if (permits < 1 || permits > limit.burst()) {
            throw new IllegalArgumentException("rate limiter '" + name + "' was asked for " + permits
                    + " permits at once, expected 1 to " + limit.burst() + ", its burst");
        }
    }

    /** How far TAT is ahead of the clock, at most a burst. */
    long ahead(long arrival, long now) {
        return Math.min(burstNs, Math.max(0, arrival - now));
    }

    /** What of the burst is left after so many permits; less than 0 if there aren't so many. */
    long left(long ahead, long permits) {
        return burstNs - ahead - permits * intervalNs;
    }

    /** TAT after a request. */
    long arrival(long now, long ahead, long left) {
        return now + (left < 0 ? ahead : burstNs - left);
    }

    long available(long ahead) {
        return (burstNs - ahead) / intervalNs;
    }

    /** @param left what {@link #left} has said; less than 0: the permits weren't taken */
    Answer answer(long left, long permits) {
        return left >= 0
                ? new Answer(true, left / intervalNs, Duration.ZERO)
                : new Answer(false, (permits * intervalNs + left) / intervalNs, Duration.ofNanos(-left));
    }
}
