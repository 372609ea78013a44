package io.sharedstate.autoconfigure.prometheus;

import io.prometheus.metrics.model.snapshots.Labels;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Writes series in few bytes: a string is written once, then referred to by its number; a number takes as many bytes as it needs, seven bits
 * each. {@link SeriesInput} reads it.
 */
final class SeriesOutput {

    private static final int LONGEST_NUMBER = 10;

    private byte[] bytes = new byte[1 << 14];
    private int length;
    private final Map<String, Integer> strings = new HashMap<>();

    void unsigned(long number) {
        reserve(LONGEST_NUMBER);
        long rest = number;
        while ((rest & ~0x7fL) != 0) {
            bytes[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[length++] = (byte) rest;
    }

    /** Near zero it is short on both sides. */
    void signed(long number) {
        unsigned(number << 1 ^ number >> 63);
    }

    /** The last bytes of most, such as those of a count, are zero. */
    void real(double number) {
        unsigned(Long.reverseBytes(Double.doubleToRawLongBits(number)));
    }

    void string(String string) {
        Integer known = strings.putIfAbsent(string, strings.size());
        if (known != null) {
            unsigned(known);
            return;
        }
        unsigned(strings.size() - 1);
        byte[] utf8 = string.getBytes(StandardCharsets.UTF_8);
        unsigned(utf8.length);
        reserve(utf8.length);
        System.arraycopy(utf8, 0, bytes, length, utf8.length);
        length += utf8.length;
    }

    void labels(Labels labels) {
        unsigned(labels.size());
        for (int i = 0; i < labels.size(); i++) {
            string(labels.getName(i));
            string(labels.getValue(i));
        }
    }

    private void reserve(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }
}
