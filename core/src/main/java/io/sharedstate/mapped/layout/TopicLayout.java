package io.sharedstate.mapped.layout;

// spotless:off
/**
 * What a topic's file has after its header. Everything in it follows from two numbers of the header: the size of the ring, and how
 * many members there can be.
 *
 * <pre>
 *     0  header
 *   256  removed  long   1: this name was removed, the file is no longer found under it
 *   264  (zeros)
 *   384  lock     see LockLayout; of who publishes
 *   640  (zeros)
 *   768  newest   long   position of the newest message; 0: there is none. Written by the holder of the lock
 *   776  claimed  long   position that the ring may have been written up to; only raised, by the holder of the lock
 *   784  (zeros)
 *   896  cells, one for each ordinal
 *        (zeros up to a multiple of 64)
 *        ring     position p is byte p mod the ring's length; the first message is at position length
 *
 * Cell, 16 bytes, written by members with that ordinal:
 *     0  subscriptions  long   see CountLayout
 *     8  missed         long   messages that subscriptions were too slow for
 *
 * Message, a multiple of 16 bytes; the next one follows at once:
 *     0  number    long   from 1
 *     8  length    int    of the bytes
 *    12  checksum  int    see EntryChecksum in the engine; of the number and the bytes
 *    16  bytes            go on at the beginning of the ring where it ends
 * </pre>
 */
// spotless:on
public final class TopicLayout {

    public static final long MIN_SIZE = 1L << 16;
    public static final long MAX_SIZE = 1L << 29;

    public static final int NEWEST_OFFSET = NamedLayout.CONTENT_OFFSET;
    public static final int CLAIMED_OFFSET = NEWEST_OFFSET + Long.BYTES;
    public static final int CELLS_OFFSET = 896;

    public static final int CELL_LENGTH = 16;
    public static final int SUBSCRIPTIONS_OFFSET = 0;
    public static final int MISSED_OFFSET = SUBSCRIPTIONS_OFFSET + Long.BYTES;

    public static final int NUMBER_OFFSET = 0;
    public static final int LENGTH_OFFSET = NUMBER_OFFSET + Long.BYTES;
    public static final int CHECKSUM_OFFSET = LENGTH_OFFSET + Integer.BYTES;
    public static final int BYTES_OFFSET = CHECKSUM_OFFSET + Integer.BYTES;

    /** What messages begin at multiples of, so that the first 16 bytes of one never go on at the beginning of the ring. */
    public static final int ALIGNMENT = BYTES_OFFSET;

    /** How many of the largest messages the ring has room for. */
    private static final int LARGEST = 8;

    private final int members;
    private final int length;

    /**
     * @param size bytes of the ring, at most
     * @param members how many there can be at once
     */
    public TopicLayout(long size, int members) {
        this.members = members;
        this.length = (int) (size & -ALIGNMENT);
    }

    public int members() {
        return members;
    }

    /** Of the ring. */
    public int length() {
        return length;
    }

    /** The longest message's bytes. */
    public int maxMessage() {
        return (length / LARGEST & -ALIGNMENT) - BYTES_OFFSET;
    }

    public static int cellOffset(int ordinal) {
        return CELLS_OFFSET + ordinal * CELL_LENGTH;
    }

    public int ringOffset() {
        return (cellOffset(members) + 63) & ~63;
    }

    public long fileLength() {
        return ringOffset() + (long) length;
    }

    /** Where a position is in the file. */
    public int offset(long position) {
        return ringOffset() + (int) (position % length);
    }

    /** Bytes that a message takes. */
    public static int messageLength(int bytes) {
        return (BYTES_OFFSET + bytes + ALIGNMENT - 1) & -ALIGNMENT;
    }
}
