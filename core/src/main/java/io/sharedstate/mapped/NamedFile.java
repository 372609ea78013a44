package io.sharedstate.mapped;

import io.sharedstate.mapped.layout.NamedLayout;
import java.util.function.Supplier;

/** The file of one name, looked for again when the name was removed. */
final class NamedFile {

    private final String name;
    private final Supplier<Segment> opener;
    private volatile Segment segment;

    /** @param opener opens the file, or creates it */
    NamedFile(String name, Supplier<Segment> opener) {
        this.name = name;
        this.opener = opener;
        this.segment = opener.get();
    }

    String name() {
        return name;
    }

    /** Whether the name was not removed since the file was last looked for. */
    boolean exists() {
        return !segment.isRemoved();
    }

    Segment segment() {
        Segment current = segment;
        if (current.buffer().getLongAcquire(NamedLayout.REMOVED_OFFSET) != 0) {
            current = opener.get();
            segment = current;
        }
        return current;
    }
}
