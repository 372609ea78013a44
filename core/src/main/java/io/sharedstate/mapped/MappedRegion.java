package io.sharedstate.mapped;

import io.sharedstate.SharedLock;
import io.sharedstate.SharedRegion;
import io.sharedstate.mapped.layout.FileHeader;
import io.sharedstate.mapped.layout.NamedLayout;
import org.agrona.concurrent.AtomicBuffer;

/** A region's content, and the lock beside it. */
final class MappedRegion implements SharedRegion {

    private final String name;
    private final Segment segment;
    private final AtomicBuffer content;
    private final MappedLock lock;
    private final Membership members;

    MappedRegion(String name, Segment segment, MappedLock lock, Membership members) {
        this.name = name;
        this.segment = segment;
        this.content = ((MappedAtomicBuffer) segment.buffer())
                .slice(NamedLayout.CONTENT_OFFSET, (int) segment.buffer().getLong(FileHeader.PARAMETER_0_OFFSET));
        this.lock = lock;
        this.members = members;
    }

    boolean exists() {
        return !segment.isRemoved();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int capacity() {
        return content.capacity();
    }

    @Override
    public AtomicBuffer buffer() {
        requireThere();
        return content;
    }

    @Override
    public SharedLock lock() {
        requireThere();
        return lock;
    }

    private void requireThere() {
        members.requireOpen();
        if (segment.isRemoved()) {
            throw new IllegalStateException(
                    "region '" + name + "' was removed; ask for it again with SharedState.region");
        }
    }
}
