package io.sharedstate.mapped;

import static io.sharedstate.mapped.layout.LockLayout.ABANDONED_OFFSET;
import static io.sharedstate.mapped.layout.LockLayout.NEXT_OFFSET;
import static io.sharedstate.mapped.layout.LockLayout.OWNER_OFFSET;
import static io.sharedstate.mapped.layout.LockLayout.TOKEN_OFFSET;

import io.sharedstate.mapped.layout.MembersLayout;
import org.agrona.concurrent.AtomicBuffer;

// spotless:off
/*
 * Who of all processes has a lock: its words in shared memory. In each process a gate (see MappedLock) lets one thread at a
 * time deal with them. States of the owner word:
 *
 *                  CAS 0 -> me                     CAS dead -> me: abandoned
 *        free (0) -------------> held by a live member ------------> held by another live member
 *           ^                      |          |                            ^
 *           |   store 0 (release)  |          |  the holder's process dies |
 *           +----------------------+          +--> held by a dead one -----+
 *
 * Fairness: who waits long reserves the next turn by CAS of `next` from 0 or a dead member to itself, and takes the
 * reservation back when it has the lock or gives up. The others leave a free lock alone while a live member has it
 * reserved, but not for longer than their patience, as that member may be stopped.
 *
 * Invariants:
 * - Only a live member itself stores its owner word, and only it stores 0 over it: never a hand-over, never a clean-up.
 * - A dead owner's word is replaced only by CAS of exactly that word, by whoever found it dead.
 * - The token is raised by 1 by each owner, and abandoned is set by one that found a dead owner, before lock() returns to it.
 * Non-invariants: `next` may name a member that is dead, or no longer waits.
 *
 * A death between any two stores leaves the owner word either without the dead member (it never had the lock, or had
 * released it) or with it: then the next one finds it abandoned.
 *
 * A release can be lost inside a live process (a StackOverflowError in it): then the gate is open and the owner word is
 * still one's own. Who comes next through the gate adopts it as abandoned.
 */
// spotless:on
final class Ownership {

    /** What who wanted the lock has found. */
    enum Found {
        /** Another holder, alive: it isn't ours. */
        HELD,
        /** Nobody: it is ours. */
        FREE,
        /** A holder that is dead, or has lost its release: it is ours, abandoned. */
        ABANDONED
    }

    /** How long a waiter waits before it reserves the next turn. */
    private static final long STARVED_NS = 10_000_000;
    /** How long a free lock is left to who has reserved it. */
    private static final long PATIENCE_NS = 5_000_000;
    /** How long nobody is patient again after having been so in vain. */
    private static final long IMPATIENCE_NS = 100_000_000;

    private static final long LONGEST_PARK_NS = 1_000_000;

    private final AtomicBuffer buffer;
    private final int owner;
    private final int next;
    private final int token;
    private final int abandoned;
    private final Membership members;
    private final long me;
    /** Until when reservations are not respected, if they aren't; guarded by the gate. */
    private long impatientUntil;

    private boolean impatient;

    /** @param base where the lock is */
    Ownership(AtomicBuffer buffer, int base, Membership members) {
        this.buffer = buffer;
        this.owner = base + OWNER_OFFSET;
        this.next = base + NEXT_OFFSET;
        this.token = base + TOKEN_OFFSET;
        this.abandoned = base + ABANDONED_OFFSET;
        this.members = members;
        this.me = members.owner();
    }

    /** Becomes the owner if the lock is free and nobody has reserved it. */
    boolean takeFree() {
        return buffer.getLong(next) == 0 && take(0);
    }

    /** Becomes the owner if that takes no waiting, whoever has reserved the next turn. */
    Found takeAtOnce() {
        long holder = buffer.getLongAcquire(owner);
        if (holder == 0 ? take(0) : holder == me || (members.isDead(holder) && take(holder))) {
            dropReservation();
            return holder == 0 ? Found.FREE : Found.ABANDONED;
        }
        return Found.HELD;
    }

    /** Becomes the owner within {@code timeout} nanoseconds from {@code start}. */
    Found await(long start, long timeout, boolean interruptible) throws InterruptedException {
        long politeSince = 0;
        boolean interrupted = false;
        try {
            for (int round = 0; ; round = Pause.next(round)) {
                long holder = buffer.getLongAcquire(owner);
                boolean timeToProbe = round == Pause.SPINS || round > Pause.SPINS_AND_YIELDS;
                if (holder == 0) {
                    politeSince = politeSince == 0 ? System.nanoTime() : politeSince;
                    if (isOurTurn(politeSince) && take(0)) {
                        return Found.FREE;
                    }
                } else {
                    politeSince = 0;
                    if (holder == me || (timeToProbe && members.isDead(holder) && take(holder))) {
                        return Found.ABANDONED;
                    }
                }
                if (Thread.interrupted()) {
                    if (interruptible) {
                        throw new InterruptedException();
                    }
                    interrupted = true;
                }
                members.requireOpen();
                long waited = System.nanoTime() - start;
                if (waited >= timeout) {
                    return takeAtOnce();
                }
                if (waited > STARVED_NS) {
                    reserve();
                }
                Pause.after(round, LONGEST_PARK_NS, timeout - waited);
            }
        } finally {
            dropReservation();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Gives the lock back; the caller is the owner, as of all that follows. */
    void release() {
        buffer.putLongRelease(owner, 0);
    }

    /** Raises the fencing token, and returns it. */
    long nextToken() {
        long raised = buffer.getLong(token) + 1;
        buffer.putLongRelease(token, raised);
        return raised;
    }

    long token() {
        return buffer.getLong(token);
    }

    void setAbandoned(boolean value) {
        buffer.putLongRelease(abandoned, value ? 1 : 0);
    }

    boolean isAbandoned() {
        return buffer.getLong(abandoned) != 0;
    }

    /** The only way to become the owner, from nobody or from a member that is dead. */
    private boolean take(long expected) {
        return buffer.compareAndSetLong(owner, expected, me);
    }

    private void reserve() {
        long reserved = buffer.getLongAcquire(next);
        if (reserved != me && (reserved == 0 || members.isDead(reserved))) {
            buffer.compareAndSetLong(next, reserved, me);
        }
    }

    private void dropReservation() {
        if (buffer.getLongAcquire(next) == me) {
            buffer.compareAndSetLong(next, me, 0);
        }
    }

    /** Of a free lock: whether it isn't reserved for another, or was for too long. */
    private boolean isOurTurn(long politeSince) {
        long reserved = buffer.getLongAcquire(next);
        if (reserved == 0 || reserved == me) {
            return true;
        }
        if (members.isDead(reserved)) {
            buffer.compareAndSetLong(next, reserved, 0);
            return true;
        }
        long now = System.nanoTime();
        if (impatient && now - impatientUntil < 0) {
            return true;
        }
        impatient = now - politeSince > PATIENCE_NS;
        impatientUntil = now + IMPATIENCE_NS;
        return impatient;
    }

    /** Throws {@link AssertionError} if an invariant doesn't hold; for tests. */
    void checkInvariants(String name) {
        long flag = buffer.getLongAcquire(abandoned);
        if (flag != 0 && flag != 1) {
            throw new AssertionError("lock '" + name + "': abandoned is " + flag);
        }
        long holder = buffer.getLongAcquire(owner);
        if (holder > 0 && MembersLayout.incarnation(holder) >= members.nextIncarnation()) {
            throw new AssertionError("lock '" + name + "': owner " + holder + " was never given");
        }
    }
}
