package io.sharedstate;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/** The codecs that need no library. */
record PlainCodecs<T>(String format, Function<T, byte[]> encoder, Function<byte[], T> decoder) implements Codec<T> {

    static final Codec<byte[]> BYTES = new PlainCodecs<>("bytes", bytes -> bytes, bytes -> bytes);

    static final Codec<String> STRING = new PlainCodecs<>(
            "utf-8",
            string -> string.getBytes(StandardCharsets.UTF_8),
            bytes -> new String(bytes, StandardCharsets.UTF_8));

    static final Codec<Long> INT64 = new PlainCodecs<>(
            "int64",
            number -> ByteBuffer.allocate(Long.BYTES).putLong(number).array(),
            bytes -> ByteBuffer.wrap(bytes).getLong());

    @Override
    public byte[] encode(T object) {
        return encoder.apply(object);
    }

    @Override
    public T decode(byte[] bytes) {
        return decoder.apply(bytes);
    }
}
