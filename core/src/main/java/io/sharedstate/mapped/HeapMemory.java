package io.sharedstate.mapped;

import io.sharedstate.SharedStateException;
import io.sharedstate.mapped.layout.FileHeader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.agrona.concurrent.AtomicBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A state directory in the memory of one process. Each {@link #attach() attached} storage stands for a process:
 * it can die, and the others are told so as the kernel would tell them.
 */
final class HeapMemory {

    private final Map<String, List<MappedAtomicBuffer>> files = new ConcurrentHashMap<>();
    private final Map<Integer, Attached> claims = new ConcurrentHashMap<>();
    private final AtomicReference<@Nullable Attached> creator = new AtomicReference<>();
    private final AtomicInteger setAside = new AtomicInteger();

    Attached attach() {
        return new Attached();
    }

    /** A process's view. */
    class Attached implements Storage {

        /** What the kernel does when a process ends, however it ends. */
        void die() {
            claims.values().removeIf(this::equals);
            creator.compareAndSet(this, null);
        }

        /** The buffer through which this process sees a file. */
        AtomicBuffer view(MappedAtomicBuffer file) {
            return file;
        }

        @Override
        public void lockCreation() {
            long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
            while (!creator.compareAndSet(null, this)) {
                if (System.nanoTime() - deadline > 0) {
                    throw new SharedStateException("another thread has been creating state for a minute");
                }
                LockSupport.parkNanos(10_000);
            }
        }

        @Override
        public void unlockCreation() {
            creator.compareAndSet(this, null);
        }

        @Override
        public @Nullable Segment open(String path) {
            List<MappedAtomicBuffer> file = files.get(path);
            return file == null ? null : new Segment(path, views(file), file);
        }

        @Override
        public Segment create(String path, long length, Consumer<AtomicBuffer> initializer) {
            List<MappedAtomicBuffer> file = new ArrayList<>();
            for (long at = 0; at < length; at += FileHeader.WINDOW_LENGTH) {
                file.add(allocate((int) Math.min(length - at, FileHeader.WINDOW_LENGTH)));
            }
            Segment segment = new Segment(path, views(file), file);
            initializer.accept(segment.buffer());
            files.put(path, file);
            return segment;
        }

        private static MappedAtomicBuffer allocate(int length) {
            return new MappedAtomicBuffer(ByteBuffer.allocateDirect(length + Long.BYTES)
                    .alignedSlice(Long.BYTES)
                    .slice(0, length));
        }

        private List<AtomicBuffer> views(List<MappedAtomicBuffer> file) {
            return file.stream().map(this::view).toList();
        }

        @Override
        public void delete(String path) {
            files.remove(path);
        }

        @Override
        public String setAside(String path) {
            String aside = path + ".damaged-" + setAside.incrementAndGet();
            files.put(aside, files.remove(path));
            return aside;
        }

        @Override
        public List<String> list(String directory) {
            String prefix = directory.isEmpty() ? "" : directory + "/";
            List<String> names = new ArrayList<>();
            for (String path : new TreeMap<>(files).keySet()) {
                if (path.startsWith(prefix)
                        && path.indexOf('/', prefix.length()) < 0
                        && path.endsWith(Segments.SUFFIX)) {
                    names.add(path.substring(prefix.length()));
                }
            }
            return names;
        }

        @Override
        public boolean claim(int ordinal) {
            return claims.putIfAbsent(ordinal, this) == null;
        }

        @Override
        public void release(int ordinal) {
            claims.remove(ordinal, this);
        }

        @Override
        public boolean isFree(int ordinal) {
            return !claims.containsKey(ordinal);
        }

        @Override
        public long[] bootId() {
            return new long[2];
        }

        @Override
        public long[] lockFile() {
            return new long[2];
        }

        @Override
        public long timeNamespace() {
            return 0;
        }

        @Override
        public String location() {
            return "the memory of this process";
        }

        @Override
        public long size() {
            return files.values().stream()
                    .flatMap(List::stream)
                    .mapToLong(MappedAtomicBuffer::capacity)
                    .sum();
        }

        @Override
        public List<String> problems(Collection<Segment> opened) {
            return List.of();
        }
    }
}
