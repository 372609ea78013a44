package io.sharedstate.mapped;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.AtomicBuffer;
import org.jspecify.annotations.Nullable;

/**
 * An {@link AtomicBuffer} over a direct {@link ByteBuffer}, through {@code VarHandle}s: it needs no JVM flag, which
 * Agrona's {@code UnsafeBuffer} does. The only class that touches mapped memory.
 *
 * <p>Native byte order unless a method takes one. Every index is checked. Accesses that are more than plain must be
 * aligned to their size; a misaligned one throws {@link IllegalStateException}.
 */
final class MappedAtomicBuffer implements AtomicBuffer {

    private static final ByteOrder NATIVE = ByteOrder.nativeOrder();
    private static final ByteOrder SWAPPED =
            NATIVE == ByteOrder.BIG_ENDIAN ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, NATIVE);
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, NATIVE);
    private static final VarHandle SHORT = MethodHandles.byteBufferViewVarHandle(short[].class, NATIVE);
    private static final VarHandle CHAR = MethodHandles.byteBufferViewVarHandle(char[].class, NATIVE);
    private static final VarHandle DOUBLE = MethodHandles.byteBufferViewVarHandle(double[].class, NATIVE);
    private static final VarHandle FLOAT = MethodHandles.byteBufferViewVarHandle(float[].class, NATIVE);
    private static final VarHandle LONG_SWAPPED = MethodHandles.byteBufferViewVarHandle(long[].class, SWAPPED);
    private static final VarHandle INT_SWAPPED = MethodHandles.byteBufferViewVarHandle(int[].class, SWAPPED);
    private static final VarHandle SHORT_SWAPPED = MethodHandles.byteBufferViewVarHandle(short[].class, SWAPPED);
    private static final VarHandle CHAR_SWAPPED = MethodHandles.byteBufferViewVarHandle(char[].class, SWAPPED);
    private static final VarHandle DOUBLE_SWAPPED = MethodHandles.byteBufferViewVarHandle(double[].class, SWAPPED);
    private static final VarHandle FLOAT_SWAPPED = MethodHandles.byteBufferViewVarHandle(float[].class, SWAPPED);

    private final ByteBuffer buffer;
    private final int capacity;

    /** A view of all of {@code memory}, whatever its position and limit. */
    MappedAtomicBuffer(ByteBuffer memory) {
        if (!memory.isDirect() || memory.alignmentOffset(0, ALIGNMENT) != 0) {
            throw new IllegalArgumentException("need a direct buffer aligned to 8 bytes, got " + memory);
        }
        this.buffer = memory.duplicate().clear().order(NATIVE);
        this.capacity = buffer.capacity();
    }

    /** The memory from {@code offset} on as a buffer of its own. */
    MappedAtomicBuffer slice(int offset, int length) {
        return new MappedAtomicBuffer(buffer.slice(offset, length));
    }

    /** Writes the pages of this range to the disk. */
    void force(int index, int length) {
        if (buffer instanceof MappedByteBuffer mapped) {
            mapped.force(index, length);
        }
    }

    // long

    @Override
    public long getLong(int index) {
        return (long) LONG.get(buffer, index);
    }

    @Override
    public void putLong(int index, long value) {
        LONG.set(buffer, index, value);
    }

    @Override
    public long getLong(int index, ByteOrder order) {
        return order == NATIVE ? (long) LONG.get(buffer, index) : (long) LONG_SWAPPED.get(buffer, index);
    }

    @Override
    public void putLong(int index, long value, ByteOrder order) {
        if (order == NATIVE) {
            LONG.set(buffer, index, value);
        } else {
            LONG_SWAPPED.set(buffer, index, value);
        }
    }

    @Override
    public long getLongVolatile(int index) {
        return (long) LONG.getVolatile(buffer, index);
    }

    @Override
    public long getLongAcquire(int index) {
        return (long) LONG.getAcquire(buffer, index);
    }

    @Override
    public long getLongOpaque(int index) {
        return (long) LONG.getOpaque(buffer, index);
    }

    @Override
    public void putLongVolatile(int index, long value) {
        LONG.setVolatile(buffer, index, value);
    }

    @Override
    public void putLongRelease(int index, long value) {
        LONG.setRelease(buffer, index, value);
    }

    @Override
    public void putLongOrdered(int index, long value) {
        LONG.setRelease(buffer, index, value);
    }

    @Override
    public void putLongOpaque(int index, long value) {
        LONG.setOpaque(buffer, index, value);
    }

    @Override
    public long addLongOrdered(int index, long increment) {
        return addLongRelease(index, increment);
    }

    @Override
    public long addLongRelease(int index, long increment) {
        long value = (long) LONG.get(buffer, index);
        LONG.setRelease(buffer, index, value + increment);
        return value;
    }

    @Override
    public long addLongOpaque(int index, long increment) {
        long value = (long) LONG.getOpaque(buffer, index);
        LONG.setOpaque(buffer, index, value + increment);
        return value;
    }

    @Override
    public boolean compareAndSetLong(int index, long expected, long value) {
        return LONG.compareAndSet(buffer, index, expected, value);
    }

    @Override
    public long compareAndExchangeLong(int index, long expected, long value) {
        return (long) LONG.compareAndExchange(buffer, index, expected, value);
    }

    @Override
    public long getAndSetLong(int index, long value) {
        return (long) LONG.getAndSet(buffer, index, value);
    }

    @Override
    public long getAndAddLong(int index, long delta) {
        return (long) LONG.getAndAdd(buffer, index, delta);
    }

    // int

    @Override
    public int getInt(int index) {
        return (int) INT.get(buffer, index);
    }

    @Override
    public void putInt(int index, int value) {
        INT.set(buffer, index, value);
    }

    @Override
    public int getInt(int index, ByteOrder order) {
        return order == NATIVE ? (int) INT.get(buffer, index) : (int) INT_SWAPPED.get(buffer, index);
    }

    @Override
    public void putInt(int index, int value, ByteOrder order) {
        if (order == NATIVE) {
            INT.set(buffer, index, value);
        } else {
            INT_SWAPPED.set(buffer, index, value);
        }
    }

    @Override
    public int getIntVolatile(int index) {
        return (int) INT.getVolatile(buffer, index);
    }

    @Override
    public int getIntAcquire(int index) {
        return (int) INT.getAcquire(buffer, index);
    }

    @Override
    public int getIntOpaque(int index) {
        return (int) INT.getOpaque(buffer, index);
    }

    @Override
    public void putIntVolatile(int index, int value) {
        INT.setVolatile(buffer, index, value);
    }

    @Override
    public void putIntRelease(int index, int value) {
        INT.setRelease(buffer, index, value);
    }

    @Override
    public void putIntOrdered(int index, int value) {
        INT.setRelease(buffer, index, value);
    }

    @Override
    public void putIntOpaque(int index, int value) {
        INT.setOpaque(buffer, index, value);
    }

    @Override
    public int addIntOrdered(int index, int increment) {
        return addIntRelease(index, increment);
    }

    @Override
    public int addIntRelease(int index, int increment) {
        int value = (int) INT.get(buffer, index);
        INT.setRelease(buffer, index, value + increment);
        return value;
    }

    @Override
    public int addIntOpaque(int index, int increment) {
        int value = (int) INT.getOpaque(buffer, index);
        INT.setOpaque(buffer, index, value + increment);
        return value;
    }

    @Override
    public boolean compareAndSetInt(int index, int expected, int value) {
        return INT.compareAndSet(buffer, index, expected, value);
    }

    @Override
    public int compareAndExchangeInt(int index, int expected, int value) {
        return (int) INT.compareAndExchange(buffer, index, expected, value);
    }

    @Override
    public int getAndSetInt(int index, int value) {
        return (int) INT.getAndSet(buffer, index, value);
    }

    @Override
    public int getAndAddInt(int index, int delta) {
        return (int) INT.getAndAdd(buffer, index, delta);
    }

    // short, char, byte, double, float

    @Override
    public short getShort(int index) {
        return (short) SHORT.get(buffer, index);
    }

    @Override
    public void putShort(int index, short value) {
        SHORT.set(buffer, index, value);
    }

    @Override
    public short getShort(int index, ByteOrder order) {
        return order == NATIVE ? (short) SHORT.get(buffer, index) : (short) SHORT_SWAPPED.get(buffer, index);
    }

    @Override
    public void putShort(int index, short value, ByteOrder order) {
        if (order == NATIVE) {
            SHORT.set(buffer, index, value);
        } else {
            SHORT_SWAPPED.set(buffer, index, value);
        }
    }

    @Override
    public short getShortVolatile(int index) {
        return (short) SHORT.getVolatile(buffer, index);
    }

    @Override
    public void putShortVolatile(int index, short value) {
        SHORT.setVolatile(buffer, index, value);
    }

    @Override
    public char getChar(int index) {
        return (char) CHAR.get(buffer, index);
    }

    @Override
    public void putChar(int index, char value) {
        CHAR.set(buffer, index, value);
    }

    @Override
    public char getChar(int index, ByteOrder order) {
        return order == NATIVE ? (char) CHAR.get(buffer, index) : (char) CHAR_SWAPPED.get(buffer, index);
    }

    @Override
    public void putChar(int index, char value, ByteOrder order) {
        if (order == NATIVE) {
            CHAR.set(buffer, index, value);
        } else {
            CHAR_SWAPPED.set(buffer, index, value);
        }
    }

    @Override
    public char getCharVolatile(int index) {
        return (char) CHAR.getVolatile(buffer, index);
    }

    @Override
    public void putCharVolatile(int index, char value) {
        CHAR.setVolatile(buffer, index, value);
    }

    @Override
    public byte getByte(int index) {
        return buffer.get(index);
    }

    @Override
    public void putByte(int index, byte value) {
        buffer.put(index, value);
    }

    @Override
    public byte getByteVolatile(int index) {
        byte value = buffer.get(index);
        VarHandle.fullFence();
        return value;
    }

    @Override
    public void putByteVolatile(int index, byte value) {
        VarHandle.fullFence();
        buffer.put(index, value);
        VarHandle.fullFence();
    }

    @Override
    public double getDouble(int index) {
        return (double) DOUBLE.get(buffer, index);
    }

    @Override
    public void putDouble(int index, double value) {
        DOUBLE.set(buffer, index, value);
    }

    @Override
    public double getDouble(int index, ByteOrder order) {
        return order == NATIVE ? (double) DOUBLE.get(buffer, index) : (double) DOUBLE_SWAPPED.get(buffer, index);
    }

    @Override
    public void putDouble(int index, double value, ByteOrder order) {
        if (order == NATIVE) {
            DOUBLE.set(buffer, index, value);
        } else {
            DOUBLE_SWAPPED.set(buffer, index, value);
        }
    }

    @Override
    public float getFloat(int index) {
        return (float) FLOAT.get(buffer, index);
    }

    @Override
    public void putFloat(int index, float value) {
        FLOAT.set(buffer, index, value);
    }

    @Override
    public float getFloat(int index, ByteOrder order) {
        return order == NATIVE ? (float) FLOAT.get(buffer, index) : (float) FLOAT_SWAPPED.get(buffer, index);
    }

    @Override
    public void putFloat(int index, float value, ByteOrder order) {
        if (order == NATIVE) {
            FLOAT.set(buffer, index, value);
        } else {
            FLOAT_SWAPPED.set(buffer, index, value);
        }
    }

    // many bytes

    @Override
    public void setMemory(int index, int length, byte value) {
        boundsCheck(index, length);
        int end = index + length;
        int at = index;
        long word = (value & 0xffL) * 0x0101010101010101L;
        for (; at + Long.BYTES <= end; at += Long.BYTES) {
            putLong(at, word);
        }
        for (; at < end; at++) {
            putByte(at, value);
        }
    }

    @Override
    public void getBytes(int index, byte[] dst) {
        buffer.get(index, dst);
    }

    @Override
    public void getBytes(int index, byte[] dst, int offset, int length) {
        buffer.get(index, dst, offset, length);
    }

    @Override
    public void getBytes(int index, MutableDirectBuffer dst, int dstIndex, int length) {
        boundsCheck(index, length);
        dst.putBytes(dstIndex, buffer, index, length);
    }

    @Override
    public void getBytes(int index, ByteBuffer dst, int length) {
        int position = dst.position();
        getBytes(index, dst, position, length);
        dst.position(position + length);
    }

    @Override
    public void getBytes(int index, ByteBuffer dst, int dstIndex, int length) {
        dst.put(dstIndex, buffer, index, length);
    }

    @Override
    public void putBytes(int index, byte[] src) {
        buffer.put(index, src);
    }

    @Override
    public void putBytes(int index, byte[] src, int offset, int length) {
        buffer.put(index, src, offset, length);
    }

    @Override
    public void putBytes(int index, ByteBuffer src, int length) {
        int position = src.position();
        putBytes(index, src, position, length);
        src.position(position + length);
    }

    @Override
    public void putBytes(int index, ByteBuffer src, int srcIndex, int length) {
        buffer.put(index, src, srcIndex, length);
    }

    @Override
    public void putBytes(int index, DirectBuffer src, int srcIndex, int length) {
        boundsCheck(index, length);
        src.getBytes(srcIndex, buffer, index, length);
    }

    // strings: a length of four bytes, then the characters

    @Override
    public String getStringAscii(int index) {
        return getStringAscii(index, getInt(index));
    }

    @Override
    public String getStringAscii(int index, ByteOrder order) {
        return getStringAscii(index, getInt(index, order));
    }

    @Override
    public String getStringAscii(int index, int length) {
        return getStringWithoutLengthAscii(index + STR_HEADER_LEN, length);
    }

    @Override
    public int getStringAscii(int index, Appendable appendable) {
        return getStringAscii(index, getInt(index), appendable);
    }

    @Override
    public int getStringAscii(int index, Appendable appendable, ByteOrder order) {
        return getStringAscii(index, getInt(index, order), appendable);
    }

    @Override
    public int getStringAscii(int index, int length, Appendable appendable) {
        return getStringWithoutLengthAscii(index + STR_HEADER_LEN, length, appendable);
    }

    @Override
    public String getStringWithoutLengthAscii(int index, int length) {
        return string(index, length, true);
    }

    @Override
    public int getStringWithoutLengthAscii(int index, int length, Appendable appendable) {
        try {
            appendable.append(string(index, length, true));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return length;
    }

    @Override
    public String getStringUtf8(int index) {
        return getStringUtf8(index, getInt(index));
    }

    @Override
    public String getStringUtf8(int index, ByteOrder order) {
        return getStringUtf8(index, getInt(index, order));
    }

    @Override
    public String getStringUtf8(int index, int length) {
        return getStringWithoutLengthUtf8(index + STR_HEADER_LEN, length);
    }

    @Override
    public String getStringWithoutLengthUtf8(int index, int length) {
        return string(index, length, false);
    }

    private String string(int index, int length, boolean ascii) {
        boundsCheck(index, length);
        byte[] bytes = new byte[length];
        buffer.get(index, bytes);
        return new String(bytes, ascii ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
    }

    @Override
    public int putStringAscii(int index, @Nullable String value) {
        return putStringAscii(index, (CharSequence) value, NATIVE);
    }

    @Override
    public int putStringAscii(int index, @Nullable CharSequence value) {
        return putStringAscii(index, value, NATIVE);
    }

    @Override
    public int putStringAscii(int index, @Nullable String value, ByteOrder order) {
        return putStringAscii(index, (CharSequence) value, order);
    }

    @Override
    public int putStringAscii(int index, @Nullable CharSequence value, ByteOrder order) {
        return putWithLength(index, ascii(value), order);
    }

    @Override
    public int putStringWithoutLengthAscii(int index, @Nullable String value) {
        return putStringWithoutLengthAscii(index, (CharSequence) value);
    }

    @Override
    public int putStringWithoutLengthAscii(int index, @Nullable CharSequence value) {
        return put(index, ascii(value));
    }

    @Override
    public int putStringWithoutLengthAscii(int index, @Nullable String value, int valueOffset, int length) {
        return putStringWithoutLengthAscii(index, (CharSequence) value, valueOffset, length);
    }

    @Override
    public int putStringWithoutLengthAscii(int index, @Nullable CharSequence value, int valueOffset, int length) {
        if (value == null) {
            return 0;
        }
        int end = Math.min(value.length(), valueOffset + length);
        return put(index, ascii(value.subSequence(valueOffset, end)));
    }

    @Override
    public int putStringUtf8(int index, @Nullable String value) {
        return putStringUtf8(index, value, NATIVE, Integer.MAX_VALUE);
    }

    @Override
    public int putStringUtf8(int index, @Nullable String value, ByteOrder order) {
        return putStringUtf8(index, value, order, Integer.MAX_VALUE);
    }

    @Override
    public int putStringUtf8(int index, @Nullable String value, int maxEncodedLength) {
        return putStringUtf8(index, value, NATIVE, maxEncodedLength);
    }

    @Override
    public int putStringUtf8(int index, @Nullable String value, ByteOrder order, int maxEncodedLength) {
        byte[] bytes = utf8(value);
        if (bytes.length > maxEncodedLength) {
            throw new IllegalArgumentException(
                    "encoded string of " + bytes.length + " bytes is larger than the maximum of " + maxEncodedLength);
        }
        return putWithLength(index, bytes, order);
    }

    @Override
    public int putStringWithoutLengthUtf8(int index, @Nullable String value) {
        return put(index, utf8(value));
    }

    private int putWithLength(int index, byte[] bytes, ByteOrder order) {
        boundsCheck(index, STR_HEADER_LEN + bytes.length);
        putInt(index, bytes.length, order);
        return STR_HEADER_LEN + put(index + STR_HEADER_LEN, bytes);
    }

    private int put(int index, byte[] bytes) {
        buffer.put(index, bytes);
        return bytes.length;
    }

    /** Like Agrona: null is empty, and what isn't ASCII becomes a question mark. */
    private static byte[] ascii(@Nullable CharSequence value) {
        return value == null ? new byte[0] : value.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** Like Agrona: null is "null". */
    private static byte[] utf8(@Nullable String value) {
        return String.valueOf(value).getBytes(StandardCharsets.UTF_8);
    }

    // numbers in ASCII

    @Override
    public int parseNaturalIntAscii(int index, int length) {
        return Math.toIntExact(parseNatural(index, length));
    }

    @Override
    public long parseNaturalLongAscii(int index, int length) {
        return parseNatural(index, length);
    }

    @Override
    public int parseIntAscii(int index, int length) {
        return Integer.parseInt(string(index, length, true));
    }

    @Override
    public long parseLongAscii(int index, int length) {
        return Long.parseLong(string(index, length, true));
    }

    private long parseNatural(int index, int length) {
        String digits = string(index, length, true);
        if (digits.startsWith("-") || digits.startsWith("+")) {
            throw new NumberFormatException("not a natural number: '" + digits + "'");
        }
        return Long.parseLong(digits);
    }

    @Override
    public int putIntAscii(int index, int value) {
        return put(index, ascii(Integer.toString(value)));
    }

    @Override
    public int putLongAscii(int index, long value) {
        return put(index, ascii(Long.toString(value)));
    }

    @Override
    public int putNaturalIntAscii(int index, int value) {
        return put(index, ascii(natural(value)));
    }

    @Override
    public int putNaturalLongAscii(int index, long value) {
        return put(index, ascii(natural(value)));
    }

    @Override
    public void putNaturalPaddedIntAscii(int index, int length, int value) {
        String digits = natural(value);
        if (digits.length() > length) {
            throw new NumberFormatException(value + " doesn't fit into " + length + " characters");
        }
        put(index, ascii("0".repeat(length - digits.length()) + digits));
    }

    @Override
    public int putNaturalIntAsciiFromEnd(int value, int endExclusive) {
        String digits = natural(value);
        int start = endExclusive - digits.length();
        put(start, ascii(digits));
        return start;
    }

    private static String natural(long value) {
        if (value < 0) {
            throw new IllegalArgumentException("not a natural number: " + value);
        }
        return Long.toString(value);
    }

    // the buffer itself

    @Override
    public int capacity() {
        return capacity;
    }

    @Override
    public void checkLimit(int limit) {
        if (limit < 0 || limit > capacity) {
            throw new IndexOutOfBoundsException("limit=" + limit + " is beyond capacity=" + capacity);
        }
    }

    @Override
    public void boundsCheck(int index, int length) {
        Objects.checkFromIndexSize(index, length, capacity);
    }

    @Override
    public void verifyAlignment() {
        // checked at construction
    }

    @Override
    public boolean isExpandable() {
        return false;
    }

    @Override
    public int wrapAdjustment() {
        return 0;
    }

    @Override
    public @Nullable ByteBuffer byteBuffer() {
        return buffer;
    }

    @Override
    public byte @Nullable [] byteArray() {
        return null;
    }

    @Override
    public long addressOffset() {
        throw new UnsupportedOperationException(
                "shared memory has no address to give out; use the methods of the buffer");
    }

    @Override
    public void wrap(byte[] bytes) {
        throw fixed();
    }

    @Override
    public void wrap(byte[] bytes, int offset, int length) {
        throw fixed();
    }

    @Override
    public void wrap(ByteBuffer other) {
        throw fixed();
    }

    @Override
    public void wrap(ByteBuffer other, int offset, int length) {
        throw fixed();
    }

    @Override
    public void wrap(DirectBuffer other) {
        throw fixed();
    }

    @Override
    public void wrap(DirectBuffer other, int offset, int length) {
        throw fixed();
    }

    @Override
    public void wrap(long address, int length) {
        throw fixed();
    }

    private static UnsupportedOperationException fixed() {
        return new UnsupportedOperationException(
                "this buffer is a view of shared memory for good and can't wrap another");
    }

    @Override
    public int compareTo(DirectBuffer that) {
        int common = Math.min(capacity, that.capacity());
        for (int i = 0; i < common; i++) {
            int difference = Byte.compareUnsigned(getByte(i), that.getByte(i));
            if (difference != 0) {
                return difference;
            }
        }
        return Integer.compare(capacity, that.capacity());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other || (other instanceof MappedAtomicBuffer that && buffer.equals(that.buffer));
    }

    @Override
    public int hashCode() {
        return buffer.hashCode();
    }

    @Override
    public String toString() {
        return "MappedAtomicBuffer{capacity=" + capacity + "}";
    }
}
