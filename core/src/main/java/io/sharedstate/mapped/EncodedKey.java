package io.sharedstate.mapped;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.agrona.concurrent.AtomicBuffer;

/**
 * A key as the engine knows it: its encoded bytes, and their hash, which is that of wyhash (Wang Yi, in the public domain) with a
 * secret seed for each map, so that nobody can choose keys that collide.
 */
@SuppressWarnings("ArrayRecordComponent")
record EncodedKey(byte[] bytes, long hash) {

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private static final long P0 = 0xa0761d6478bd642fL;
    private static final long P1 = 0xe7037ed1a0b428dbL;

    static EncodedKey of(byte[] bytes, long seed) {
        return new EncodedKey(bytes, hash(bytes, seed));
    }

    static long hash(byte[] bytes, long seed) {
        int length = bytes.length;
        long mixed = seed ^ mix(seed ^ P0, P1);
        long a;
        long b;
        if (length > 16) {
            int at = 0;
            for (; at < length - 16; at += 16) {
                mixed = mix(longAt(bytes, at) ^ P1, longAt(bytes, at + 8) ^ mixed);
            }
            a = longAt(bytes, length - 16);
            b = longAt(bytes, length - 8);
        } else if (length >= 8) {
            a = longAt(bytes, 0);
            b = longAt(bytes, length - 8);
        } else if (length >= 4) {
            a = intAt(bytes, 0);
            b = intAt(bytes, length - 4);
        } else if (length > 0) {
            a = (bytes[0] & 0xffL) << 16 | (bytes[length >>> 1] & 0xffL) << 8 | (bytes[length - 1] & 0xffL);
            b = 0;
        } else {
            a = 0;
            b = 0;
        }
        a ^= P1;
        b ^= mixed;
        return mix((a * b) ^ P0 ^ length, Math.multiplyHigh(a, b) ^ P1);
    }

    private static long mix(long a, long b) {
        return (a * b) ^ Math.multiplyHigh(a, b);
    }

    private static long longAt(byte[] bytes, int at) {
        return (long) LONG.get(bytes, at);
    }

    private static long intAt(byte[] bytes, int at) {
        return (int) INT.get(bytes, at) & 0xffff_ffffL;
    }

    /** Whether a key's bytes are those in a buffer; the length is known to be the same. */
    static boolean isAt(byte[] bytes, AtomicBuffer buffer, int index) {
        int at = 0;
        for (; at <= bytes.length - Long.BYTES; at += Long.BYTES) {
            if (buffer.getLong(index + at) != longAt(bytes, at)) {
                return false;
            }
        }
        for (; at < bytes.length; at++) {
            if (buffer.getByte(index + at) != bytes[at]) {
                return false;
            }
        }
        return true;
    }
}
