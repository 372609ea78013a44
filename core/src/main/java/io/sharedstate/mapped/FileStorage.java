package io.sharedstate.mapped;

import io.sharedstate.FormatException;
import io.sharedstate.SharedStateException;
import io.sharedstate.mapped.layout.FileHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.agrona.concurrent.AtomicBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A state directory in a file system. */
final class FileStorage implements Storage {

    private static final Logger LOG = LoggerFactory.getLogger(FileStorage.class);

    private static final String UNFINISHED = ".tmp";
    private static final int ZEROS = 1 << 16;

    private final Path directory;
    private final MapMode mode;
    private final Object directoryKey;
    private final ProcessLock processLock;
    private final Map<Integer, FileLock> ordinals = new ConcurrentHashMap<>();
    private final ReentrantLock creationGate = new ReentrantLock();
    private @Nullable FileLock creation;

    private FileStorage(Path directory, MapMode mode, Object directoryKey, ProcessLock processLock) {
        this.directory = directory;
        this.mode = mode;
        this.directoryKey = directoryKey;
        this.processLock = processLock;
    }

    /** Makes the directory if need be. */
    static FileStorage in(Path given) {
        return open(StateDirectory.prepare(given), MapMode.READ_WRITE);
    }

    /** Of a directory that is there, to look at only. */
    static FileStorage observing(Path given) {
        return open(StateDirectory.requireState(given), MapMode.READ_ONLY);
    }

    private static FileStorage open(Path directory, MapMode mode) {
        try {
            Object key = ProcessLock.fileKey(directory);
            if (key == null) {
                throw new NoSuchFileException(directory.toString());
            }
            return new FileStorage(directory, mode, key, ProcessLock.in(directory));
        } catch (IOException e) {
            throw StateDirectory.refusal("open " + ProcessLock.FILE_NAME + " in", directory, e);
        }
    }

    private boolean isReadOnly() {
        return mode.equals(MapMode.READ_ONLY);
    }

    // creating

    @Override
    public void lockCreation() {
        if (isReadOnly()) {
            throw new UnsupportedOperationException(
                    "the state in " + directory + " is looked at only: nothing is created or removed");
        }
        creationGate.lock();
        long start = System.nanoTime();
        long warnAfter = TimeUnit.SECONDS.toNanos(5);
        boolean locked = false;
        try {
            for (FileLock lock; ; LockSupport.parkNanos(50_000)) {
                lock = processLock.tryLock(ProcessLock.CREATION);
                if (lock != null) {
                    creation = lock;
                    locked = true;
                    return;
                }
                long waited = System.nanoTime() - start;
                if (waited > TimeUnit.MINUTES.toNanos(1)) {
                    throw new SharedStateException("another process has been joining or creating state in " + directory
                            + " for a minute; it may be stopped or hang: find it (lsof " + ProcessLock.FILE_NAME
                            + "), and continue or end it");
                }
                if (waited > warnAfter) {
                    LOG.warn("waiting for another process that is joining or creating state in {}", directory);
                    warnAfter += TimeUnit.SECONDS.toNanos(10);
                }
            }
        } finally {
            if (!locked) {
                creationGate.unlock();
            }
        }
    }

    @Override
    public void unlockCreation() {
        FileLock lock = creation;
        if (lock != null) {
            creation = null;
            ProcessLock.release(lock);
            creationGate.unlock();
        }
    }

