package io.sharedstate.it.process;

import io.sharedstate.Codec;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A value that shows whether it is torn: a checksum covers its number and a filling, of a length of its own.
 */
record Checked(long number, int length) {

    static final int MAX_SIZE = 2048;

    private static final int HEADER = 2 * Long.BYTES;

    static final Codec<Checked> CODEC = new Codec<>() {
        @Override
        public byte[] encode(Checked checked) {
            byte[] bytes = new byte[HEADER + checked.length];
            Arrays.fill(bytes, HEADER, bytes.length, (byte) checked.number);
            ByteBuffer buffer = ByteBuffer.wrap(bytes).putLong(Long.BYTES, checked.number);
            return buffer.putLong(0, checksum(bytes)).array();
        }

        @Override
        public Checked decode(byte[] bytes) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            if (bytes.length < HEADER || buffer.getLong(0) != checksum(bytes)) {
                throw new AssertionError("torn: " + Arrays.toString(bytes));
            }
            return new Checked(buffer.getLong(Long.BYTES), bytes.length - HEADER);
        }

        private long checksum(byte[] bytes) {
            CRC32 crc = new CRC32();
            crc.update(bytes, Long.BYTES, bytes.length - Long.BYTES);
            return crc.getValue();
        }
    };

    /** The next one after {@code old}, from 1. */
    static Checked after(@Nullable Checked old, Random random) {
        return new Checked(old == null ? 1 : old.number + 1, random.nextInt(MAX_SIZE - HEADER));
    }
}
