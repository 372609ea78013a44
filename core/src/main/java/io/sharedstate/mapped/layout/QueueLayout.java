package io.sharedstate.mapped.layout;

// spotless:off
/**
 * What a queue's file has after its header. Everything in it follows from two numbers of the header: the size of the ring, and
 * how many members there can be.
 *
 * <pre>
 *     0  header
 *   256  removed          long   1: this name was removed, the file is no longer found under it
 *   264  (zeros)
 *   384  producers' lock  see LockLayout
 *   640  (zeros)
 *   768  tail             long   position where the next message begins, or a later one; written by the holder of the producers' lock
 *   776  (zeros)
 *   896  consumers' lock  see LockLayout
 *  1152  head             long   position of the next message to receive, or an earlier one; written by the holder of the consumers'
 *                                lock, as all up to the states
 *  1160  due              long   no message that is to be redelivered is due before; milliseconds of the state's clock
 *  1168  redelivered      long   how often a message was received again
 *  1176  (zeros)
 *  1280  consumers        a long for each ordinal: owner word of the last member with it that has received; 0: nobody, or it died
 *                                and what it had in work was found
 *        (zeros up to a multiple of 64)
 *        states           a long for each block
 *        (zeros up to a multiple of 64)
 *        ring             blocks of 64 bytes; position p is in block p mod blocks
 *
 * State of the message that begins with this block; 0: none does
 *   bits 0 to 51   in work: owner word of who has it
 *       52 to 59   attempts: how often it was received, at most 255
 *             60   it was received before
 *       61 to 63   1 ready, 2 in work, 3 to be redelivered, 4 dead letter
 *
 * Message, in as many blocks as it needs, one after the other, not beyond the last one:
 *     0  position  long   where it begins; rises by 1 with each block
 *     8  due       long   to be redelivered: not before; milliseconds of the state's clock
 *    16  offered   long   milliseconds since the epoch, as of the producer's last tick
 *    24  length    int    of the bytes
 *    28  checksum  int    see EntryChecksum in the engine; of the position and the bytes
 *    32  bytes
 * </pre>
 */
// spotless:on
public final class QueueLayout {

    public static final long MIN_SIZE = 1L << 16;
    public static final long MAX_SIZE = 1L << 29;

    public static final int PRODUCERS_LOCK_OFFSET = NamedLayout.LOCK_OFFSET;
    public static final int TAIL_OFFSET = NamedLayout.CONTENT_OFFSET;
    public static final int CONSUMERS_LOCK_OFFSET = 896;
    public static final int HEAD_OFFSET = CONSUMERS_LOCK_OFFSET + LockLayout.LENGTH;
    public static final int DUE_OFFSET = HEAD_OFFSET + Long.BYTES;
    public static final int REDELIVERED_OFFSET = DUE_OFFSET + Long.BYTES;
    public static final int CONSUMERS_OFFSET = 1280;

    public static final int POSITION_OFFSET = 0;
    public static final int MESSAGE_DUE_OFFSET = POSITION_OFFSET + Long.BYTES;
    public static final int OFFERED_OFFSET = MESSAGE_DUE_OFFSET + Long.BYTES;
    public static final int LENGTH_OFFSET = OFFERED_OFFSET + Long.BYTES;
    public static final int CHECKSUM_OFFSET = LENGTH_OFFSET + Integer.BYTES;
    public static final int BYTES_OFFSET = CHECKSUM_OFFSET + Integer.BYTES;

    public static final int BLOCK_LENGTH = 64;

    /** When nothing is due. */
    public static final long NEVER = Long.MAX_VALUE;

    public static final int READY = 1;
    public static final int IN_WORK = 2;
    public static final int REDELIVERABLE = 3;
    public static final int DEAD_LETTER = 4;

    private static final int ATTEMPTS_SHIFT = 52;
    private static final long OWNER_MASK = (1L << ATTEMPTS_SHIFT) - 1;
    private static final int MOST_ATTEMPTS = 255;
    private static final long REDELIVERED = 1L << 60;
    private static final int KIND_SHIFT = 61;

    private final int members;
    private final int blocks;

    /**
     * @param size bytes of the ring, at most
     * @param members how many there can be at once
     */
    public QueueLayout(long size, int members) {
        this.members = members;
        this.blocks = (int) (size / BLOCK_LENGTH);
    }

    private static int align(int length) {
        return (length + BLOCK_LENGTH - 1) & -BLOCK_LENGTH;
    }

    public int members() {
        return members;
    }

    public int blocks() {
        return blocks;
    }

    /** The longest message. */
    public int maxMessage() {
        return blocks / 4 * BLOCK_LENGTH - BYTES_OFFSET;
    }

    public static int consumerOffset(int ordinal) {
        return CONSUMERS_OFFSET + ordinal * Long.BYTES;
    }

    public int stateOffset(int block) {
        return align(consumerOffset(members)) + block * Long.BYTES;
    }

    public int blockOffset(int block) {
        return align(stateOffset(blocks)) + block * BLOCK_LENGTH;
    }

    public long fileLength() {
        return blockOffset(blocks);
    }

    /** Blocks that a message takes. */
    public static int blocks(int length) {
        return align(BYTES_OFFSET + length) / BLOCK_LENGTH;
    }

    // states

    public static long ready() {
        return (long) READY << KIND_SHIFT;
    }

    /** What a state becomes when its message is received. */
    public static long received(long state, long owner) {
        long attempts = Math.min(MOST_ATTEMPTS, attempts(state) + 1);
        return (long) IN_WORK << KIND_SHIFT | (state & REDELIVERED) | attempts << ATTEMPTS_SHIFT | owner;
    }

    /** What it becomes when its message is given back, or found in work by one that died. */
    public static long givenBack(long state, int maxAttempts) {
        int kind = attempts(state) < maxAttempts ? REDELIVERABLE : DEAD_LETTER;
        return (long) kind << KIND_SHIFT | REDELIVERED | (long) attempts(state) << ATTEMPTS_SHIFT;
    }

    /** What that of a dead letter becomes when it is put back. */
    public static long requeued() {
        return (long) REDELIVERABLE << KIND_SHIFT | REDELIVERED;
    }

    public static int kind(long state) {
        return (int) (state >>> KIND_SHIFT);
    }

    public static long owner(long state) {
        return state & OWNER_MASK;
    }

    public static int attempts(long state) {
        return (int) (state >>> ATTEMPTS_SHIFT) & MOST_ATTEMPTS;
    }

    public static boolean isRedelivered(long state) {
        return (state & REDELIVERED) != 0;
    }
}
