package io.sharedstate.mapped.layout;

// spotless:off
/**
 * What the file of a map, or of a rate limiter with a limit for each key, has after its header. Everything in it follows from two numbers of the header: its size, and how many
 * cells there are.
 *
 * <pre>
 *     0  header
 *   256  removed   long   1: this name was removed, the file is no longer found under it
 *   264  seed      long   of the hash; random, written when the file is created
 *   272  (zeros)
 *   768  cells, one for each ordinal
 *        segments
 *        (zeros up to a multiple of 4096)
 *        extents; none straddles two windows of the file
 *
 * Cell, 128 bytes:
 *     0  hits    long   reads that found an entry
 *     8  misses  long   reads that found none
 *    16  (zeros)
 *
 * Segment, 512 bytes:
 *     0  descriptor   long   bits 0 to 15: number of its extent; 16 to 63: epoch
 *     8  (zeros)
 *   128  lock         see LockLayout
 *   384  entries      long   in the index, expired ones too
 *   392  bytes        long   of those entries
 *   400  used         long   slots of the index that were ever used in this epoch
 *   408  earliest     long   no entry expires before
 *   416  evictions    long
 *   424  expirations  long
 *   432  compactions  long
 *   440  (zeros)
 *
 * Extent:
 *     0  owner       long   owner word of who fills it; 0: nobody does
 *     8  segment     long   number of the segment that it was filled for, plus 1; 0: never filled, and number n is of segment n, if there is one
 *    16  epoch       long   of that segment, from which on the descriptor may name it; 0: being filled, or never filled
 *    24  tail        long   bytes of the log that are written
 *    32  (zeros)
 *    64  index       slots of 8 bytes: 0 never used; else bits 24 to 63: those of the key's hash; 0 to 23: where the entry is, in
 *                    units of 8 bytes from the extent's beginning, or 0: its entry was removed
 *        references  a byte for each slot: the lowest of the epoch in which the entry was last used
 *        (zeros up to a multiple of 8)
 *        log
 *
 * Entry, a multiple of 8 bytes:
 *     0  sequence      long   epoch &lt;&lt; 24 | where it was written first, as in a slot
 *     8  expires       long   milliseconds of the state's clock (of a keyed rate limiter, nanoseconds); the largest long: never
 *    16  key length    int
 *    20  value length  int
 *    24  checksum      int    see EntryChecksum in the engine
 *    28  key
 *        value
 * </pre>
 *
 * <p>The cells are each written by members with that ordinal, a segment by the holder of its lock (but for the lock), an
 * extent by its owner, and, once a descriptor names it, by the holder of that segment's lock; references by anybody.
 */
// spotless:on
public final class MapLayout {

    public static final long MIN_SIZE = 1L << 16;
    public static final long MAX_SIZE = 1L << 31;

    public static final int SEED_OFFSET = NamedLayout.VERSION_OFFSET;

    public static final int CELL_LENGTH = 128;
    public static final int HITS_OFFSET = 0;
    public static final int MISSES_OFFSET = HITS_OFFSET + Long.BYTES;

    public static final int DESCRIPTOR_OFFSET = 0;
    public static final int LOCK_OFFSET = 128;
    public static final int ENTRIES_OFFSET = LOCK_OFFSET + LockLayout.LENGTH;
    public static final int BYTES_OFFSET = ENTRIES_OFFSET + Long.BYTES;
    public static final int USED_OFFSET = BYTES_OFFSET + Long.BYTES;
    public static final int EARLIEST_OFFSET = USED_OFFSET + Long.BYTES;
    public static final int EVICTIONS_OFFSET = EARLIEST_OFFSET + Long.BYTES;
    public static final int EXPIRATIONS_OFFSET = EVICTIONS_OFFSET + Long.BYTES;
    public static final int COMPACTIONS_OFFSET = EXPIRATIONS_OFFSET + Long.BYTES;
    public static final int SEGMENT_LENGTH = 512;

    public static final int OWNER_OFFSET = 0;
    public static final int SEGMENT_OFFSET = OWNER_OFFSET + Long.BYTES;
    public static final int EPOCH_OFFSET = SEGMENT_OFFSET + Long.BYTES;
    public static final int TAIL_OFFSET = EPOCH_OFFSET + Long.BYTES;
    public static final int INDEX_OFFSET = 64;

    public static final int SEQUENCE_OFFSET = 0;
    public static final int EXPIRES_OFFSET = SEQUENCE_OFFSET + Long.BYTES;
    public static final int KEY_LENGTH_OFFSET = EXPIRES_OFFSET + Long.BYTES;
    public static final int VALUE_LENGTH_OFFSET = KEY_LENGTH_OFFSET + Integer.BYTES;
    public static final int CHECKSUM_OFFSET = VALUE_LENGTH_OFFSET + Integer.BYTES;
    public static final int KEY_OFFSET = CHECKSUM_OFFSET + Integer.BYTES;

    /** When an entry expires that never does. */
    public static final long NEVER = Long.MAX_VALUE;

