package io.sharedstate;

import java.time.Duration;

/**
 * So many permits in a period, evenly.
 *
 * @param permits how many there are in each period
 * @param per the period
 * @param burst how many can be had at once after a pause, at least 1
 */
public record RateLimit(long permits, Duration per, long burst) {

    private static final Duration LONGEST = Duration.ofDays(365);

    public RateLimit {
        if (permits < 1 || burst < 1) {
            throw new IllegalArgumentException(
                    "permits is " + permits + " and burst " + burst + "; both are at least 1");
        }
        if (per.isNegative() || per.isZero() || per.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("per is " + per + ", expected more than 0 and at most " + LONGEST);
        }
        if (per.toNanos() < permits) {
            throw new IllegalArgumentException(permits + " permits per " + per
                    + " are more than one in a nanosecond; lower permits, or raise per");
        }
        if (burst > LONGEST.toNanos() / intervalNs(permits, per)) {
            throw new IllegalArgumentException("burst is " + burst + ": with " + permits + " permits per " + per
                    + " it takes longer than " + LONGEST + " to have them; lower burst");
        }
    }

    /** {@code permits} at once after a pause of a whole period. */
    public static RateLimit of(long permits, Duration per) {
        return new RateLimit(permits, per, permits);
    }

    /** From one permit to the next: nanoseconds, rounded up, so that there are never more than {@code permits} in a period. */
    public long intervalNs() {
        return intervalNs(permits, per);
    }

    private static long intervalNs(long permits, Duration per) {
        return (per.toNanos() - 1) / permits + 1;
    }
}
