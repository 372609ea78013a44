package io.sharedstate.mapped;

import static io.sharedstate.mapped.layout.QueueLayout.BYTES_OFFSET;
import static io.sharedstate.mapped.layout.QueueLayout.CHECKSUM_OFFSET;
import static io.sharedstate.mapped.layout.QueueLayout.LENGTH_OFFSET;
import static io.sharedstate.mapped.layout.QueueLayout.MESSAGE_DUE_OFFSET;
import static io.sharedstate.mapped.layout.QueueLayout.OFFERED_OFFSET;
import static io.sharedstate.mapped.layout.QueueLayout.POSITION_OFFSET;

import io.sharedstate.FormatException;
import io.sharedstate.mapped.layout.FileHeader;
import io.sharedstate.mapped.layout.QueueLayout;
import org.agrona.concurrent.AtomicBuffer;
import org.jspecify.annotations.Nullable;

/** The blocks of a queue's ring: their states, and the messages in them. See {@link QueueRing} for who writes what, and when. */
final class QueueBlocks {

    private static final byte[] NO_KEY = {};

    private final Segment file;
    private final AtomicBuffer buffer;
    private final QueueLayout layout;
    private final int count;
    private final int states;
    private final int ring;

    QueueBlocks(Segment file) {
        this.file = file;
        this.buffer = file.buffer();
        this.layout = layout(file);
        this.count = layout.blocks();
        this.states = layout.stateOffset(0);
        this.ring = layout.blockOffset(0);
    }

    private static QueueLayout layout(Segment file) {
        return new QueueLayout(file.buffer().getLong(FileHeader.PARAMETER_0_OFFSET), (int)
                file.buffer().getLong(FileHeader.PARAMETER_1_OFFSET));
    }

    /** What is wrong with the numbers in a queue's header, or null. */
    static @Nullable String damage(Segment file) {
        long size = file.buffer().getLong(FileHeader.PARAMETER_0_OFFSET);
        long members = file.buffer().getLong(FileHeader.PARAMETER_1_OFFSET);
        boolean possible =
                size >= QueueLayout.MIN_SIZE && size <= QueueLayout.MAX_SIZE && members > 0 && members <= 1024;
        return possible && layout(file).fileLength() == file.length()
                ? null
                : "has " + file.length() + " bytes for a queue of " + size + " bytes and " + members + " members";
    }

    Segment file() {
        return file;
    }

    QueueLayout layout() {
        return layout;
    }

    int count() {
        return count;
    }

    int at(long position) {
        return (int) (position % count);
    }

    // states

    long state(int block) {
        return buffer.getLongAcquire(states + block * Long.BYTES);
    }

    void setState(int block, long state) {
        buffer.putLongRelease(states + block * Long.BYTES, state);
        file.written(states + block * Long.BYTES, Long.BYTES);
    }

    boolean changeState(int block, long expected, long state) {
        boolean changed = buffer.compareAndSetLong(states + block * Long.BYTES, expected, state);
        file.written(states + block * Long.BYTES, Long.BYTES);
        return changed;
    }

    // messages

    private int offset(int block) {
        return ring + block * QueueLayout.BLOCK_LENGTH;
    }

    /** Writes a message into blocks that are free. */
    void write(int block, long position, byte[] bytes, long offered) {
        int at = offset(block);
        buffer.putLong(at + POSITION_OFFSET, position);
        buffer.putLong(at + MESSAGE_DUE_OFFSET, 0);
        buffer.putLong(at + OFFERED_OFFSET, offered);
        buffer.putInt(at + LENGTH_OFFSET, bytes.length);
        buffer.putInt(at + CHECKSUM_OFFSET, EntryChecksum.of(position, NO_KEY, bytes));
        buffer.putBytes(at + BYTES_OFFSET, bytes);
        file.written(at, BYTES_OFFSET + bytes.length);
    }

    /** A copy. */
    byte[] bytes(int block) {
        byte[] bytes = new byte[length(block)];
        buffer.getBytes(offset(block) + BYTES_OFFSET, bytes);
        return bytes;
    }

    private int length(int block) {
        int length = buffer.getInt(offset(block) + LENGTH_OFFSET);
        if (!isPossible(block, length)) {
            throw new FormatException("file " + file.path() + ": a message in block " + block + " of " + count + " has "
                    + length + " bytes, so that the file is damaged; remove the queue to begin it anew");
        }
        return length;
    }

    private boolean isPossible(int block, int length) {
        return length >= 0 && length <= layout.maxMessage() && block + QueueLayout.blocks(length) <= count;
    }

    /** How many blocks a message takes. */
    int span(int block) {
        return QueueLayout.blocks(length(block));
    }

    /** The same of a block that may be written at this moment; 0 if there is no message in it. */
    int spanIfPossible(int block) {
        int length = buffer.getInt(offset(block) + LENGTH_OFFSET);
        return isPossible(block, length) ? QueueLayout.blocks(length) : 0;
    }

    long position(int block) {
        return buffer.getLong(offset(block) + POSITION_OFFSET);
    }

    long offered(int block) {
        return buffer.getLong(offset(block) + OFFERED_OFFSET);
    }

    long due(int block) {
        return buffer.getLong(offset(block) + MESSAGE_DUE_OFFSET);
    }

    void setDue(int block, long due) {
        buffer.putLong(offset(block) + MESSAGE_DUE_OFFSET, due);
        file.written(offset(block) + MESSAGE_DUE_OFFSET, Long.BYTES);
    }

    /** Whether there is a message in this block that nothing is missing of. */
    boolean isWhole(int block) {
        long position = position(block);
        return position >= 0
                && at(position) == block
                && isPossible(block, buffer.getInt(offset(block) + LENGTH_OFFSET))
                && buffer.getInt(offset(block) + CHECKSUM_OFFSET) == EntryChecksum.of(position, NO_KEY, bytes(block));
    }
}
