package io.sharedstate.mapped;

import java.util.concurrent.locks.LockSupport;

/** What who waits for another process does between two looks: spins, yields, then sleeps for longer each time. */
final class Pause {

    /** Rounds from which on a pause costs a system call. */
    static final int SPINS = 64;

    static final int SPINS_AND_YIELDS = 128;

    /**
     * The longest sleep of who waits for a message: longer than for a lock, as that wait may take hours, and a millisecond costs
     * half a percent of a core more.
     */
    static final long FOR_A_MESSAGE_NS = 1_500_000;

    private static final long MIN_PARK_NS = 20_000;
    private static final int ENOUGH_ROUNDS = 1 << 20;

    private Pause() {}

    /** The round after this one; it needn't be counted for ever. */
    static int next(int round) {
        return Math.min(round + 1, ENOUGH_ROUNDS);
    }

    /**
     * @param round how many there were before
     * @param longest the longest sleep, in nanoseconds
     * @param left when there is no more to wait for, in nanoseconds
     */
    static void after(int round, long longest, long left) {
        if (round < SPINS) {
            Thread.onSpinWait();
        } else if (round < SPINS_AND_YIELDS) {
            Thread.yield();
        } else {
            long park = Math.min(longest, MIN_PARK_NS * (round - SPINS_AND_YIELDS + 1));
            LockSupport.parkNanos(Math.min(park, left));
        }
    }
}
