package io.sharedstate.mapped;

import io.sharedstate.QueueStatistics;
import io.sharedstate.mapped.QueueRing.Received;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The ring of one queue with its locks, whatever type its messages are read as: one for each file, as two would be two gates. */
final class QueueFile {

    private final Segment file;
    private final QueueRing ring;
    private final MappedLock producers;
    private final MappedLock consumers;
    private final CoarseClock ticks;

    QueueFile(Segment file, QueueRing ring, MappedLock producers, MappedLock consumers, CoarseClock ticks) {
        this.file = file;
        this.ring = ring;
        this.producers = producers;
        this.consumers = consumers;
        this.ticks = ticks;
        producers.onAbandoned(() -> {}); // what they guard is whole at every moment
        consumers.onAbandoned(() -> {});
    }

    Segment file() {
        return file;
    }

    MappedLock producers() {
        return producers;
    }

    MappedLock consumers() {
        return consumers;
    }

    /** What may be done without a lock. */
    QueueRing ring() {
        return ring;
    }

    /** Offers all or none; null if the queue was removed. */
    @Nullable
    Boolean offer(List<byte[]> messages) {
        producers.lock();
        try {
            return file.isRemoved() ? null : ring.offer(messages, ticks.millis());
        } finally {
            producers.unlock();
        }
    }

    /** Receives what there is, up to {@code max}; nothing if the queue was removed. */
    List<Received> receive(int max, int maxAttempts) {
        return consuming(at -> file.isRemoved() ? List.of() : at.receive(max, maxAttempts));
    }

    /** Does something with the consumers' lock held. */
    <R> R consuming(Function<QueueRing, R> action) {
        consumers.lock();
        try {
            return action.apply(ring);
        } finally {
            consumers.unlock();
        }
    }

    QueueStatistics statistics() {
        return ring.statistics(ticks.millis());
    }

    /** Throws {@link AssertionError} if an invariant doesn't hold; for tests, with nobody inside. */
    void checkInvariants() {
        producers.checkInvariants();
        consumers.checkInvariants();
        ring.checkInvariants();
    }
}
