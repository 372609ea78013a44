package io.sharedstate.mapped;

import io.sharedstate.Kind;
import io.sharedstate.engine.Events;
import io.sharedstate.mapped.layout.NamedLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Every lock that this member may hold: those that are asked for by name, and those within the files of other state. */
final class Locks {

    private static final long REMOVAL_NS = TimeUnit.SECONDS.toNanos(1);

    private final Membership members;
    private final Events events;
    private final CoarseClock clock;
    private final Map<Segment, MappedLock> ofFiles = new ConcurrentHashMap<>();
    /** Also those of removed names that somebody still holds on to, and may hold. */
    private final Set<MappedLock> all = Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    Locks(Membership members, Events events, CoarseClock clock) {
        this.members = members;
        this.events = events;
        this.clock = clock;
    }

    /** @param identity tells it from all other locks */
    MappedLock make(String name, Segment segment, int offset, long identity) {
        MappedLock lock = new MappedLock(name, segment, offset, identity, members, events, clock);
        all.add(lock);
        return lock;
    }

    /** The lock of a file that has one: one object, as two would be two gates. */
    MappedLock ofFile(Segment segment) {
        return ofFiles.computeIfAbsent(segment, absent -> inFile(segment, "", NamedLayout.LOCK_OFFSET, 0));
    }

    /** One of several locks in a file, by its number. */
    MappedLock inFile(Segment segment, int number, int offset) {
        return inFile(segment, "#" + number, offset, number);
    }

    private MappedLock inFile(Segment segment, String suffix, int offset, int number) {
        String path = segment.path();
        String name = path.substring(0, path.length() - Segments.SUFFIX.length()) + suffix;
        return make(name, segment, offset, ((path.hashCode() + number) & 0xffff_ffffL) | 1L << 47);
    }

    void forgetRemoved() {
        ofFiles.keySet().removeIf(Segment::isRemoved);
    }

    /** Removes something while its lock is held. */
    static boolean whileHeld(Kind kind, String name, MappedLock lock, BooleanSupplier removal) {
        if (lock.isHeldByCurrentThread() || !lockForRemoval(lock)) {
            throw new IllegalStateException(kind.label() + " '" + name + "' is locked ("
                    + lock.status().holder() + "); remove it when nobody holds the lock");
        }
        try {
            return removal.getAsBoolean();
        } finally {
            lock.unlock();
        }
    }

    /** A value's lock is held for a moment by everyone who changes it. An interrupt is kept for later. */
    private static boolean lockForRemoval(MappedLock lock) {
        long deadline = System.nanoTime() + REMOVAL_NS;
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return lock.tryLock(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
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

    void requireNoneHeldByCurrentThread() {
        for (MappedLock lock : all()) {
            if (lock.isHeldByCurrentThread()) {
                throw new IllegalStateException(
                        "lock '" + lock.name() + "' is held by this thread; unlock it, then close");
            }
        }
    }

    /** Waits until this member holds none; returns the names of those that it holds in the end. */
    List<String> awaitFree(long timeout) {
        long deadline = System.nanoTime() + timeout;
        List<String> held = new ArrayList<>();
        for (MappedLock lock : all()) {
            if (!lock.awaitFree(deadline - System.nanoTime())) {
                held.add(lock.name());
            }
        }
        return held;
    }

    private List<MappedLock> all() {
        synchronized (all) {
            return new ArrayList<>(all);
        }
    }
}