    private static final int EXTENT_BITS = 16;
    private static final int ENTRY_BITS = 24;
    private static final long ENTRY_MASK = (1L << ENTRY_BITS) - 1;

    /** The slot of an entry that was removed. */
    public static final long TOMBSTONE = 1L << ENTRY_BITS;

    private static final int MIN_EXTENT_LENGTH = 1 << 14;
    private static final int MAX_EXTENT_LENGTH = 1 << 22;
    private static final int EXTENTS_OF_SMALL_MAP = 16;
    private static final int BYTES_PER_SLOT = 64;
    private static final int PAGE = 4096;

    private final int cells;
    private final int segments;
    private final int extents;
    private final int extentLength;
    private final int slots;
    private final int referencesOffset;
    private final int logOffset;

    /**
     * @param size bytes of the extents together, at most
     * @param cells how many members there can be at once
     */
    public MapLayout(long size, int cells) {
        this.cells = cells;
        long length = Math.max(MIN_EXTENT_LENGTH, Math.min(MAX_EXTENT_LENGTH, size / EXTENTS_OF_SMALL_MAP));
        this.extentLength = (int) length & -BYTES_PER_SLOT;
        this.extents = (int) (size / extentLength);
        this.segments = segments(extents);
        this.slots = extentLength / BYTES_PER_SLOT;
        this.referencesOffset = INDEX_OFFSET + slots * Long.BYTES;
        this.logOffset = align(referencesOffset + slots, Long.BYTES);
    }

    /** As many as leave two extents, and one for each eight segments, to compact into. */
    private static int segments(int extents) {
        int segments = extents - 2;
        while (segments + Math.max(2, segments / 8) > extents) {
            segments--;
        }
        return segments;
    }

    private static int align(int length, int unit) {
        return (length + unit - 1) & -unit;
    }

    public int cells() {
        return cells;
    }

    public int segments() {
        return segments;
    }

    public int extents() {
        return extents;
    }

    public int extentLength() {
        return extentLength;
    }

    /** Of an index. */
    public int slots() {
        return slots;
    }

    public int referencesOffset() {
        return referencesOffset;
    }

    public int logOffset() {
        return logOffset;
    }

    public int logLength() {
        return extentLength - logOffset;
    }

    /** The longest key and value together. */
    public int maxEntry() {
        return ((logLength() / 4) & -Long.BYTES) - KEY_OFFSET;
    }

    public int cellOffset(int ordinal) {
        return NamedLayout.CONTENT_OFFSET + ordinal * CELL_LENGTH;
    }

    public int segmentOffset(int segment) {
        return cellOffset(cells) + segment * SEGMENT_LENGTH;
    }

    /** Where an extent is, in its window. */
    public int extentOffset(int extent) {
        int first = inFirstWindow();
        return extent < first ? extentsOffset() + extent * extentLength : (extent - first) % inWindow() * extentLength;
    }

    public int windowOf(int extent) {
        int first = inFirstWindow();
        return extent < first ? 0 : 1 + (extent - first) / inWindow();
    }

    private int extentsOffset() {
        return align(segmentOffset(segments), PAGE);
    }

    private int inFirstWindow() {
        return (FileHeader.WINDOW_LENGTH - extentsOffset()) / extentLength;
    }

    private int inWindow() {
        return FileHeader.WINDOW_LENGTH / extentLength;
    }

    public long fileLength() {
        int last = extents - 1;
        return (long) windowOf(last) * FileHeader.WINDOW_LENGTH + extentOffset(last) + extentLength;
    }

    // words

    public static long descriptor(long epoch, int extent) {
        return epoch << EXTENT_BITS | extent;
    }

    public static long epoch(long descriptor) {
        return descriptor >>> EXTENT_BITS;
    }

    public static int extent(long descriptor) {
        return (int) (descriptor & ((1 << EXTENT_BITS) - 1));
    }

    public static int segment(long hash, int segments) {
        return (int) (((hash & 0xffff_ffffL) * segments) >>> 32);
    }

    /** The slot where the search for a key begins, from its hash or from its slot's word. */
    public static int home(long hash, int slots) {
        return (int) (((hash >>> 32) * slots) >>> 32);
    }

    public static long slot(long hash, int entry) {
        return (hash & ~ENTRY_MASK) | (entry >>> 3);
    }

    /** Whether a slot's word is that of an entry whose key has this hash, as far as a slot tells. */
    public static boolean isOf(long slot, long hash) {
        return (slot ^ hash) >>> ENTRY_BITS == 0;
    }

    /** Where the entry of a slot is; 0 for none. */
    public static int entry(long slot) {
        return (int) (slot & ENTRY_MASK) << 3;
    }

    public static long sequence(long epoch, int entry) {
        return epoch << ENTRY_BITS | (entry >>> 3);
    }

    /** Bytes of the log that an entry takes. */
    public static int entryLength(int keyLength, int valueLength) {
        return align(KEY_OFFSET + keyLength + valueLength, Long.BYTES);
    }
}
