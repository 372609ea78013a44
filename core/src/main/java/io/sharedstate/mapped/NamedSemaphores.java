package io.sharedstate.mapped;

import io.sharedstate.Kind;
import io.sharedstate.SemaphoreStatus;
import io.sharedstate.SharedSemaphore;
import io.sharedstate.mapped.layout.CountLayout;
import io.sharedstate.mapped.layout.FileHeader.Content;
import io.sharedstate.mapped.layout.SemaphoreLayout;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/** Semaphores, each in a file with its lock. */
final class NamedSemaphores implements NamedState {

    private static final long PARK_NS = 1_000_000;

    /** The semaphores of a name differ by the number of permits that they were asked for with. */
    private record Key(String name, int permits) {}

    private final NamedFiles files;
    private final Locks locks;
    private final Membership members;
    private final Map<Key, MappedSemaphore> opened = new ConcurrentHashMap<>();
    private final Map<Segment, SemaphoreFile> semaphoreFiles = new ConcurrentHashMap<>();

    NamedSemaphores(NamedFiles files, Locks locks, Membership members) {
        this.files = files;
        this.locks = locks;
        this.members = members;
    }

    SharedSemaphore open(String name, int permits) {
        if (permits < 1 || permits > CountLayout.MAX_COUNT) {
            throw new IllegalArgumentException(
                    "semaphore '" + name + "' of " + permits + " permits: expected 1 to " + CountLayout.MAX_COUNT);
        }
        Key key = new Key(name, permits);
        MappedSemaphore known = opened.get(key);
        if (known == null) {
            int cells = members.capacity();
            Content content = new Content(files.type(), cells, 0, name, "");
            NamedFile file = new NamedFile(name, () -> files.openOrCreate(SemaphoreLayout.fileLength(cells), content));
            MappedSemaphore semaphore = new MappedSemaphore(permits, file, this::semaphoreFile, members);
            known = opened.computeIfAbsent(key, absent -> semaphore);
        }
        return known;
    }

    private SemaphoreFile semaphoreFile(Segment segment) {
        return semaphoreFiles.computeIfAbsent(
                segment, absent -> new SemaphoreFile(segment, locks.ofFile(segment), members));
    }

    Optional<SemaphoreStatus> status(String name) {
        Segment segment = files.find(name);
        return segment == null
                ? Optional.empty()
                : Optional.of(semaphoreFile(segment).status());
    }

    @Override
    public List<String> names() {
        return files.names();
    }

    @Override
    public boolean remove(String name) {
        Segment segment = files.find(name);
        return segment != null
                && Locks.whileHeld(
                        Kind.SEMAPHORE, name, locks.ofFile(segment), () -> remove(name, semaphoreFile(segment)));
    }

    private boolean remove(String name, SemaphoreFile file) {
        if (file.inUse() > 0) {
            throw new IllegalStateException("semaphore '" + name + "' is in use ("
                    + file.status().holders() + "); remove it when nobody holds a permit");
        }
        return files.remove(name);
    }

    /** Waits until this member holds no permits; returns the names of those semaphores of which it holds some in the end. */
    List<String> awaitFree(long timeout) {
        boolean interrupted = Thread.interrupted();
        long deadline = System.nanoTime() + timeout;
        while (!held().isEmpty() && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(PARK_NS);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return held();
    }

    private List<String> held() {
        return semaphoreFiles.values().stream()
                .filter(file -> file.own() > 0)
                .map(file -> file.status().name())
                .toList();
    }

    @Override
    public void forgetRemoved() {
        opened.values().removeIf(semaphore -> !semaphore.exists());
        semaphoreFiles.keySet().removeIf(Segment::isRemoved);
    }

    @Override
    public List<Check> checks() {
        return files.checks(segment -> semaphoreFile(segment).checkInvariants());
    }
}
