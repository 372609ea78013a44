package io.sharedstate.autoconfigure.cache;

import io.sharedstate.Codec;
import java.nio.ByteBuffer;

/**
 * That somebody computes the value of a key.
 *
 * @param owner incarnation of the member that does
 * @param number never used twice by that member
 */
record Claim(long owner, long number) {

    static final Codec<Claim> CODEC = new Codec<>() {
        @Override
        public byte[] encode(Claim claim) {
            return ByteBuffer.allocate(2 * Long.BYTES)
                    .putLong(claim.owner)
                    .putLong(claim.number)
                    .array();
        }

        @Override
        public Claim decode(byte[] bytes) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            return new Claim(buffer.getLong(), buffer.getLong());
        }

        @Override
        public String format() {
            return "claim";
        }
    };
}
