package io.sharedstate;

import java.time.Duration;

/**
 * Permits that all processes have together, with the method names of {@link java.util.concurrent.Semaphore}: so many threads, of
 * whichever process, may be inside at once.
 *
 * <p>Permits belong to the process that acquired them, not to a thread: another thread of it may release them. When a process dies,
 * however it dies, its permits come back by themselves; one that is stopped or pauses keeps them, however long.
 *
 * <p>Other than with {@code java.util.concurrent.Semaphore}, a process may only release what it holds, so that a release too many
 * can't let in more than there are permits; and there are never more than it was asked for with.
 *
 * <p>The number of permits is that of each process's own call of {@link SharedState#semaphore}; only what is in use is shared. While an
 * application is restarted with another number, each process keeps to its own.
 *
 * <p>Who waits in one process waits in order of arrival; between processes there is no order, and one that wants many permits at once can
 * wait long while others want few. Waiting takes about 4 % of a core per process and semaphore. Acquiring takes the semaphore's lock for a
 * moment, which a process could be stopped in.
 */
public interface SharedSemaphore {

    String name();

    /** How many there are, in use or not. */
    int permits();

    /** Acquires a permit, waiting for it. */
    default void acquire() throws InterruptedException {
        acquire(1);
    }

    /**
     * Acquires all of these or none, waiting for them.
     *
     * @param permits 1 to {@link #permits()}
     */
    void acquire(int permits) throws InterruptedException;

    /** Acquires a permit if there is one at this moment; returns whether it did. */
    default boolean tryAcquire() {
        return tryAcquire(1);
    }

    /**
     * Acquires all of these, if there are so many at this moment, whoever waits.
     *
     * @param permits 1 to {@link #permits()}
     * @return whether it acquired them
     */
    boolean tryAcquire(int permits);

    /** Acquires a permit, waiting at most that long; returns whether it did. */
    default boolean tryAcquire(Duration timeout) throws InterruptedException {
        return tryAcquire(1, timeout);
    }

    /**
     * Acquires all of these or none, waiting at most that long.
     *
     * @param permits 1 to {@link #permits()}
     * @return whether it acquired them
     */
    boolean tryAcquire(int permits, Duration timeout) throws InterruptedException;

    /**
     * Gives a permit back.
     *
     * @throws IllegalStateException if this process holds none
     */
    default void release() {
        release(1);
    }

    /**
     * Gives permits back.
     *
     * @param permits at least 1
     * @throws IllegalStateException if this process holds fewer; then none is released
     */
    void release(int permits);

    /** How many nobody alive holds, at this moment. */
    int availablePermits();

    /** What can be seen of the semaphore from outside; a moment's view. */
    SemaphoreStatus status();
}
