package io.sharedstate.mapped;

import static io.sharedstate.mapped.layout.TopicLayout.BYTES_OFFSET;
import static io.sharedstate.mapped.layout.TopicLayout.CHECKSUM_OFFSET;
import static io.sharedstate.mapped.layout.TopicLayout.CLAIMED_OFFSET;
import static io.sharedstate.mapped.layout.TopicLayout.LENGTH_OFFSET;
import static io.sharedstate.mapped.layout.TopicLayout.NEWEST_OFFSET;
import static io.sharedstate.mapped.layout.TopicLayout.NUMBER_OFFSET;

import io.sharedstate.mapped.layout.TopicLayout;
import java.lang.invoke.VarHandle;
import org.agrona.concurrent.AtomicBuffer;
import org.jspecify.annotations.Nullable;

/*
 * The newest messages of a topic, one after the other in a ring. Positions only rise: position p is byte p mod length, and messages
 * follow each other without a gap, so that where the newest one is, and how long, says where the next one goes, and its number
 * which number that gets. So two words are enough: `newest`, which is the commit, and `claimed`.
 *
 * Publishing, with the lock held: claimed is raised to the end of the new message, if it is lower (release); fence (release); number,
 * length, checksum and bytes, which overwrite the oldest messages; newest = its position (release).
 *
 * Reading at position p <= newest (acquire), without a lock: claimed (acquire) is at most p + length; number and length, which are checked before
 * they are used; the bytes, copied; fence (acquire); claimed again. If it still is at most p + length, nothing of what was
 * copied had been overwritten, as that is only ever done after claimed was raised. If it isn't, the reader was overtaken.
 *
 * Invariants:
 * - The message at newest is whole, and that at p for every p from which one gets there, if p + length >= claimed.
 * - Nothing from claimed on, and thus of positions from claimed - length on, has been overwritten by what wasn't committed.
 * - Numbers rise by 1 from each message to the next.
 *
 * A death between any two stores leaves newest as it was, and perhaps a claim. The next one publishes at the same position and with the same number, as
 * if nothing had been; but it doesn't lower the claim to the end of what may be a shorter message: what a slow reader wants beyond that may be overwritten
 * already. (This is the tail intent of Agrona's BroadcastTransmitter, whose tail and latest counters, and whose padding at the ring's end,
 * would each be another thing for a successor to put right.)
 */
final class TopicRing {

    static final long OVERWRITTEN = -1;

    private static final byte[] NOTHING = {};

    private final Segment segment;
    private final AtomicBuffer buffer;
    private final TopicLayout layout;
    private final long length;
    private final int end;

    TopicRing(Segment segment, TopicLayout layout) {
        this.segment = segment;
        this.buffer = segment.buffer();
        this.layout = layout;
        this.length = layout.length();
        this.end = layout.ringOffset() + layout.length();
    }

    // publishing

    /** Publishes a message of at most the largest size; returns its number. The lock is held. */
    long publish(byte[] bytes) {
        long newest = buffer.getLong(NEWEST_OFFSET);
        long position = newest == 0 ? length : after(newest);
        long number = newest == 0 ? 1 : buffer.getLong(layout.offset(newest) + NUMBER_OFFSET) + 1;
        long next = position + TopicLayout.messageLength(bytes.length);
        if (buffer.getLong(CLAIMED_OFFSET) < next) {
            buffer.putLongRelease(CLAIMED_OFFSET, next);
        }
        VarHandle.releaseFence();
        int at = layout.offset(position);
        buffer.putLong(at + NUMBER_OFFSET, number);
        buffer.putInt(at + LENGTH_OFFSET, bytes.length);
        buffer.putInt(at + CHECKSUM_OFFSET, EntryChecksum.of(number, NOTHING, bytes));
        int first = Math.min(bytes.length, end - at - BYTES_OFFSET);
        buffer.putBytes(at + BYTES_OFFSET, bytes, 0, first);
        buffer.putBytes(layout.ringOffset(), bytes, first, bytes.length - first);
        segment.written(at, BYTES_OFFSET + first);
        segment.written(layout.ringOffset(), bytes.length - first);
        buffer.putLongRelease(NEWEST_OFFSET, position);
        segment.written(NEWEST_OFFSET, Long.BYTES);
        return number;
    }

    /** Where a message ends, and the next one begins. */
    private long after(long position) {
        return position + TopicLayout.messageLength(buffer.getInt(layout.offset(position) + LENGTH_OFFSET));
    }

