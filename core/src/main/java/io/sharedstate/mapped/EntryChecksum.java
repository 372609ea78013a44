package io.sharedstate.mapped;

import java.util.zip.CRC32C;

/**
 * What an entry carries to be told from half of one, or from another, after a power cut: CRC32C of its key and its value, combined
 * with its sequence and the two lengths. When it expires may change, and isn't in it.
 */
final class EntryChecksum {

    private static final long ODD = 0x9e3779b97f4a7c15L;

    private EntryChecksum() {}

    static int of(long sequence, byte[] key, byte[] value) {
        CRC32C crc = new CRC32C();
        crc.update(key, 0, key.length);
        crc.update(value, 0, value.length);
        long mixed = (sequence * ODD + ((long) key.length << 32 | value.length)) * ODD;
        return (int) crc.getValue() ^ (int) (mixed >>> 32);
    }
}
