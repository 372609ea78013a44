package io.sharedstate.mapped.layout;

// spotless:off
/**
 * What a semaphore's file has after its header.
 *
 * <pre>
 *     0  header
 *   256  removed  long   1: this name was removed, the file is no longer found under it
 *   264  permits  long   as whoever asked for it last has said; tells only who looks from outside
 *   272  (zeros)
 *   384  lock     see LockLayout; of who acquires
 *   640  (zeros)
 *   768  in use   a long for each ordinal, see CountLayout
 * </pre>
 */
// spotless:on
public final class SemaphoreLayout {

    public static final int PERMITS_OFFSET = NamedLayout.VERSION_OFFSET;
    public static final int IN_USE_OFFSET = NamedLayout.CONTENT_OFFSET;

    private SemaphoreLayout() {}

    public static long fileLength(int members) {
        return IN_USE_OFFSET + (long) members * Long.BYTES;
    }
}