    // reading

    /** Where the newest message is; 0 if there is none. */
    long newest() {
        return buffer.getLongAcquire(NEWEST_OFFSET);
    }

    /** The message at a committed position; null if it was overwritten, or isn't that number. */
    byte @Nullable [] read(long position, long number) {
        int at = layout.offset(position);
        int size = buffer.getInt(at + LENGTH_OFFSET);
        if (size < 0
                || size > layout.maxMessage()
                || buffer.getLong(at + NUMBER_OFFSET) != number
                || isOverwritten(position)) {
            return null;
        }
        byte[] bytes = copy(at, size);
        return isOverwritten(position) ? null : bytes;
    }

    private byte[] copy(int at, int size) {
        byte[] bytes = new byte[size];
        int first = Math.min(size, end - at - BYTES_OFFSET);
        buffer.getBytes(at + BYTES_OFFSET, bytes, 0, first);
        buffer.getBytes(layout.ringOffset(), bytes, first, size - first);
        return bytes;
    }

    /** Whether what was read at a position before this call may have been overwritten at that time. */
    private boolean isOverwritten(long position) {
        VarHandle.acquireFence();
        return buffer.getLongAcquire(CLAIMED_OFFSET) > position + length;
    }

    /** The number of the message at a committed position; {@link #OVERWRITTEN} if it was. */
    long number(long position) {
        long number = buffer.getLong(layout.offset(position) + NUMBER_OFFSET);
        return isOverwritten(position) ? OVERWRITTEN : number;
    }

    /** The number of the newest message; 0 if there is none. */
    long published() {
        while (true) {
            long newest = newest();
            long number = newest == 0 ? 0 : number(newest);
            if (number != OVERWRITTEN) {
                return number;
            }
        }
    }

    /** Of what was published since the topic was created. */
    TopicCursor fromTheBeginning() {
        return new TopicCursor(this, length, 1);
    }

    /** Of what is published from now on. */
    TopicCursor fromNowOn() {
        while (true) {
            long newest = newest();
            if (newest == 0) {
                return fromTheBeginning();
            }
            long next = after(newest);
            long number = number(newest);
            if (number != OVERWRITTEN) {
                return new TopicCursor(this, next, number + 1);
            }
        }
    }

    // after a reboot

    /**
     * Makes the newest message that is whole the newest one, wherever it is: pages reach a disk in any order. What was before it isn't read any more,
     * as all who subscribed are gone.
     *
     * @return whether the newest one was whole
     */
    boolean recover() {
        long named = buffer.getLong(NEWEST_OFFSET);
        boolean whole =
                named == 0 || (named >= length && named % TopicLayout.ALIGNMENT == 0 && isWhole(layout.offset(named)));
        long newest = 0;
        long highest = 0;
        for (int at = layout.ringOffset(); at < end; at += TopicLayout.ALIGNMENT) {
            long number = buffer.getLong(at + NUMBER_OFFSET);
            if (number > highest && isWhole(at)) {
                newest = length + at - layout.ringOffset();
                highest = number;
            }
        }
        buffer.putLong(CLAIMED_OFFSET, newest == 0 ? 0 : after(newest));
        buffer.putLong(NEWEST_OFFSET, newest);
        return whole;
    }

    private boolean isWhole(int at) {
        long number = buffer.getLong(at + NUMBER_OFFSET);
        int size = buffer.getInt(at + LENGTH_OFFSET);
        return number > 0
                && size >= 0
                && size <= layout.maxMessage()
                && buffer.getInt(at + CHECKSUM_OFFSET) == EntryChecksum.of(number, NOTHING, copy(at, size));
    }

    /** Throws {@link AssertionError} if an invariant doesn't hold; for tests, with nobody publishing. */
    void checkInvariants(String what) {
        long newest = newest();
        long claimed = buffer.getLongAcquire(CLAIMED_OFFSET);
        if (newest != 0 && (!isWhole(layout.offset(newest)) || claimed < after(newest))) {
            throw new AssertionError(what + ": newest is " + newest + ", claimed " + claimed + ", the message is "
                    + (isWhole(layout.offset(newest)) ? "whole" : "not whole"));
        }
        long most = (newest == 0 ? length : after(newest)) + TopicLayout.messageLength(layout.maxMessage());
        if (claimed > most) {
            throw new AssertionError(what + ": claimed is " + claimed + ", at most " + most + " can be");
        }
    }
}
