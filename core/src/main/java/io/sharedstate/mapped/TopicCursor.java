package io.sharedstate.mapped;

import io.sharedstate.mapped.layout.TopicLayout;
import org.jspecify.annotations.Nullable;

/** How far one has read in a topic's ring; for one thread at a time. */
final class TopicCursor {

    private final TopicRing ring;
    /** Where the next message begins, or will begin. */
    private long position;
    /** The next message's number. */
    private long number;

    TopicCursor(TopicRing ring, long position, long number) {
        this.ring = ring;
        this.position = position;
        this.number = number;
    }

    /** The next message's number: if it is missed, a later one. */
    long number() {
        return number;
    }

    /** The next message; null if there is none yet. Who was overtaken goes on with the newest: what is before it will be overwritten next. */
    byte @Nullable [] next() {
        while (true) {
            long newest = ring.newest();
            if (newest < position) {
                return null;
            }
            byte[] bytes = ring.read(position, number);
            if (bytes != null) {
                position += TopicLayout.messageLength(bytes.length);
                number++;
                return bytes;
            }
            long found = ring.number(newest);
            if (found != TopicRing.OVERWRITTEN) {
                position = newest;
                number = found;
            }
        }
    }
}
