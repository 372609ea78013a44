package io.sharedstate.autoconfigure.integration;

import io.sharedstate.Codec;
import java.nio.ByteBuffer;

/**
 * Who holds a lock.
 *
 * @param member its incarnation
 * @param thread its number in that member's process
 */
record Holder(long member, long thread) {

    /** Its parts in order, in 16 bytes. */
    static final class Format implements Codec<Holder> {

        @Override
        public byte[] encode(Holder holder) {
            return ByteBuffer.allocate(2 * Long.BYTES)
                    .putLong(holder.member)
                    .putLong(holder.thread)
                    .array();
        }

        @Override
        public Holder decode(byte[] bytes) {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            return new Holder(in.getLong(), in.getLong());
        }

        @Override
        public String format() {
            return "lock-holder";
        }
    }
}
