package io.sharedstate;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;

/**
 * A reentrant lock between all threads of all processes.
 *
 * <p>It is held until it is unlocked or its process dies; nothing else takes it away, however long a process pauses.
 * When the holder's process dies, the next one to lock finds the lock <em>abandoned</em>: what it guards may be half
 * changed. That finding stays with the lock until a holder calls {@link #markConsistent()} or the repair
 * registered with {@link #onAbandoned} completes. With a repair, every way to lock runs it before it
 * returns; without one, locking goes on with a warning in the log and a {@link SharedStateEvent.LockAbandoned} event.
 *
 * <p>Each acquisition (not each reentry) gets a {@linkplain #fencingToken() fencing token} higher than all before, to be sent along with writes to
 * systems that can refuse an older one.
 *
 * <p>Not fair, but nobody starves: a process that waits long reserves the next turn. Waiting is interruptible and
 * timed where {@link Lock} says so, and takes about 4 % of a core per process and lock.
 */
public interface SharedLock extends Lock {

    String name();

    /**
     * Locks, waiting without bound, uninterruptibly, like {@link #lock()}.
     *
     * <pre>{@code
     * try (Lease lease = lock.acquire()) {
     *     ...
     * }
     * }</pre>
     */
    Lease acquire();

    /** Locks within {@code timeout}, or gives up and returns empty. */
    Optional<Lease> tryAcquire(Duration timeout) throws InterruptedException;

    /** Whether the calling thread holds this lock. */
    boolean isHeldByCurrentThread();

    /**
     * The token of the acquisition that the calling thread holds.
     *
     * @throws IllegalMonitorStateException if the calling thread doesn't hold the lock
     */
    long fencingToken();

    /**
     * Whether what the lock guards was left by a holder that died, and nobody has put it right since.
     *
     * @throws IllegalMonitorStateException if the calling thread doesn't hold the lock
     */
    boolean wasAbandoned();

    /**
     * Says that what the lock guards is whole again.
     *
     * @throws IllegalMonitorStateException if the calling thread doesn't hold the lock
     */
    void markConsistent();

    /**
     * Registers the repair, in this process, that is to run with the lock held whenever it is found abandoned. It replaces the one
     * before. When it throws, the lock is released, still abandoned, and the exception goes to who wanted to lock.
     */
    void onAbandoned(Runnable repair);

    /** What can be seen of the lock from outside; a moment's view, taken without the lock. */
    LockStatus status();

    /**
     * Locks if the lock is free, or its holder is found dead, at this moment. On a server that asks nobody: a holder that has died since this member was
     * renewed last, half a second ago at most, is found by the next attempt after that.
     */
    @Override
    boolean tryLock();

    @Override
    boolean tryLock(long time, TimeUnit unit) throws InterruptedException;

    /**
     * Not supported: a condition's waiters could not be woken across processes.
     *
     * @throws UnsupportedOperationException always
     */
    @Override
    default Condition newCondition() {
        throw new UnsupportedOperationException(
                "a SharedLock has no conditions; use a SharedValue, or wait with a timeout");
    }
}
