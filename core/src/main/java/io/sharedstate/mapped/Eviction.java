package io.sharedstate.mapped;

/**
 * Chooses the entries of one segment that make room: all that come before a certain rank in an order, and as many of those of that rank as
 * it takes.
 */
final class Eviction {

    /** The order in which entries go. */
    interface Order {

        /** From 0 for those that go last to {@link #RANKS} - 1. The entry hasn't expired. */
        int rank(MapExtent extent, int position, int entry, long epoch, long now);
    }

    static final int RANKS = 256;

    /** Nearly, as an epoch passes with each compaction. */
    static final Order LEAST_RECENTLY_USED = (extent, position, entry, epoch, now) -> extent.age(position, epoch);

    /** Nearly, as times that differ by less than a quarter may be of the same rank. */
    static final Order SOONEST_TO_EXPIRE =
            (extent, position, entry, epoch, now) -> RANKS - 1 - magnitude(extent.expires(entry) - now);

    static final Eviction OF_NONE = new Eviction(RANKS, 0, 0);
    static final Eviction OF_ALL = new Eviction(-1, 0, 0);

    /** Those of higher ranks go. */
    private final int rank;
    /** Of those of this rank, go until so many bytes and entries are gone. */
    private long bytes;

    private long entries;

    /** The two highest bits after the first, and where they are: 0 to 255. */
    private static int magnitude(long time) {
        int bits = Long.SIZE - Long.numberOfLeadingZeros(time);
        return bits << 2 | (int) (bits > 2 ? time >>> (bits - 3) & 3 : 0);
    }

    private Eviction(int rank, long bytes, long entries) {
        this.rank = rank;
        this.bytes = bytes;
        this.entries = entries;
    }

    /**
     * Of the highest ranks, so many that these bytes and entries are gone.
     *
     * @param bytesOf bytes of the entries of each rank
     * @param entriesOf how many there are of each rank
     */
    static Eviction of(long bytes, long entries, long[] bytesOf, long[] entriesOf) {
        for (int rank = RANKS - 1; ; rank--) {
            if (rank == 0 || (bytes <= bytesOf[rank] && entries <= entriesOf[rank])) {
                return new Eviction(rank, bytes, entries);
            }
            bytes -= bytesOf[rank];
            entries -= entriesOf[rank];
        }
    }

    /** Whether an entry goes; asked once for each. */
    boolean takes(int rank, int entryLength) {
        if (rank != this.rank || (bytes <= 0 && entries <= 0)) {
            return rank > this.rank;
        }
        bytes -= entryLength;
        entries--;
        return true;
    }
}
