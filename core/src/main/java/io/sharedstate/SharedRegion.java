package io.sharedstate;

import org.agrona.concurrent.AtomicBuffer;

/**
 * The plain primitive: memory that all processes see, with a lock beside it. What is written is visible as the
 * methods of {@link AtomicBuffer} say; what has to change together goes behind the {@link #lock()}.
 *
 * <p>The structures of Agrona work on it ({@code ManyToOneRingBuffer}, {@code BroadcastTransmitter}, ...), though they
 * don't know of processes that die half-way.
 */
public interface SharedRegion {

    String name();

    /** In bytes. */
    int capacity();

    /**
     * The memory, zeros at first, aligned to 8 bytes. Aligned {@code long} and {@code int} accesses are atomic.
     * {@code wrap} and {@code addressOffset} are not supported.
     *
     * @throws IllegalStateException if the region was {@linkplain SharedState#remove removed}
     */
    AtomicBuffer buffer();

    SharedLock lock();
}
