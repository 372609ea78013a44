package io.sharedstate.redis;

import io.sharedstate.RateLimit;
import io.sharedstate.SharedRateLimiter.Answer;
import java.time.Duration;

/**
 * A limit as the scripts have it: in microseconds of the server's time, which is as exact as that is. What is asked for is rounded up, so that
 * there are never more permits than the limit says.
 */
record Gcra(RateLimit limit) {

    private static final long NANOS = 1000;

    void requirePossible(String name, long permits) {
        if (permits < 1 || permits > limit.burst()) {
            throw new IllegalArgumentException("rate limiter '" + name + "' was asked for " + permits
                    + " permits at once, expected 1 to " + limit.burst() + ", its burst");
        }
    }

    byte[] burst() {
        return Bytes.of(micros(limit.burst()));
    }

    byte[] asked(long permits) {
        return Bytes.of(micros(permits));
    }

    private long micros(long permits) {
        return (permits * limit.intervalNs() + NANOS - 1) / NANOS;
    }

    long permits(long left) {
        return left * NANOS / limit.intervalNs();
    }

    Answer answer(long left, long permits) {
        return left >= 0
                ? new Answer(true, permits(left), Duration.ZERO)
                : new Answer(false, permits(micros(permits) + left), Duration.ofNanos(-left * NANOS));
    }
}
