package io.sharedstate;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/** Numbers with a checksum of their own, so many that a copy of them takes a while: one that is torn can't be decoded. */
final class SealedNumbers {

    static final Codec<long[]> CODEC = new Codec<>() {
        @Override
        public byte[] encode(long[] numbers) {
            ByteBuffer bytes = ByteBuffer.allocate((numbers.length + 1) * Long.BYTES);
            for (long number : numbers) {
                bytes.putLong(number);
            }
            CRC32 crc = new CRC32();
            crc.update(bytes.array(), 0, bytes.position());
            return bytes.putLong(crc.getValue()).array();
        }

        @Override
        public long[] decode(byte[] array) {
            ByteBuffer bytes = ByteBuffer.wrap(array);
            long[] numbers = new long[array.length / Long.BYTES - 1];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = bytes.getLong();
            }
            CRC32 crc = new CRC32();
            crc.update(array, 0, bytes.position());
            if (bytes.getLong() != crc.getValue()) {
                throw new IllegalStateException("torn");
            }
            return numbers;
        }
    };

    private SealedNumbers() {}
}
