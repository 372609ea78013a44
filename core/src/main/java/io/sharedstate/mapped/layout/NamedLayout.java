package io.sharedstate.mapped.layout;

// spotless:off
/**
 * What a file of one adder, value, region, map, queue, semaphore or topic has in common after its header.
 *
 * <pre>
 *     0  header
 *   256  removed   long   1: this name was removed, the file is no longer found under it
 *   264  version   long   values: how often it was set; adders: the base, which the sum is counted from; maps: seed of the hash; semaphores: permits
 *   272  (zeros)
 *   384  lock      see LockLayout; values, regions, semaphores and topics
 *   640  (zeros)
 *   768  content
 * </pre>
 *
 * <p>Content of an adder: for each ordinal a cell of 128 bytes, its sum in the first 8.
 *
 * <p>Content of a region: its bytes.
 *
 * <p>Content of a map: see {@link MapLayout}; of a queue: see {@link QueueLayout}; of a semaphore: {@link SemaphoreLayout}; of a topic: {@link TopicLayout}.
 *
 * <p>Content of a value: four buffers of equal length, a multiple of 64; version v is in buffer v mod 4:
 *
 * <pre>
 *     0  version   long
 *     8  length    int    of the bytes; -1: null
 *    12  checksum  int    CRC32C of the bytes
 *    16  bytes
 * </pre>
 */
// spotless:on
public final class NamedLayout {

    public static final int REMOVED_OFFSET = FileHeader.HEADER_LENGTH;
    public static final int VERSION_OFFSET = REMOVED_OFFSET + Long.BYTES;
    public static final int BASE_OFFSET = VERSION_OFFSET;
    public static final int LOCK_OFFSET = 384;
    public static final int CONTENT_OFFSET = 768;

    public static final int CELL_LENGTH = 128;

    public static final int BUFFERS = 4;
    public static final int BUFFER_VERSION_OFFSET = 0;
    public static final int BUFFER_LENGTH_OFFSET = BUFFER_VERSION_OFFSET + Long.BYTES;
    public static final int BUFFER_CHECKSUM_OFFSET = BUFFER_LENGTH_OFFSET + Integer.BYTES;
    public static final int BUFFER_BYTES_OFFSET = BUFFER_CHECKSUM_OFFSET + Integer.BYTES;

    /** So much that a file fits into one window. */
    public static final int MAX_VALUE_SIZE = (FileHeader.WINDOW_LENGTH - 4096) / BUFFERS - 256;

    public static final int MAX_REGION_SIZE = FileHeader.WINDOW_LENGTH - 4096 - 1;

    private NamedLayout() {}

    public static int cellOffset(int ordinal) {
        return CONTENT_OFFSET + ordinal * CELL_LENGTH;
    }

    /** Where the buffer of a version begins. */
    public static int bufferOffset(long version, int maxSize) {
        return CONTENT_OFFSET + (int) (version & (BUFFERS - 1)) * bufferLength(maxSize);
    }

    private static int bufferLength(int maxSize) {
        return (BUFFER_BYTES_OFFSET + maxSize + 63) & ~63;
    }

    public static long adderFileLength(int cells) {
        return cellOffset(cells);
    }

    public static long valueFileLength(int maxSize) {
        return CONTENT_OFFSET + (long) BUFFERS * bufferLength(maxSize);
    }

    public static long regionFileLength(int size) {
        return CONTENT_OFFSET + (long) size;
    }
}
