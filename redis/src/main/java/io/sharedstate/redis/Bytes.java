package io.sharedstate.redis;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Text and numbers as the server has them. */
final class Bytes {

    private Bytes() {}

    static byte[] of(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] of(long number) {
        return of(Long.toString(number));
    }

    static String text(Object bytes) {
        return new String((byte[]) bytes, StandardCharsets.UTF_8);
    }

    static long number(Object bytes) {
        return Long.parseLong(text(bytes));
    }

    static long number(@Nullable Object bytes, long ifNone) {
        return bytes == null ? ifNone : number(bytes);
    }

    static List<String> texts(List<?> all) {
        return all.stream().map(Bytes::text).toList();
    }
}
