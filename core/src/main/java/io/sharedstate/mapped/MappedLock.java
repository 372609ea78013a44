package io.sharedstate.mapped;

import static io.sharedstate.mapped.layout.LockLayout.ABANDONED_OFFSET;
import static io.sharedstate.mapped.layout.LockLayout.NEXT_OFFSET;
import static io.sharedstate.mapped.layout.LockLayout.OWNER_OFFSET;
import static io.sharedstate.mapped.layout.LockLayout.TOKEN_OFFSET;

import io.sharedstate.Lease;
import io.sharedstate.LockStatus;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedStateEvent.LockAbandoned;
import io.sharedstate.mapped.NameTable.Slot;
import io.sharedstate.mapped.layout.LockLayout;
import io.sharedstate.mapped.layout.MembersLayout;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.agrona.concurrent.AtomicBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

// spotless:off
/*
 * A lock between processes: three words in shared memory, behind a gate in each process (one for each slot and
 * SharedState) that lets one thread at a time deal with them. States of the owner word:
 *
 *                  CAS 0 -> me                     CAS dead -> me: abandoned
 *        free (0) -------------> held by a live member ------------> held by another live member
 *           ^                      |          |                            ^
 *           |   store 0 (release)  |          |  the holder's process dies |
 *           +----------------------+          +--> held by a dead one -----+
 *
 * Acquiring, with the gate held: CAS the owner; a reservation of one's own = 0; if the one before was dead, abandoned = 1;
 * token = token + 1. Only then lock() returns. Releasing: owner = 0 (release), then the gate opens.
 *
 * Fairness: who waits long reserves the next turn by CAS of `next` from 0 or a dead member to itself, and takes the
 * reservation back when it gives up. The others leave a free lock alone while a live member has it reserved, but not
 * for longer than their patience, as that member may be stopped.
 *
 * Invariants:
 * - Only a live member itself stores its owner word, and only it stores 0 over it: never a hand-over, never a clean-up.
 * - A dead owner's word is replaced only by CAS of exactly that word, by whoever found it dead.
 * - The token rises by 1 with each acquisition, before lock() returns.
 * - abandoned is 1 from before lock() returns to who found a dead owner, until a holder says that all is well.
 * Non-invariants: `next` may name a member that is dead, or no longer waits; the statistics may miss an acquisition.
 *
 * A death between any two stores leaves the owner word either without the dead member (it never had the lock, or had
 * released it) or with it: then the next one finds it abandoned. A token that was raised but not used is skipped.
 *
 * An unlock can be lost inside a live process (a StackOverflowError in it): then the gate is open and the owner word is
 * still one's own. Who comes next through the gate adopts it as abandoned.
 */
// spotless:on
final class MappedLock implements SharedLock {

    private static final Logger LOG = LoggerFactory.getLogger(SharedLock.class);

    /** How long a waiter waits before it reserves the next turn. */
    private static final long STARVED_NS = 10_000_000;
    /** How long a free lock is left to who has reserved it. */
    private static final long PATIENCE_NS = 5_000_000;
    /** How long nobody is patient again after having been so in vain. */
    private static final long IMPATIENCE_NS = 100_000_000;

    private static final int SPINS = 64;
    private static final int YIELDS = 64;
    private static final long MIN_PARK_NS = 20_000;
    private static final long MAX_PARK_NS = 1_000_000;
    private static final int ENOUGH_ROUNDS = 1 << 20;
    private static final long FOREVER = Long.MAX_VALUE;

    private final String name;
    private final Segment segment;
    private final AtomicBuffer buffer;
    private final boolean durable;
    private final int base;
    private final long identity;
    private final Membership members;
    private final LockStatistics statistics;
    private final Events events;
    private final long me;
    private final ReentrantLock gate = new ReentrantLock();
    private volatile @Nullable Runnable repair;
    /** How often the holder has locked; guarded by the gate, which may be passed more often than that. */
    private int holds;

    /** Until when reservations are not respected; guarded by the gate. */
    private long impatientUntil;

    private boolean impatient;

    MappedLock(
            String name,
            Segment segment,
            int base,
            long identity,
            Membership members,
            Events events,
            CoarseClock clock) {
        this.name = name;
        this.segment = segment;
        this.buffer = segment.buffer();
        this.durable = segment.durable();
        this.base = base;
        this.identity = identity;
        this.members = members;
        this.events = events;
        this.me = members.owner();
        this.statistics = new LockStatistics(buffer, base, me, clock);
    }

    /**
     * Forgets what was, in a slot that had a lock before. Its token goes on rising, and whoever holds on to the removed lock
     * may own it at this moment.
     */
    static void initialize(Slot slot) {
        AtomicBuffer buffer = slot.segment().buffer();
        buffer.putLong(slot.offset() + ABANDONED_OFFSET, 0);
        LockStatistics.clear(buffer, slot.offset());
    }

    @Override
    public String name() {
        return name;
    }

    // locking

    @Override
    public void lock() {
        try {
            lock(FOREVER, false);
        } catch (InterruptedException e) {
            throw new AssertionError("not interruptible", e);
        }
    }

