package io.sharedstate;

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
        return PlainCodecs.BYTES;
    }

    /** UTF-8. */
    static Codec<String> string() {
        return PlainCodecs.STRING;
    }

    /** Eight bytes, big-endian. */
    static Codec<Long> int64() {
        return PlainCodecs.INT64;
    }
}