    @Override
    public Segment create(String path, long length, Consumer<AtomicBuffer> initializer) {
        Path target = directory.resolve(path);
        Path unfinished = directory.resolve(path + UNFINISHED);
        try {
            prepareParent(target);
            List<MappedAtomicBuffer> windows = Interrupts.shield(() -> write(unfinished, length, initializer));
            if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
                throw new IOException(target + " has appeared meanwhile");
            }
            Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
            forceDirectory(parent(target));
            return new Segment(path, windows, ProcessLock.fileKey(target));
        } catch (IOException e) {
            SharedStateException refusal =
                    StateDirectory.refusal("create, with " + length + " bytes, the file", target, length, e);
            try {
                Files.deleteIfExists(unfinished);
            } catch (IOException suppressed) {
                refusal.addSuppressed(suppressed);
            }
            throw refusal;
        }
    }

    /** Writes and maps a file that nobody looks for yet; may be repeated from its beginning. */
    private static List<MappedAtomicBuffer> write(Path unfinished, long length, Consumer<AtomicBuffer> initializer)
            throws IOException {
        Files.deleteIfExists(unfinished);
        try (FileChannel channel = FileChannel.open(
                unfinished,
                Set.of(
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS),
                StateDirectory.FILE_ATTRIBUTES)) {
            writeZeros(channel, length);
            List<MappedAtomicBuffer> windows = map(channel, length, MapMode.READ_WRITE);
            initializer.accept(windows.get(0));
            windows.forEach(window -> window.force(0, window.capacity()));
            channel.force(true);
            return windows;
        }
    }

    private static List<MappedAtomicBuffer> map(FileChannel channel, long length, MapMode mode) throws IOException {
        List<MappedAtomicBuffer> windows = new ArrayList<>();
        for (long at = 0; at < length; at += FileHeader.WINDOW_LENGTH) {
            long size = Math.min(length - at, FileHeader.WINDOW_LENGTH);
            windows.add(new MappedAtomicBuffer(channel.map(mode, at, size)));
        }
        return windows;
    }

    private static Path parent(Path file) {
        return Objects.requireNonNull(file.getParent());
    }

    private void prepareParent(Path file) throws IOException {
        if (!parent(file).equals(directory)) {
            StateDirectory.prepareInside(parent(file));
        }
    }

    /** All blocks are there before anyone maps the file, so that a full disk is an exception now and no SIGBUS later. */
    private static void writeZeros(FileChannel channel, long length) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocate((int) Math.min(ZEROS, length));
        for (long at = 0; at < length; ) {
            zeros.clear().limit((int) Math.min(zeros.capacity(), length - at));
            at += channel.write(zeros, at);
        }
    }

    private static void forceDirectory(Path path) throws IOException {
        Interrupts.shield(() -> {
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
                channel.force(true);
                return path;
            }
        });
    }

    @Override
    public @Nullable Segment open(String path) {
        Path file = directory.resolve(path);
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return null;
        }
        try {
            if (isReadOnly()) {
                StateDirectory.lookAt(parent(file), file);
            } else {
                prepareParent(file);
                StateDirectory.checkFile(file);
            }
            return Interrupts.shield(() -> map(path, file));
        } catch (NoSuchFileException e) {
            return null; // removed between the look and the opening
        } catch (IOException e) {
            throw StateDirectory.refusal("open the file", file, e);
        }
    }

    private Segment map(String path, Path file) throws IOException {
        Set<OpenOption> options = isReadOnly()
                ? Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)
                : Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        try (FileChannel channel = FileChannel.open(file, options)) {
            long length = channel.size();
            if (length == 0 || length > Segments.MAX_LENGTH) {
                throw new FormatException("file " + file + " has " + length + " bytes, expected 1 to "
                        + Segments.MAX_LENGTH
                        + "; stop all processes of the application, then move the directory away to begin anew");
            }
            return new Segment(path, map(channel, length, mode), ProcessLock.fileKey(file));
        }
    }

    @Override
    public void delete(String path) {
        Path file = directory.resolve(path);
        try {
            Files.deleteIfExists(file);
            forceDirectory(parent(file));
        } catch (IOException e) {
            throw StateDirectory.refusal("delete the file", file, e);
        }
    }

    @Override
    public String setAside(String path) {
        Path file = directory.resolve(path);
        try {
            Path aside = Files.createTempFile(
                    parent(file), file.getFileName() + ".damaged-", "", StateDirectory.FILE_ATTRIBUTES);
            Files.move(file, aside, StandardCopyOption.ATOMIC_MOVE);
            return directory.relativize(aside).toString();
        } catch (IOException e) {
            throw StateDirectory.refusal("set aside the file", file, e);
        }
    }

    @Override
    public List<String> list(String subdirectory) {
        Path listed = directory.resolve(subdirectory);
        List<String> names = new ArrayList<>();
        if (Files.isDirectory(listed, LinkOption.NOFOLLOW_LINKS)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(listed, "*" + Segments.SUFFIX)) {
                files.forEach(file -> names.add(file.getFileName().toString()));
            } catch (IOException e) {
                throw StateDirectory.refusal("list the directory", listed, e);
            }
        }
        Collections.sort(names);
        return names;
    }

    // who is alive

    @Override
    public boolean claim(int ordinal) {
        FileLock lock = processLock.tryLock(ordinal);
        if (lock == null) {
            return false;
        }
        ordinals.put(ordinal, lock);
        return true;
    }

    @Override
    public void release(int ordinal) {
        FileLock lock = ordinals.remove(ordinal);
        if (lock != null) {
            ProcessLock.release(lock);
        }
    }

    @Override
    public boolean isFree(int ordinal) {
        return processLock.isFree(ordinal);
    }

    // the machine

    @Override
    public long[] bootId() {
        try {
            String id =
                    Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
            UUID uuid = UUID.fromString(id);
            return new long[] {uuid.getMostSignificantBits(), uuid.getLeastSignificantBits()};
        } catch (IOException | IllegalArgumentException e) {
            return new long[2];
        }
    }

    @Override
    public long[] lockFile() {
        Path file = directory.resolve(ProcessLock.FILE_NAME);
        if (!file.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return new long[2];
        }
        try {
            Map<String, Object> attributes =
                    Files.readAttributes(file, "unix:ino,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
            return new long[] {
                ((Number) Objects.requireNonNull(attributes.get("ino"))).longValue(),
                ((FileTime) Objects.requireNonNull(attributes.get("lastModifiedTime"))).toMillis()
            };
        } catch (IOException e) {
            throw StateDirectory.refusal("look at the file", file, e);
        }
    }

    @Override
    public long timeNamespace() {
        try {
            String link = Files.readSymbolicLink(Path.of("/proc/self/ns/time")).toString(); // time:[4026531834]
            return Long.parseLong(link.replaceAll("\\D", ""));
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }

    @Override
    public String location() {
        return directory.toString();
    }

    @Override
    public long size() {
        return size(directory);
    }

    private static long size(Path directory) {
        long size = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                size += Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS) ? size(file) : sizeIfThere(file);
            }
        } catch (IOException e) {
            throw StateDirectory.refusal("measure the directory", directory, e);
        }
        return size;
    }

    private static long sizeIfThere(Path file) throws IOException {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return 0; // published or removed since it was listed
        }
    }

    @Override
    public List<String> problems(Collection<Segment> opened) {
        String missing = problem("directory", directory, directoryKey);
        if (missing != null) {
            return List.of(missing);
        }
        List<String> problems = new ArrayList<>();
        String lost = problem("file", directory.resolve(ProcessLock.FILE_NAME), processLock.fileKey());
        if (lost != null) {
            problems.add(lost);
        }
        for (Segment segment : opened) {
            String problem = problem("file", directory.resolve(segment.path()), segment.key());
            if (problem != null && !segment.isRemoved()) { // asked in this order, as it may be removed meanwhile
                problems.add(problem);
            }
        }
        return problems;
    }

    private static @Nullable String problem(String what, Path path, @Nullable Object key) {
        Object found = ProcessLock.fileKey(path);
        if (Objects.equals(key, found)) {
            return null;
        }
        return "the " + what + " " + path + " was " + (found == null ? "deleted" : "replaced")
                + " while in use: this process no longer shares what was in it with processes started since;"
                + " stop all processes of the application, then start them again";
    }
}
