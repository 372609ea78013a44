package io.sharedstate.mapped;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/*
 * The kernel's word on who is alive: byte n of process.lock is locked exclusively by the member with ordinal n for as
 * long as it lives, and byte CREATION by whoever creates or joins.
 *
 * These are POSIX record locks. They belong to the process and the inode: closing ANY descriptor of the process on that
 * inode drops all of them, silently. So
 *   - the file is opened once per class loader, and never closed: not by us, not by the garbage collector, not by an
 *     interrupt (tryLock and release, the only operations used, are no interruptible I/O);
 *   - nothing else ever opens it;
 *   - the channel is strongly rooted beyond this class loader: when a class loader goes (a redeployed web application,
 *     DevTools), the kernel locks of the others of this process on the same file must stay.
 * Within a JVM, the JDK keeps a table of the locks of all channels and class loaders, and throws
 * OverlappingFileLockException instead of asking the kernel, which would grant a process its own lock again.
 */
final class ProcessLock {

    static final String FILE_NAME = "process.lock";

    /** Behind the bytes of all ordinals. */
    static final int CREATION = 1 << 16;

    private static final Map<Object, FileChannel> CHANNELS = new HashMap<>();

    private final FileChannel channel;
    private final Object fileKey;

    private ProcessLock(FileChannel channel, Object fileKey) {
        this.channel = channel;
        this.fileKey = fileKey;
    }

    /** Opens, and creates if need be, the file in a directory that was checked. */
    static ProcessLock in(Path directory) throws IOException {
        Path path = directory.resolve(FILE_NAME);
        synchronized (CHANNELS) {
            Object known = fileKey(path);
            FileChannel opened = known == null ? null : CHANNELS.get(known);
            return known == null || opened == null ? open(path) : new ProcessLock(opened, known);
        }
    }

    private static ProcessLock open(Path path) throws IOException {
        FileChannel channel = Interrupts.shield(() -> FileChannel.open(
                path,
                Set.of(
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS),
                StateDirectory.FILE_ATTRIBUTES));
        root(channel);
        Object fileKey = fileKey(path);
        if (fileKey == null) {
            throw new IOException(path + " was deleted while it was being opened");
        }
        CHANNELS.putIfAbsent(fileKey, channel);
        return new ProcessLock(channel, fileKey);
    }

    /**
     * Keeps the channel reachable as long as the JVM runs, without keeping this class loader: the JDK's own timer
     * holds the completion value of a future that nobody knows.
     */
    private static void root(FileChannel channel) {
        CompletableFuture<FileChannel> never = new CompletableFuture<>();
        never.completeOnTimeout(channel, 36_500, TimeUnit.DAYS);
    }

    /** What identifies the file; null if there is none. */
    static @Nullable Object fileKey(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey();
        } catch (IOException e) {
            return null;
        }
    }

    Object fileKey() {
        return fileKey;
    }

    /** Locks a byte exclusively, if nobody has or probes it. */
    @Nullable
    FileLock tryLock(int position) {
        return tryLock(position, false);
    }

    /** Whether certainly nobody has locked this byte. */
    boolean isFree(int position) {
        FileLock probe = tryLock(position, true);
        if (probe == null) {
            return false;
        }
        release(probe);
        return true;
    }

    private @Nullable FileLock tryLock(int position, boolean shared) {
        try {
            return channel.tryLock(position, 1, shared);
        } catch (OverlappingFileLockException e) {
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot lock byte " + position + " of " + FILE_NAME, e);
        }
    }

    static void release(FileLock lock) {
        try {
            lock.release();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot unlock byte " + lock.position() + " of " + FILE_NAME, e);
        }
    }
}
