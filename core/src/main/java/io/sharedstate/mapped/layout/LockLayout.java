package io.sharedstate.mapped.layout;

// spotless:off
/**
 * A lock, wherever it lies: in a slot of {@code locks.<k>.dat}, in a value, in a region, in a map, in a queue.
 *
 * <pre>
 *     0  owner          long   owner word of the holder; 0: free
 *     8  next           long   owner word of who has reserved the next turn; 0: nobody
 *    16  token          long   fencing token of the newest acquisition
 *    24  abandoned      long   1: a holder died, and what the lock guards was not put right since
 *    32  (zeros)
 *   128  before first   long   the token before the first acquisition that counts: acquisitions = token - this
 *   136  waited         long   nanoseconds, of all acquisitions
 *   144  abandonments   long
 *   152  acquired       long   milliseconds since the epoch, as of the holder's last tick
 *   160  named by       long   owner word of who wrote the thread's name
 *   168  thread         long   id of that thread
 *   176  thread name    32 bytes of ASCII, zero-padded
 *   208  (zeros)
 * </pre>
 *
 * <p>From 128 on there are statistics, written by the holder while it holds the lock, on cache lines of their own.
 */
// spotless:on
public final class LockLayout {

    public static final int OWNER_OFFSET = 0;
    public static final int NEXT_OFFSET = OWNER_OFFSET + Long.BYTES;
    public static final int TOKEN_OFFSET = NEXT_OFFSET + Long.BYTES;
    public static final int ABANDONED_OFFSET = TOKEN_OFFSET + Long.BYTES;
    public static final int BEFORE_FIRST_OFFSET = 128;
    public static final int WAITED_OFFSET = BEFORE_FIRST_OFFSET + Long.BYTES;
    public static final int ABANDONMENTS_OFFSET = WAITED_OFFSET + Long.BYTES;
    public static final int ACQUIRED_OFFSET = ABANDONMENTS_OFFSET + Long.BYTES;
    public static final int NAMED_BY_OFFSET = ACQUIRED_OFFSET + Long.BYTES;
    public static final int THREAD_OFFSET = NAMED_BY_OFFSET + Long.BYTES;
    public static final int THREAD_NAME_OFFSET = THREAD_OFFSET + Long.BYTES;
    public static final int THREAD_NAME_LENGTH = 32;
    public static final int LENGTH = 256;

    private LockLayout() {}
}
