package io.sharedstate;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Turns objects into bytes and back. Every process must use the same one for the same name: what it writes stays, also
 * over redeployments.
 *
 * <p>A codec is stateless or thread-safe. What it throws goes to the caller, and nothing is changed.
 */
public interface Codec<T> {

    byte[] encode(T object);

    T decode(byte[] bytes);

    /**
     * What the bytes are, in at most 16 ASCII characters; a name that was created with another format is refused.
     */
    default String format() {
        return "custom";
    }

    /** The bytes as they are. */
    static Codec<byte[]> bytes() {
        return new Codec<>() {
            @Override
            public byte[] encode(byte[] object) {
                return object;
            }

            @Override
            public byte[] decode(byte[] bytes) {
                return bytes;
            }

            @Override
            public String format() {
                return "bytes";
            }
        };
    }

    /** UTF-8. */
    static Codec<String> string() {
        return new Codec<>() {
            @Override
            public byte[] encode(String object) {
                return object.getBytes(StandardCharsets.UTF_8);
            }

            @Override
            public String decode(byte[] bytes) {
                return new String(bytes, StandardCharsets.UTF_8);
            }

            @Override
            public String format() {
                return "utf-8";
            }
        };
    }

    /** Eight bytes, big-endian. */
    static Codec<Long> int64() {
        return new Codec<>() {
            @Override
            public byte[] encode(Long object) {
                return ByteBuffer.allocate(Long.BYTES).putLong(object).array();
            }

            @Override
            public Long decode(byte[] bytes) {
                return ByteBuffer.wrap(bytes).getLong();
            }

            @Override
            public String format() {
                return "int64";
            }
        };
    }
}
