package io.sharedstate.mapped;

import static io.sharedstate.mapped.layout.LockLayout.ABANDONED_OFFSET;

import io.sharedstate.Lease;
import io.sharedstate.LockStatus;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedStateEvent.LockAbandoned;
import io.sharedstate.engine.Events;
import io.sharedstate.mapped.NameTable.Slot;
import io.sharedstate.mapped.Ownership.Found;
import io.sharedstate.mapped.layout.LockLayout;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.agrona.concurrent.AtomicBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * A lock between processes: a gate in each process (one for each slot and SharedState) that lets one thread at a time deal with
 * its Ownership in shared memory, a fencing token, and the word `abandoned`.
 *
 * Acquiring: the gate; the ownership; if the owner before was dead, abandoned = 1; token = token + 1; the repair, if
 * abandoned. Only then lock() returns. Releasing: owner = 0 (release), then the gate opens.
 *
 * Invariants:
 * - The token rises by 1 with each acquisition, before lock() returns.
 * - abandoned is 1 from before lock() returns to who found a dead owner, until a holder says that all is well.
 * - The gate is passed before the ownership is taken and opened after it is given back; nobody has two gates to one lock.
 *
 * A death leaves what it leaves of the ownership, and a token that was raised but not used: it is skipped.
 */
final class MappedLock implements SharedLock {

    private static final Logger LOG = LoggerFactory.getLogger(SharedLock.class);

    private static final long FOREVER = Long.MAX_VALUE;

    private final String name;
    private final Segment segment;
    private final boolean durable;
    private final int base;
    private final long identity;
    private final Membership members;
    private final Ownership ownership;
    private final LockStatistics statistics;
    private final Events events;
    private final ReentrantLock gate = new ReentrantLock();
    private volatile @Nullable Runnable repair;
    /** How often the holder has locked; guarded by the gate, which may be passed more often than that. */
    private int holds;

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
        this.durable = segment.durable();
        this.base = base;
        this.identity = identity;
        this.members = members;
        this.events = events;
        this.ownership = new Ownership(segment.buffer(), base, members);
        this.statistics = new LockStatistics(segment.buffer(), base, members.owner(), clock);
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

    /** Tells it from all other locks. */
    long identity() {
        return identity;
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
            ownership.release();
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
        if (ownership.takeFree()) {
            acquired(false, waited);
            return true;
        }
        long start = System.nanoTime() - waited;
        members.waiting(identity, 1);
        Found found;
        try {
            found = ownership.await(start, timeout, interruptible);
        } finally {
            members.waiting(identity, -1);
        }
        if (found != Found.HELD) {
            acquired(found == Found.ABANDONED, System.nanoTime() - start);
        }
        return found != Found.HELD;
    }

    /** With the gate held: becomes the owner if that takes no waiting. */
    private boolean enterAtOnce() {
        members.requireOpen();
        Found found = ownership.takeAtOnce();
        if (found != Found.HELD) {
            acquired(found == Found.ABANDONED, 0);
        }
        return found != Found.HELD;
    }

    /** Everything that has to be true before lock() returns. */
    private void acquired(boolean fromDead, long waited) {
        holds = 1;
        if (fromDead) {
            ownership.setAbandoned(true);
        }
        long token = ownership.nextToken();
        statistics.entered(token, waited, fromDead);
        if (durable) {
            segment.written(base, LockLayout.LENGTH);
        }
        if (ownership.isAbandoned()) {
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
                ownership.release();
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
        return ownership.token();
    }

    @Override
    public boolean wasAbandoned() {
        requireHeld();
        return ownership.isAbandoned();
    }

    @Override
    public void markConsistent() {
        requireHeld();
        consistent();
    }

    private void consistent() {
        ownership.setAbandoned(false);
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
        ownership.checkInvariants(name);
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
