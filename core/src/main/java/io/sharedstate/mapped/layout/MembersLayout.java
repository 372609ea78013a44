package io.sharedstate.mapped.layout;

// spotless:off
/**
 * {@code members.dat}: who is attached.
 *
 * <pre>
 *     0  header
 *   256  next incarnation  long   the one to be given next; only raised
 *   264  boot id           2 longs  of the boot in which somebody joined last
 *   280  lock file         2 longs  of process.lock: its inode, and milliseconds since the epoch when it was changed
 *   296  clock              long   milliseconds to add to the machine's monotonic clock: since the epoch, as of the boot's first
 *   304  (zeros)
 *   512  slots, one for each ordinal
 *
 * Slot, 512 bytes:
 *     0  incarnation       long   0: nobody, or being written
 *     8  pid               long   as the member sees it
 *    16  joined            long   milliseconds since the epoch
 *    24  time namespace    long   inode of /proc/self/ns/time, 0 if there is none
 *    32  died              long   the incarnation before, if it didn't leave in good order; else 0
 *    40  address length    int    0: none, or being written
 *    44  (zero)            int
 *    48  address           80 bytes of ASCII
 *   128  waits             16 longs  each: identity of a lock, 48 bits; threads that wait for it, 16 bits; 0: unused
 *   256  listeners         16 longs  each: inode of a socket its server listens on; 0: unused
 *   384  sign of life      long   when its process showed the last one, by the clock of offset 296; a single store, now and then
 *   392  version length    int    0: none, or being written
 *   396  (zero)            int
 *   400  version           80 bytes of ASCII: of its application
 *   480  network           long   inode of /proc/self/ns/net, 0 if there is none
 *   488  processes         long   inode of /proc/self/ns/pid, 0 if there is none
 *   496  (zeros)
 * </pre>
 *
 * <p>An owner word, as locks have it, is {@code incarnation << 10 | ordinal}; 0 is nobody, and -1 a holder from before a reboot.
 */
// spotless:on
public final class MembersLayout {

    public static final int MAX_CAPACITY = 1024;

    public static final int NEXT_INCARNATION_OFFSET = FileHeader.HEADER_LENGTH;
    public static final int BOOT_ID_OFFSET = NEXT_INCARNATION_OFFSET + Long.BYTES;
    public static final int LOCK_FILE_OFFSET = BOOT_ID_OFFSET + 2 * Long.BYTES;
    public static final int CLOCK_OFFSET = LOCK_FILE_OFFSET + 2 * Long.BYTES;
    public static final int SLOTS_OFFSET = 512;

    public static final int INCARNATION_OFFSET = 0;
    public static final int PID_OFFSET = INCARNATION_OFFSET + Long.BYTES;
    public static final int JOINED_OFFSET = PID_OFFSET + Long.BYTES;
    public static final int TIME_NAMESPACE_OFFSET = JOINED_OFFSET + Long.BYTES;
    public static final int DIED_OFFSET = TIME_NAMESPACE_OFFSET + Long.BYTES;
    public static final int ADDRESS_LENGTH_OFFSET = DIED_OFFSET + Long.BYTES;
    public static final int ADDRESS_OFFSET = ADDRESS_LENGTH_OFFSET + 2 * Integer.BYTES;
    public static final int ADDRESS_LENGTH = 80;
    public static final int WAITS_OFFSET = 128;
    public static final int WAITS = 16;
    public static final int LISTENERS_OFFSET = WAITS_OFFSET + WAITS * Long.BYTES;
    public static final int LISTENERS = 16;
    public static final int SIGN_OF_LIFE_OFFSET = LISTENERS_OFFSET + LISTENERS * Long.BYTES;
    public static final int VERSION_LENGTH_OFFSET = SIGN_OF_LIFE_OFFSET + Long.BYTES;
    public static final int VERSION_OFFSET = VERSION_LENGTH_OFFSET + 2 * Integer.BYTES;
    public static final int VERSION_LENGTH = 80;
    public static final int NETWORK_OFFSET = VERSION_OFFSET + VERSION_LENGTH;
    public static final int PROCESSES_OFFSET = NETWORK_OFFSET + Long.BYTES;
    public static final int SLOT_LENGTH = 512;

    private static final int ORDINAL_BITS = 10;

    /** The owner of a lock whose holder's machine went down. */
    public static final long DEAD_OWNER = -1;

    private MembersLayout() {}

    public static int slotOffset(int ordinal) {
        return SLOTS_OFFSET + ordinal * SLOT_LENGTH;
    }

    public static int fileLength(int capacity) {
        return slotOffset(capacity);
    }

    public static long owner(long incarnation, int ordinal) {
        return incarnation << ORDINAL_BITS | ordinal;
    }

    public static int ordinal(long owner) {
        return (int) (owner & (MAX_CAPACITY - 1));
    }

    public static long incarnation(long owner) {
        return owner >>> ORDINAL_BITS;
    }
}
