package io.sharedstate.mapped;

import io.sharedstate.Flush;
import io.sharedstate.mapped.layout.FileHeader;
import io.sharedstate.mapped.layout.FileType;
import io.sharedstate.mapped.layout.NamedLayout;
import java.util.List;
import org.agrona.concurrent.AtomicBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The memory of one file.
 *
 * @param buffer its first {@link FileHeader#WINDOW_LENGTH} bytes, which most files are shorter than
 * @param windows all of it, by so many bytes
 * @param key what identifies the file, whatever its path
 * @param flush what a power cut may cost
 */
record Segment(
        String path,
        AtomicBuffer buffer,
        List<AtomicBuffer> windows,
        @Nullable Object key,
        Flush flush) {

    Segment(String path, List<? extends AtomicBuffer> windows, @Nullable Object key) {
        this(path, windows.get(0), List.copyOf(windows), key, Flush.NEVER);
    }

    Segment flushed(Flush flush) {
        return flush == this.flush ? this : new Segment(path, buffer, windows, key, flush);
    }

    /** A segment is itself only: its memory changes, and there is one for each file. */
    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }

    long length() {
        return windows.stream().mapToLong(AtomicBuffer::capacity).sum();
    }

    /** Whether the name that this file was for has been removed. */
    boolean isRemoved() {
        int type = buffer.getInt(FileHeader.TYPE_OFFSET);
        return type >= FileType.ADDER.code() && buffer.getLongAcquire(NamedLayout.REMOVED_OFFSET) != 0;
    }

    /** Whether what is {@linkplain #written written} has to be on the disk before a call returns. */
    boolean durable() {
        return flush == Flush.ALWAYS;
    }

    /** Says that a change in this range is complete. */
    void written(int offset, int length) {
        written(buffer, offset, length);
    }

    /** Says that a change in this range of a window is complete. */
    void written(AtomicBuffer window, int offset, int length) {
        if (durable()) {
            force(window, offset, length);
        }
    }

    /** Writes all pages to the disk, if there is one. */
    void force() {
        windows.forEach(window -> force(window, 0, window.capacity()));
    }

    private static void force(AtomicBuffer window, int offset, int length) {
        if (window instanceof MappedAtomicBuffer mapped) {
            mapped.force(offset, length);
        }
    }

    /** Puts on the disk, unless nothing is promised, what another store must not reach the disk before. */
    void before(AtomicBuffer window, int offset, int length) {
        if (flush != Flush.NEVER) {
            force(window, offset, length);
        }
    }
}
