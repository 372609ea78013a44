package io.sharedstate.mapped;

import io.sharedstate.SemaphoreStatus;
import io.sharedstate.SemaphoreStatus.Holder;
import io.sharedstate.mapped.layout.FileHeader;
import io.sharedstate.mapped.layout.FileType;
import io.sharedstate.mapped.layout.SemaphoreLayout;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.AtomicBuffer;

/*
 * Who has how many permits of one semaphore: a count for each member, void when it dies.
 *
 * Acquiring, with the lock held: the sum of the counts, the dead who were not noticed yet included; if that leaves too few, the sum
 * of those whom the kernel says are alive; then the own count is raised by compare-and-set, the commit. Releasing, without the
 * lock: the own count is lowered by compare-and-set.
 *
 * Invariant: the counts of those alive are together at most the permits that the last to acquire knew of: counts rise with the lock
 * held only, and what is summed up meanwhile can but fall.
 *
 * A death leaves counts that are void; and the lock, which guards nothing that could be half made.
 */
final class SemaphoreFile {

    private final Segment segment;
    private final MappedLock lock;
    private final MemberCounts inUse;
    private final Membership members;

    SemaphoreFile(Segment segment, MappedLock lock, Membership members) {
        this.segment = segment;
        this.lock = lock;
        this.inUse = new MemberCounts(segment.buffer(), SemaphoreLayout.IN_USE_OFFSET, Long.BYTES, members);
        this.members = members;
        lock.onAbandoned(() -> {});
    }

    Segment segment() {
        return segment;
    }

    /** Held by who acquires. */
    MappedLock lock() {
        return lock;
    }

    /** Says for how many permits it was asked for. */
    void asked(int permits) {
        AtomicBuffer buffer = segment.buffer();
        if (buffer.getLongAcquire(SemaphoreLayout.PERMITS_OFFSET) != permits) {
            buffer.putLongRelease(SemaphoreLayout.PERMITS_OFFSET, permits);
        }
    }

    /** Whether so many can be had, as far as is known without asking the kernel, or by asking it too. */
    boolean hasRoom(int wanted, int permits, boolean asking) {
        return inUse.atMost() <= permits - wanted || (asking && inUse.sum() <= permits - wanted);
    }

    /** Takes permits if there are so many; the lock is held. */
    boolean take(int wanted, int permits) {
        return hasRoom(wanted, permits, true) && inUse.add(wanted);
    }

    /** Gives permits back if this member has so many; returns whether it did. */
    boolean giveBack(int permits) {
        return inUse.add(-permits);
    }

    int own() {
        return inUse.own();
    }

    int inUse() {
        return inUse.sum();
    }

    SemaphoreStatus status() {
        List<Holder> holders = new ArrayList<>();
        inUse.forEach((member, permits) -> holders.add(new Holder(member, permits)));
        return new SemaphoreStatus(
                FileHeader.content(segment.buffer(), FileType.SEMAPHORE).name(),
                (int) segment.buffer().getLongAcquire(SemaphoreLayout.PERMITS_OFFSET),
                holders.stream().mapToInt(Holder::permits).sum(),
                members.waiters(lock.identity()),
                List.copyOf(holders));
    }

    /** Throws {@link AssertionError} if an invariant doesn't hold; for tests. */
    void checkInvariants() {
        inUse.checkInvariants(segment.path());
        lock.checkInvariants();
    }
}
