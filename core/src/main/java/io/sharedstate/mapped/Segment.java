package io.sharedstate.mapped;

import io.sharedstate.mapped.layout.FileHeader;
import io.sharedstate.mapped.layout.FileType;
import io.sharedstate.mapped.layout.NamedLayout;
import org.agrona.concurrent.AtomicBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The memory of one file.
 *
 * @param key what identifies the file, whatever its path
 * @param durable whether what is {@linkplain #written written} has to be on the disk before a call returns
 */
record Segment(String path, AtomicBuffer buffer, @Nullable Object key, boolean durable) {

    Segment(String path, AtomicBuffer buffer, @Nullable Object key) {
        this(path, buffer, key, false);
    }

    Segment durable(boolean durable) {
        return durable == this.durable ? this : new Segment(path, buffer, key, durable);
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

    int length() {
        return buffer.capacity();
    }

    /** Whether the name that this file was for has been removed. */
    boolean isRemoved() {
        int type = buffer.getInt(FileHeader.TYPE_OFFSET);
        return type >= FileType.ADDER.code() && buffer.getLongAcquire(NamedLayout.REMOVED_OFFSET) != 0;
    }

    /** Says that a change in this range is complete. */
    void written(int offset, int length) {
        if (durable) {
            force(offset, length);
        }
    }

    /** Writes the pages of this range to the disk, if there is one. */
    void force(int offset, int length) {
        if (buffer instanceof MappedAtomicBuffer mapped) {
            mapped.force(offset, length);
        }
    }
}
