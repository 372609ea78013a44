package io.sharedstate;

import io.sharedstate.SharedRateLimiter.Answer;

/**
 * A limit for each key: a client, a user, a tenant. For every key it works as a {@link SharedRateLimiter} does, and a key that was never
 * asked about has all its permits.
 *
 * <p>Keys are any strings, of at most {@value #MAX_KEY_LENGTH} bytes as UTF-8. They are kept in the state, and in no message, endpoint or
 * meter.
 *
 * <p>A key is remembered until all its permits are there again, as it then is like one that was never asked about. When there is no room
 * for another, some of those are forgotten whose permits would have been there soonest, which are those that have taken least; they have
 * them at once then. So whoever makes up keys in great numbers locks nobody out, and makes the limiter forget other keys like those
 * before one whose permits he has used up. How often that happens is {@link #forgotten()}: a larger limiter remembers more.
 *
 * <p>A process that is killed has either taken its permits or not. Methods wait for each other as those do that change a
 * {@link SharedMap}, but for {@link #available}, which waits for nobody.
 */
public interface SharedKeyedRateLimiter {

    /** The longest key, in bytes of UTF-8. */
    int MAX_KEY_LENGTH = 1024;

    /** 4 MiB, for about 34,000 keys at once. */
    long DEFAULT_SIZE = 4L << 20;

    String name();

    /** What each key has. */
    RateLimit limit();

    /** Takes a permit of a key if there is one; returns whether it did. */
    default boolean tryAcquire(String key) {
        return tryAcquire(key, 1);
    }

    /**
     * Takes {@code permits} of a key, if there are so many.
     *
     * @param permits 1 to the limit's burst
     * @return whether it took them
     */
    boolean tryAcquire(String key, long permits);

    /**
     * Takes {@code permits} of a key, if there are so many, and says how things are.
     *
     * @param permits 1 to the limit's burst
     */
    Answer request(String key, long permits);

    /** How many permits of a key could be had at once now. */
    long available(String key);

    /** Gives all permits of a key back. */
    void reset(String key);

    /** How many keys are remembered, also some whose permits are all there again. */
    long keys();

    /** How many keys were forgotten, since the limiter was created, before all their permits were there again. */
    long forgotten();
}
