package io.sharedstate;

import java.util.List;

/**
 * A semaphore as it looked from outside at one moment.
 *
 * @param permits how many there are, as whoever asked for the semaphore last has said
 * @param inUse how many live members hold, all together
 * @param waiters threads that wait for permits, in all live members
 * @param holders who holds them, by ordinal
 */
public record SemaphoreStatus(String name, int permits, int inUse, int waiters, List<Holder> holders) {

    /** A live member, and how many permits its threads hold. */
    public record Holder(Member member, int permits) {}
}
