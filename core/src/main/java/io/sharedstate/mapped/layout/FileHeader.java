package io.sharedstate.mapped.layout;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.jspecify.annotations.Nullable;

// spotless:off
/**
 * The first 256 bytes of every file. Written before the file is published under its name, never afterwards.
 *
 * <pre>
 *     0  magic           long   0x53484152_53544154
 *     8  layout version  int
 *    12  type            int    members 1, counters 2, locks 3, adder 4, value 5, region 6, map 7, rate limiters 8, keyed
 *                              rate limiter 9, queue 10, semaphore 11, topic 12
 *    16  length          long   of the file, in bytes
 *    24  directory UUID  2 longs
 *    40  parameter 0     long   members: capacity; counters, locks: number of the chunk; adder, semaphore: cells; value: bytes; region: bytes; map, keyed rate limiter, queue, topic: bytes
 *    48  parameter 1     long   counters, locks: slots in a chunk; map, keyed rate limiter, topic: cells; queue: members
 *    56  name length     int    adder, value, region, map, keyed rate limiter, queue, semaphore, topic; else 0
 *    60  (zero)          int
 *    64  name            64 bytes of ASCII
 *   128  format          16 bytes of ASCII, zero-padded: what the codec of a value, of a map's values, of a queue's or a topic's messages, writes
 *   144  key format      16 bytes of ASCII, zero-padded: what the codec of a map's keys writes
 *   160  (zeros)
 *   248  checksum        int    CRC32C of bytes 0 to 247
 *   252  (zero)          int
 * </pre>
 */
// spotless:on
public final class FileHeader {

    public static final long MAGIC = 0x5348415253544154L;
    public static final int LAYOUT_VERSION = 6;

    public static final int MAGIC_OFFSET = 0;
    public static final int VERSION_OFFSET = MAGIC_OFFSET + Long.BYTES;
    public static final int TYPE_OFFSET = VERSION_OFFSET + Integer.BYTES;
    public static final int LENGTH_OFFSET = TYPE_OFFSET + Integer.BYTES;
    public static final int UUID_OFFSET = LENGTH_OFFSET + Long.BYTES;
    public static final int PARAMETER_0_OFFSET = UUID_OFFSET + 2 * Long.BYTES;
    public static final int PARAMETER_1_OFFSET = PARAMETER_0_OFFSET + Long.BYTES;
    public static final int NAME_LENGTH_OFFSET = PARAMETER_1_OFFSET + Long.BYTES;
    public static final int NAME_OFFSET = NAME_LENGTH_OFFSET + 2 * Integer.BYTES;
    public static final int NAME_LENGTH = 64;
    public static final int FORMAT_OFFSET = NAME_OFFSET + NAME_LENGTH;
    public static final int FORMAT_LENGTH = 16;
    public static final int KEY_FORMAT_OFFSET = FORMAT_OFFSET + FORMAT_LENGTH;
    public static final int CHECKSUM_OFFSET = 248;
    public static final int HEADER_LENGTH = 256;

    /** A file is mapped by this many bytes at a time, and nothing straddles two mappings. */
    public static final int WINDOW_LENGTH = 1 << 30;

    private FileHeader() {}

    /** What a header says, beyond what is the same in all files of a directory. */
    public record Content(
            FileType type, long parameter0, long parameter1, String name, String format, String keyFormat) {

        public Content(FileType type, long parameter0, long parameter1) {
            this(type, parameter0, parameter1, "", "");
        }

        public Content(FileType type, long parameter0, long parameter1, String name, String format) {
            this(type, parameter0, parameter1, name, format, "");
        }
    }

    public static void write(MutableDirectBuffer buffer, long length, long uuidHigh, long uuidLow, Content content) {
        buffer.putLong(MAGIC_OFFSET, MAGIC);
        buffer.putInt(VERSION_OFFSET, LAYOUT_VERSION);
        buffer.putInt(TYPE_OFFSET, content.type().code());
        buffer.putLong(LENGTH_OFFSET, length);
        buffer.putLong(UUID_OFFSET, uuidHigh);
        buffer.putLong(UUID_OFFSET + Long.BYTES, uuidLow);
        buffer.putLong(PARAMETER_0_OFFSET, content.parameter0());
        buffer.putLong(PARAMETER_1_OFFSET, content.parameter1());
        byte[] name = content.name().getBytes(StandardCharsets.US_ASCII);
        buffer.putInt(NAME_LENGTH_OFFSET, name.length);
        buffer.putBytes(NAME_OFFSET, name);
        buffer.putBytes(FORMAT_OFFSET, content.format().getBytes(StandardCharsets.US_ASCII));
        buffer.putBytes(KEY_FORMAT_OFFSET, content.keyFormat().getBytes(StandardCharsets.US_ASCII));
        buffer.putInt(CHECKSUM_OFFSET, checksum(buffer));
    }

    /**
     * What is wrong with a header, or null.
     *
     * @param length of the file
     * @param uuidHigh of the directory, or 0 with {@code uuidLow} 0 if it isn't known yet
     */
    public static @Nullable String damage(
            DirectBuffer buffer, long length, long uuidHigh, long uuidLow, FileType type) {
        long magic = buffer.getLong(MAGIC_OFFSET);
        if (magic == Long.reverseBytes(MAGIC)) {
            return "was written by a machine of the other byte order";
        }
        if (magic != MAGIC) {
            return "is not a file of sharedstate: it begins with 0x%016x, expected 0x%016x".formatted(magic, MAGIC);
        }
        int version = buffer.getInt(VERSION_OFFSET);
        if (version != LAYOUT_VERSION) {
            return "has layout version " + version + ", this library reads and writes version " + LAYOUT_VERSION;
        }
        if (buffer.getInt(CHECKSUM_OFFSET) != checksum(buffer)) {
            return "has a damaged header: its checksum is 0x%08x, expected 0x%08x"
                    .formatted(buffer.getInt(CHECKSUM_OFFSET), checksum(buffer));
        }
        if (buffer.getInt(TYPE_OFFSET) != type.code()) {
            return "is of type " + buffer.getInt(TYPE_OFFSET) + ", expected " + type.code() + " (" + type + ")";
        }
        if (buffer.getLong(LENGTH_OFFSET) != length) {
            return "has " + length + " bytes, expected " + buffer.getLong(LENGTH_OFFSET);
        }
        boolean anyDirectory = (uuidHigh | uuidLow) == 0;
        if (!anyDirectory
                && (buffer.getLong(UUID_OFFSET) != uuidHigh || buffer.getLong(UUID_OFFSET + Long.BYTES) != uuidLow)) {
            return "belongs to another state directory";
        }
        return null;
    }

    public static Content content(DirectBuffer buffer, FileType type) {
        return new Content(
                type,
                buffer.getLong(PARAMETER_0_OFFSET),
                buffer.getLong(PARAMETER_1_OFFSET),
                buffer.getStringWithoutLengthAscii(
                        NAME_OFFSET, Math.min(NAME_LENGTH, Math.max(0, buffer.getInt(NAME_LENGTH_OFFSET)))),
                format(buffer, FORMAT_OFFSET),
                format(buffer, KEY_FORMAT_OFFSET));
    }

    private static String format(DirectBuffer buffer, int offset) {
        return buffer.getStringWithoutLengthAscii(offset, FORMAT_LENGTH).replace("\0", "");
    }

    private static int checksum(DirectBuffer buffer) {
        byte[] bytes = new byte[CHECKSUM_OFFSET];
        buffer.getBytes(0, bytes);
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }
}
