package io.sharedstate.autoconfigure.shedlock;

import io.sharedstate.Codec;
import java.nio.ByteBuffer;

/**
 * How a lock is held. Whoever holds it, it is free once {@code atMostUntil} has come.
 *
 * @param owner incarnation of the member that holds it, or {@value #NOBODY}
 * @param number tells it from the member's other holds
 * @param atLeastUntil held until then even without a living owner, in milliseconds since 1970
 * @param atMostUntil the same unit
 */
record Hold(long owner, long number, long atLeastUntil, long atMostUntil) {

    static final long NOBODY = 0;

    Hold released() {
        return new Hold(NOBODY, number, atLeastUntil, atLeastUntil);
    }

    /** Its parts in order, in 32 bytes. */
    static final class Format implements Codec<Hold> {

        @Override
        public byte[] encode(Hold hold) {
            return ByteBuffer.allocate(4 * Long.BYTES)
                    .putLong(hold.owner)
                    .putLong(hold.number)
                    .putLong(hold.atLeastUntil)
                    .putLong(hold.atMostUntil)
                    .array();
        }

        @Override
        public Hold decode(byte[] bytes) {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            return new Hold(in.getLong(), in.getLong(), in.getLong(), in.getLong());
        }

        @Override
        public String format() {
            return "shedlock";
        }
    }
}
