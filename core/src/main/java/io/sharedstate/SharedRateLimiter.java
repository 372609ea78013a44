package io.sharedstate;

import java.time.Duration;

/**
 * Permits that become available at a steady rate, for all processes together. Whoever asks is told at once; nobody waits, and no
 * method blocks.
 *
 * <p>The algorithm is GCRA, the "generic cell rate algorithm" of ITU-T I.371 in its virtual-scheduling form, a leaky bucket without
 * a thread that drips: the state is one number, the time at which all permits would be there again. A process that is killed has
 * either taken its permits or not. After a reboot a limiter may begin with no permits.
 *
 * <p>The limit is that of each process's own call of {@link SharedState#rateLimiter}; only the number is shared. While an
 * application is restarted with another limit, each process keeps to its own.
 */
public interface SharedRateLimiter {

    String name();

    RateLimit limit();

    /** Takes a permit if there is one; returns whether it did. */
    default boolean tryAcquire() {
        return tryAcquire(1);
    }

    /**
     * Takes {@code permits}, if there are so many.
     *
     * @param permits 1 to the limit's burst
     * @return whether it took them
     */
    boolean tryAcquire(long permits);

    /**
     * Takes {@code permits}, if there are so many, and says how things are.
     *
     * @param permits 1 to the limit's burst
     */
    Answer request(long permits);

    /** How many permits could be had at once now. */
    long available();

    /**
     * What became of a request.
     *
     * @param acquired whether the permits were taken
     * @param remaining how many could be had at once now
     * @param retryAfter when, if nobody else asks, what was asked for can be had; zero if it was
     */
    record Answer(boolean acquired, long remaining, Duration retryAfter) {}

    /** Gives all permits back. */
    void reset();
}
