package io.sharedstate.autoconfigure.snapshot;

import io.sharedstate.Codec;
import java.nio.ByteBuffer;
import java.time.Instant;

/**
 * What a member told of itself.
 *
 * @param incarnation of the member that told it; another one may have its ordinal by now
 * @param taken when
 * @param content as whoever asked for it wrote it
 */
@SuppressWarnings("ArrayRecordComponent") // it is decoded once, and never compared
public record MemberSnapshot(long incarnation, Instant taken, byte[] content) {

    /** Incarnation, milliseconds since 1970, content. */
    static final class Format implements Codec<MemberSnapshot> {

        @Override
        public byte[] encode(MemberSnapshot snapshot) {
            return ByteBuffer.allocate(2 * Long.BYTES + snapshot.content.length)
                    .putLong(snapshot.incarnation)
                    .putLong(snapshot.taken.toEpochMilli())
                    .put(snapshot.content)
                    .array();
        }

        @Override
        public MemberSnapshot decode(byte[] bytes) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            long incarnation = buffer.getLong();
            Instant taken = Instant.ofEpochMilli(buffer.getLong());
            byte[] content = new byte[buffer.remaining()];
            buffer.get(content);
            return new MemberSnapshot(incarnation, taken, content);
        }

        @Override
        public String format() {
            return "member-snapshot";
        }
    }
}
