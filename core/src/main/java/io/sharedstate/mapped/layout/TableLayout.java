package io.sharedstate.mapped.layout;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.zip.CRC32C;

// spotless:off
/**
 * {@code counters.<k>.dat}, {@code locks.<k>.dat} and {@code rate-limiters.<k>.dat}: chunks of slots that are found by name.
 *
 * <pre>
 *     0  header
 *   256  (zeros)
 *   384  slots
 *
 * Slot of a counter, 128 bytes:            Slot of a lock, 384 bytes:
 *     0  value    long                         0  lock, see LockLayout
 *     8  initial  long
 *    32  name tag                            256  name tag
 *
 * Slot of a rate limiter, 128 bytes:
 *     0  arrival  long   nanoseconds of the monotonic clock
 *    32  name tag
 *
 * Name tag, 96 bytes at most:
 *     0  state    long   bits 0 to 7: 0 never used, 1 used, 2 removed; 8 to 15: length of the name; 32 to 63: CRC32C of the name
 *     8  removed  long   the next incarnation when it was removed
 *    16  (zeros)
 *    32  name     64 bytes of ASCII
 * </pre>
 *
 * <p>Slots are used in order; the first that was never used ends a table. A removed slot is used again for its own name at
 * once, and for another one when all members have left that were attached when it was removed.
 */
// spotless:on
public enum TableLayout {
    COUNTERS(FileType.COUNTERS, 32, 128, 1024),
    LOCKS(FileType.LOCKS, LockLayout.LENGTH, 384, 256),
    RATE_LIMITERS(FileType.RATE_LIMITERS, 32, 128, 256);

    public static final int SLOTS_OFFSET = 384;

    public static final int VALUE_OFFSET = 0;
    public static final int INITIAL_OFFSET = VALUE_OFFSET + Long.BYTES;

    public static final int ARRIVAL_OFFSET = 0;

    public static final int STATE_OFFSET = 0;
    public static final int REMOVED_OFFSET = STATE_OFFSET + Long.BYTES;
    public static final int NAME_OFFSET = 32;

    public static final int NEVER_USED = 0;
    public static final int USED = 1;
    public static final int REMOVED = 2;

    private final FileType type;
    private final int tagOffset;
    private final int slotLength;
    private final int chunkSlots;

    TableLayout(FileType type, int tagOffset, int slotLength, int chunkSlots) {
        this.type = type;
        this.tagOffset = tagOffset;
        this.slotLength = slotLength;
        this.chunkSlots = chunkSlots;
    }

    public FileType type() {
        return type;
    }

    public int chunkSlots() {
        return chunkSlots;
    }

    public int slotOffset(int slot) {
        return SLOTS_OFFSET + slot * slotLength;
    }

    public int tagOffset(int slot) {
        return slotOffset(slot) + tagOffset;
    }

    public int fileLength() {
        return slotOffset(chunkSlots);
    }

    /** {@code counters}, {@code locks}, {@code rate-limiters}. */
    public String plural() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** {@code counters.0.dat}, ... */
    public String fileName(int chunk) {
        return plural() + "." + chunk + ".dat";
    }

    /** The state word of a slot with this name. */
    public static long state(int state, String name) {
        CRC32C crc = new CRC32C();
        crc.update(name.getBytes(StandardCharsets.US_ASCII));
        return crc.getValue() << 32 | (long) name.length() << 8 | state;
    }

    public static int stateOf(long word) {
        return (int) (word & 0xff);
    }

    public static int nameLength(long word) {
        return (int) (word >>> 8 & 0xff);
    }
}