    @Override
    public void lockInterruptibly() throws InterruptedException {
        lock(FOREVER, true);
    }

    @Override
    public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
        return lock(unit.toNanos(time), true);
    }

    @Override
    public boolean tryLock() {
        if (!gate.tryLock()) {
            return false;
        }
        boolean locked = false;
        try {
            locked = reenter() || enterAtOnce();
        } finally {
            openGateUnless(locked);
        }
        return locked;
    }

    @Override
    public Lease acquire() {
        lock();
        return new Held();
    }

    @Override
    public Optional<Lease> tryAcquire(Duration timeout) throws InterruptedException {
        return tryLock(TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS)
                ? Optional.of(new Held())
                : Optional.empty();
    }

    @Override
    public void unlock() {
        requireHeld();
        if (--holds == 0) {
            buffer.putLongRelease(base + OWNER_OFFSET, 0);
        }
        gate.unlock();
    }

    private boolean lock(long timeout, boolean interruptible) throws InterruptedException {
        if (interruptible && Thread.interrupted()) {
            throw new InterruptedException();
        }
        long waited = 0;
        if (!gate.tryLock()) {
            long start = System.nanoTime();
            if (!passGate(timeout, interruptible)) {
                return false;
            }
            waited = System.nanoTime() - start;
        }
        boolean locked = false;
        try {
            locked = reenter() || enter(waited, timeout, interruptible);
        } finally {
            openGateUnless(locked);
        }
        return locked;
    }

    private boolean passGate(long timeout, boolean interruptible) throws InterruptedException {
        members.waiting(identity, 1);
        try {
            if (interruptible) {
                return gate.tryLock(timeout, TimeUnit.NANOSECONDS);
            }
            gate.lock();
            return true;
        } finally {
            members.waiting(identity, -1);
        }
    }

    private boolean reenter() {
        if (holds == 0) {
            return false;
        }
        holds++;
        return true;
    }

    private void openGateUnless(boolean locked) {
        if (!locked) {
            if (gate.getHoldCount() == 1) {
                holds = 0;
            }
            gate.unlock();
        }
    }

    /** With the gate held: becomes the owner, within {@code timeout} nanoseconds of which {@code waited} are over. */
    private boolean enter(long waited, long timeout, boolean interruptible) throws InterruptedException {
        members.requireOpen();
        if (buffer.getLong(base + NEXT_OFFSET) == 0 && take(0)) {
            acquired(false, waited);
            return true;
        }
        members.waiting(identity, 1);
        try {
            return await(System.nanoTime() - waited, timeout, interruptible);
        } finally {
            members.waiting(identity, -1);
        }
    }

    /** With the gate held: becomes the owner if that takes no waiting. */
    private boolean enterAtOnce() {
        members.requireOpen();
        long owner = buffer.getLongAcquire(base + OWNER_OFFSET);
        boolean abandoned = owner != 0;
        if (owner == me || ((!abandoned || members.isDead(owner)) && take(owner))) {
            entered(abandoned, 0);
            return true;
        }
        return false;
    }

    private boolean await(long start, long timeout, boolean interruptible) throws InterruptedException {
        long politeSince = 0;
        boolean reserved = false;
        boolean interrupted = false;
        boolean entered = false;
        try {
            for (int round = 0; ; round = Math.min(round + 1, ENOUGH_ROUNDS)) {
                long owner = buffer.getLongAcquire(base + OWNER_OFFSET);
                boolean timeToProbe = round == SPINS || round > SPINS + YIELDS;
                if (owner == 0) {
                    long next = buffer.getLongAcquire(base + NEXT_OFFSET);
                    if (next != 0 && next != me && members.isDead(next)) {
                        buffer.compareAndSetLong(base + NEXT_OFFSET, next, 0);
                        continue;
                    }
                    if (politeSince == 0) {
                        politeSince = System.nanoTime();
                    }
                    if (next == 0 || next == me || isPatienceOver(politeSince)) {
                        if (take(0)) {
                            entered(false, System.nanoTime() - start);
                            entered = true;
                            return true;
                        }
                    }
                } else if (owner == me || (timeToProbe && members.isDead(owner) && take(owner))) {
                    entered(true, System.nanoTime() - start);
                    entered = true;
                    return true;
                }
                if (owner != 0) {
                    politeSince = 0;
                }
                if (Thread.interrupted()) {
                    interrupted = true;
                    if (interruptible) {
                        interrupted = false;
                        throw new InterruptedException();
                    }
                }
                members.requireOpen();
                long waited = System.nanoTime() - start;
                if (waited >= timeout) {
                    entered = enterAtOnce();
                    return entered;
                }
                if (!reserved && waited > STARVED_NS) {
                    reserved = reserve();
                }
                pause(round, timeout - waited);
            }
        } finally {
            if (reserved && !entered) {
                buffer.compareAndSetLong(base + NEXT_OFFSET, me, 0);
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The only way to become the owner, from nobody or from a member that is dead. */
    private boolean take(long expected) {
        return buffer.compareAndSetLong(base + OWNER_OFFSET, expected, me);
    }

    private boolean reserve() {
        long next = buffer.getLongAcquire(base + NEXT_OFFSET);
        return next == me
                || ((next == 0 || members.isDead(next)) && buffer.compareAndSetLong(base + NEXT_OFFSET, next, me));
    }

    private boolean isPatienceOver(long politeSince) {
        long now = System.nanoTime();
        if (impatient && now - impatientUntil < 0) {
            return true;
        }
        impatient = now - politeSince > PATIENCE_NS;
        impatientUntil = now + IMPATIENCE_NS;
        return impatient;
    }

    private static void pause(int round, long atMost) {
        if (round < SPINS) {
            Thread.onSpinWait();
        } else if (round < SPINS + YIELDS) {
            Thread.yield();
        } else {
            long park = Math.min(MAX_PARK_NS, MIN_PARK_NS * (round - SPINS - YIELDS + 1));
            LockSupport.parkNanos(Math.min(park, atMost));
        }
    }

    /** {@link #acquired}, when a reservation may have been made. */
    private void entered(boolean fromDead, long waited) {
        if (buffer.getLong(base + NEXT_OFFSET) == me) {
            buffer.putLongRelease(base + NEXT_OFFSET, 0);
        }
        acquired(fromDead, waited);
    }

    /** Everything that has to be true before lock() returns. */
    private void acquired(boolean fromDead, long waited) {
        holds = 1;
        if (fromDead) {
            buffer.putLongRelease(base + ABANDONED_OFFSET, 1);
        }
        long token = buffer.getLong(base + TOKEN_OFFSET) + 1;
        buffer.putLongRelease(base + TOKEN_OFFSET, token);
        statistics.entered(token, waited, fromDead);
        if (durable) {
            segment.written(base, LockLayout.LENGTH);
        }
        if (fromDead || buffer.getLong(base + ABANDONED_OFFSET) != 0) {
            foundAbandoned(fromDead, token);
        }
    }

    private void foundAbandoned(boolean now, long token) {
        Runnable registered = repair;
        boolean repaired = false;
        try {
            if (registered != null) {
                registered.run();
                consistent();
                repaired = true;
            } else if (now) {
                LOG.warn(
                        "lock '{}' was taken over from a holder that died, and no repair is registered: what it guards may"
                                + " be half changed; register one with onAbandoned, or call markConsistent (fencing token {})",
                        name,
                        token);
            }
        } finally {
            if (registered != null && !repaired) {
                buffer.putLongRelease(base + OWNER_OFFSET, 0);
            }
            if (now) {
                events.publish(new LockAbandoned(name, token, repaired));
            }
        }
    }

    // what a holder may ask

    @Override
    public boolean isHeldByCurrentThread() {
        return gate.isHeldByCurrentThread();
    }

    private void requireHeld() {
        if (!gate.isHeldByCurrentThread()) {
            throw new IllegalMonitorStateException("lock '" + name + "' is not held by thread "
                    + Thread.currentThread().getName());
        }
    }

    @Override
    public long fencingToken() {
        requireHeld();
        return buffer.getLong(base + TOKEN_OFFSET);
    }

    @Override
    public boolean wasAbandoned() {
        requireHeld();
        return buffer.getLong(base + ABANDONED_OFFSET) != 0;
    }

    @Override
    public void markConsistent() {
        requireHeld();
        consistent();
    }

    private void consistent() {
        buffer.putLongRelease(base + ABANDONED_OFFSET, 0);
        segment.written(base, LockLayout.LENGTH);
    }

    @Override
    public void onAbandoned(Runnable repair) {
        this.repair = repair;
    }

    @Override
    public LockStatus status() {
        return statistics.read(name, members, identity);
    }

    /**
     * Waits until no thread of this process is inside, given that none can enter any more.
     *
     * @return whether that was so within {@code timeout} nanoseconds
     */
    boolean awaitFree(long timeout) {
        boolean interrupted = Thread.interrupted();
        long deadline = System.nanoTime() + timeout;
        try {
            while (true) {
                try {
                    if (!gate.tryLock(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                        return false;
                    }
                    gate.unlock();
                    return true;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Throws {@link AssertionError} if an invariant doesn't hold; for tests. */
    void checkInvariants() {
        long abandoned = buffer.getLongAcquire(base + ABANDONED_OFFSET);
        long owner = buffer.getLongAcquire(base + OWNER_OFFSET);
        if (abandoned != 0 && abandoned != 1) {
            throw new AssertionError("lock '" + name + "': abandoned is " + abandoned);
        }
        if (owner > 0 && MembersLayout.incarnation(owner) >= members.nextIncarnation()) {
            throw new AssertionError("lock '" + name + "': owner " + owner + " was never given");
        }
    }

    private final class Held implements Lease {

        private final long token = MappedLock.this.fencingToken();
        private boolean closed;

        @Override
        public long fencingToken() {
            return token;
        }

        @Override
        public boolean wasAbandoned() {
            return MappedLock.this.wasAbandoned();
        }

        @Override
        public void markConsistent() {
            MappedLock.this.markConsistent();
        }

        @Override
        public void close() {
            if (!closed) {
                unlock();
                closed = true;
            }
        }
    }
}
