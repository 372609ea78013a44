package io.sharedstate;

/** One acquisition of a {@link SharedLock} by the thread that made it; closing it unlocks. */
public interface Lease extends AutoCloseable {

    /** Higher than that of every acquisition before, in all processes. */
    long fencingToken();

    /** Whether a holder before died, so that what the lock guards may be half changed, and nobody has put it right since. */
    boolean wasAbandoned();

    /** Says that what the lock guards is whole again. */
    void markConsistent();

    /**
     * Unlocks; a second call does nothing.
     *
     * @throws IllegalMonitorStateException if called by another thread than the one that acquired
     */
    @Override
    void close();
}
