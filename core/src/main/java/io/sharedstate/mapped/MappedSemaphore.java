package io.sharedstate.mapped;

import io.sharedstate.SemaphoreStatus;
import io.sharedstate.SharedSemaphore;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/** A semaphore as its user sees it: what is in use is in a {@link SemaphoreFile}. In each process one thread at a time waits for permits, the others for that one. */
final class MappedSemaphore implements SharedSemaphore {

    private static final long FOREVER = Long.MAX_VALUE;
    private static final long LONGEST_PARK_NS = 1_000_000;
    /** How long to wait for the lock at least, which others hold for a moment only: a timeout of nothing is still a try. */
    private static final long LOCK_NS = 10_000_000;
    /** In one of so many rounds the kernel is asked who is alive. */
    private static final int ROUNDS_PER_PROBE = 8;

    private final int permits;
    private final Opened<SemaphoreFile> opened;
    private final Membership members;
    private final ReentrantLock gate = new ReentrantLock(true);

    MappedSemaphore(int permits, NamedFile file, Function<Segment, SemaphoreFile> files, Membership members) {
        this.permits = permits;
        this.members = members;
        this.opened = new Opened<>(file, members, segment -> {
            SemaphoreFile found = files.apply(segment);
            found.asked(permits);
            return found;
        });
    }

    boolean exists() {
        return opened.exists();
    }

    @Override
    public String name() {
        return opened.name();
    }

    @Override
    public int permits() {
        return permits;
    }

    // acquiring

    @Override
    public void acquire(int wanted) throws InterruptedException {
        acquire(wanted, FOREVER);
    }

    @Override
    public boolean tryAcquire(int wanted, Duration timeout) throws InterruptedException {
        return acquire(wanted, TimeUnit.NANOSECONDS.convert(timeout));
    }

    @Override
    public boolean tryAcquire(int wanted) {
        requireWithin("asked for", wanted, permits);
        while (true) {
            SemaphoreFile at = opened.get();
            at.lock().lock();
            try {
                if (!at.segment().isRemoved()) {
                    return at.take(wanted, permits);
                }
            } finally {
                at.lock().unlock();
            }
        }
    }

    private boolean acquire(int wanted, long timeout) throws InterruptedException {
        requireWithin("asked for", wanted, permits);
        long start = System.nanoTime();
        if (!gate.isLocked() && take(opened.get(), wanted, timeout)) {
            return true;
        }
        long identity = opened.get().lock().identity();
        members.waiting(identity, 1);
        try {
            if (!gate.tryLock(timeout, TimeUnit.NANOSECONDS)) {
                return false;
            }
            try {
                return await(wanted, start, timeout);
            } finally {
                gate.unlock();
            }
        } finally {
            members.waiting(identity, -1);
        }
    }

    /** Looks again and again whether there are permits, without the lock; and takes them with it. */
    private boolean await(int wanted, long start, long timeout) throws InterruptedException {
        for (int round = 0; ; round = Pause.next(round)) {
            SemaphoreFile at = opened.get();
            long left = timeout - (System.nanoTime() - start);
            boolean asking = left <= 0 || round % ROUNDS_PER_PROBE == 0;
            if (at.hasRoom(wanted, permits, asking) && take(at, wanted, left)) {
                return true;
            }
            if (left <= 0) {
                return false;
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            Pause.after(round, LONGEST_PARK_NS, left);
        }
    }

    private boolean take(SemaphoreFile at, int wanted, long left) throws InterruptedException {
        if (!at.lock().tryLock(Math.max(left, LOCK_NS), TimeUnit.NANOSECONDS)) {
            return false;
        }
        try {
            return !at.segment().isRemoved() && at.take(wanted, permits);
        } finally {
            at.lock().unlock();
        }
    }

    // releasing

    /** Also once closed: the member leaves when nothing is in use any more. */
    @Override
    public void release(int released) {
        requireWithin("given back", released, Integer.MAX_VALUE);
        SemaphoreFile at = opened.current();
        if (!at.giveBack(released)) {
            throw new IllegalStateException("semaphore '" + name() + "' was given back " + released
                    + " permits, of which this process holds " + at.own()
                    + "; release once for each time that acquire returned, or tryAcquire returned true");
        }
    }

    private void requireWithin(String what, int found, int most) {
        if (found < 1 || found > most) {
            throw new IllegalArgumentException("semaphore '" + name() + "' was " + what + " " + found
                    + " permits, expected 1 to " + most + (most == permits ? ", which is all" : ""));
        }
    }

    // looking

    @Override
    public int availablePermits() {
        return Math.max(0, permits - opened.get().inUse());
    }

    @Override
    public SemaphoreStatus status() {
        return opened.get().status();
    }

    @Override
    public String toString() {
        return "SharedSemaphore '" + name() + "' of " + permits + " permits";
    }
}
