package io.sharedstate.autoconfigure.prometheus;

import io.prometheus.metrics.model.snapshots.Labels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads what {@link SeriesOutput} has written; what it reads of anything else is an exception or nonsense. */
final class SeriesInput {

    private final byte[] bytes;
    private int position;
    private final List<String> strings = new ArrayList<>();

    SeriesInput(byte[] bytes) {
        this.bytes = bytes;
    }

    long unsigned() {
        long number = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = bytes[position++];
            number |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return number;
            }
        }
    }

    /** How many of something follow, each of which takes at least a byte. */
    int count() {
        long count = unsigned();
        if (count < 0 || count > bytes.length) {
            throw new IllegalArgumentException(count + " of something in " + bytes.length + " bytes");
        }
        return (int) count;
    }

    long signed() {
        long number = unsigned();
        return number >>> 1 ^ -(number & 1);
    }

    double real() {
        return Double.longBitsToDouble(Long.reverseBytes(unsigned()));
    }

    String string() {
        int known = count();
        if (known == strings.size()) {
            int length = count();
            strings.add(new String(bytes, position, length, StandardCharsets.UTF_8));
            position += length;
        }
        return strings.get(known);
    }

    Labels labels() {
        int size = count();
        String[] names = new String[size];
        String[] values = new String[size];
        for (int i = 0; i < size; i++) {
            names[i] = string();
            values[i] = string();
        }
        return size == 0 ? Labels.EMPTY : Labels.of(names, values);
    }
}
