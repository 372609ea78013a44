package io.sharedstate.mapped;

/**
 * Chooses the entries of one segment that make room: all that were last used before a certain epoch, and as many of those last used
 * in it as it takes. Nearly the least recently used ones, as an epoch passes with each compaction.
 */
final class Eviction {

    static final int AGES = 256;

    static final Eviction OF_NONE = new Eviction(AGES, 0, 0);
    static final Eviction OF_ALL = new Eviction(-1, 0, 0);

    /** Older ones go. */
    private final int age;
    /** Of those of this age, go until so many bytes and entries are gone. */
    private long bytes;

    private long entries;

    private Eviction(int age, long bytes, long entries) {
        this.age = age;
        this.bytes = bytes;
        this.entries = entries;
    }

    /**
     * Of the oldest, so many that these bytes and entries are gone.
     *
     * @param bytesOf bytes of the entries of each age
     * @param entriesOf how many there are of each age
     */
    static Eviction of(long bytes, long entries, long[] bytesOf, long[] entriesOf) {
        for (int age = AGES - 1; ; age--) {
            if (age == 0 || (bytes <= bytesOf[age] && entries <= entriesOf[age])) {
                return new Eviction(age, bytes, entries);
            }
            bytes -= bytesOf[age];
            entries -= entriesOf[age];
        }
    }

    /** Whether an entry goes; asked once for each. */
    boolean takes(int age, int entryLength) {
        if (age != this.age || (bytes <= 0 && entries <= 0)) {
            return age > this.age;
        }
        bytes -= entryLength;
        entries--;
        return true;
    }
}
