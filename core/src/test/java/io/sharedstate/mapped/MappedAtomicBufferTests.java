package io.sharedstate.mapped;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.AtomicBuffer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every method against a plain {@link ByteBuffer}; at the end, whether it was every method. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MappedAtomicBufferTests {

    private static final int CAPACITY = 256;
    private static final ByteOrder NATIVE = ByteOrder.nativeOrder();
    private static final List<ByteOrder> ORDERS = List.of(LITTLE_ENDIAN, BIG_ENDIAN);

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private final Set<String> called = new TreeSet<>();

    private ByteBuffer memory;
    private AtomicBuffer buffer;

    @BeforeEach
    void fillWithRandomBytes() {
        System.out.println("seed " + seed);
        byte[] bytes = new byte[CAPACITY];
        random.nextBytes(bytes);
        memory = aligned(CAPACITY).order(NATIVE);
        memory.put(0, bytes);
        buffer = recording(view(memory));
    }

    AtomicBuffer view(ByteBuffer of) {
        return new MappedAtomicBuffer(of);
    }

    private static ByteBuffer aligned(int capacity) {
        return ByteBuffer.allocateDirect(capacity + 8).alignedSlice(8).slice(0, capacity);
    }

    private AtomicBuffer recording(AtomicBuffer recorded) {
        return (AtomicBuffer) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {AtomicBuffer.class}, (proxy, method, arguments) -> {
                    called.add(signature(method));
                    try {
                        return method.invoke(recorded, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static String signature(Method method) {
        return method.getName() + Arrays.toString(method.getParameterTypes());
    }

    @AfterAll
    void everyMethodWasCalled() {
        Set<String> all = new TreeSet<>();
        for (Method method : AtomicBuffer.class.getMethods()) {
            if (Modifier.isAbstract(method.getModifiers())) {
                all.add(signature(method));
            }
        }
        all.removeAll(called);
        assertThat(all).as("methods of AtomicBuffer that no test has called").isEmpty();
    }

    private interface Read<B> {
        Object from(B buffer, int index);
    }

    private interface Write<B> {
        /** Returns what the method under test returns, if anything. */
        Object to(B buffer, int index, long value);
    }

    private interface Store<B> {
        void to(B buffer, int index, long value);
    }

    private static <B> Write<B> silent(Store<B> store) {
        return (target, index, value) -> {
            store.to(target, index, value);
            return null;
        };
    }

    private ByteBuffer reference(ByteOrder order) {
        byte[] bytes = new byte[CAPACITY];
        memory.get(0, bytes);
        return ByteBuffer.wrap(bytes).order(order);
    }

    private void reads(int width, ByteOrder order, Read<AtomicBuffer> read, Read<ByteBuffer> expected) {
        ByteBuffer before = reference(order);
        indices(width, 1)
                .forEach(index -> assertThat(read.from(buffer, index))
                        .as("at %d, seed %d", index, seed)
                        .isEqualTo(expected.from(before, index)));
        refusesOutside(width, index -> read.from(buffer, index));
        assertThat(reference(order)).isEqualTo(before);
    }

    private void atomicallyReads(int width, Read<AtomicBuffer> read, Read<ByteBuffer> expected) {
        ByteBuffer before = reference(NATIVE);
        indices(width, width)
                .forEach(index -> assertThat(read.from(buffer, index))
                        .as("at %d, seed %d", index, seed)
                        .isEqualTo(expected.from(before, index)));
        refusesOutside(width, index -> read.from(buffer, index));
        refusesMisaligned(width, index -> read.from(buffer, index));
    }

    private void writes(int width, ByteOrder order, Store<AtomicBuffer> write, Store<ByteBuffer> expected) {
        compare(width, 1, order, silent(write), silent(expected));
    }

    private void atomicallyWrites(int width, Store<AtomicBuffer> write, Store<ByteBuffer> expected) {
        updates(width, silent(write), silent(expected));
    }

    private void updates(int width, Write<AtomicBuffer> update, Write<ByteBuffer> expected) {
        compare(width, width, NATIVE, update, expected);
        ByteBuffer before = reference(NATIVE);
        refusesMisaligned(width, index -> update.to(buffer, index, 1));
        assertThat(reference(NATIVE)).isEqualTo(before);
    }

    private void compare(
            int width, int alignment, ByteOrder order, Write<AtomicBuffer> update, Write<ByteBuffer> expected) {
        indices(width, alignment).forEach(index -> {
            ByteBuffer wanted = reference(order);
            long value = random.nextLong();
            Object returned = expected.to(wanted, index, value);
            assertThat(update.to(buffer, index, value))
                    .as("at %d, seed %d", index, seed)
                    .isEqualTo(returned);
            assertThat(reference(order)).as("at %d, seed %d", index, seed).isEqualTo(wanted);
        });
        ByteBuffer before = reference(order);
        refusesOutside(width, index -> update.to(buffer, index, 1));
        assertThat(reference(order)).isEqualTo(before);
    }

    private IntStream indices(int width, int alignment) {
        return IntStream.concat(
                IntStream.of(0, CAPACITY - width),
                random.ints(50, 0, (CAPACITY - width) / alignment + 1).map(n -> n * alignment));
    }

    interface Access {
        void at(int index);
    }

    private void refusesOutside(int width, Access access) {
        IntStream.of(-width, CAPACITY, CAPACITY - width + (width == 1 ? 1 : width / 2), Integer.MIN_VALUE)
                .forEach(index -> assertThatThrownBy(() -> access.at(index))
                        .as("at %d", index)
                        .isInstanceOf(IndexOutOfBoundsException.class));
    }

    void refusesMisaligned(int width, Access access) {
        if (width > 1) {
            IntStream.of(1, 64 + width / 2, 64 - width / 2)
                    .forEach(index -> assertThatThrownBy(() -> access.at(index))
                            .as("at %d", index)
                            .isInstanceOf(IllegalStateException.class));
        }
    }

    @Test
    void plainLongs() {
        reads(8, NATIVE, DirectBuffer::getLong, ByteBuffer::getLong);
        writes(8, NATIVE, MutableDirectBuffer::putLong, ByteBuffer::putLong);
        for (ByteOrder order : ORDERS) {
            reads(8, order, (b, i) -> b.getLong(i, order), ByteBuffer::getLong);
            writes(8, order, (b, i, v) -> b.putLong(i, v, order), ByteBuffer::putLong);
        }
    }

    @Test
    void atomicLongs() {
        atomicallyReads(8, AtomicBuffer::getLongVolatile, ByteBuffer::getLong);
        atomicallyReads(8, AtomicBuffer::getLongAcquire, ByteBuffer::getLong);
        atomicallyReads(8, AtomicBuffer::getLongOpaque, ByteBuffer::getLong);
        atomicallyWrites(8, AtomicBuffer::putLongVolatile, ByteBuffer::putLong);
        atomicallyWrites(8, AtomicBuffer::putLongRelease, ByteBuffer::putLong);
        atomicallyWrites(8, AtomicBuffer::putLongOrdered, ByteBuffer::putLong);
        atomicallyWrites(8, AtomicBuffer::putLongOpaque, ByteBuffer::putLong);
        Write<ByteBuffer> add = (b, i, v) -> {
            long before = b.getLong(i);
            b.putLong(i, before + v);
            return before;
        };
        updates(8, AtomicBuffer::addLongOrdered, add);
        updates(8, AtomicBuffer::addLongRelease, add);
        updates(8, AtomicBuffer::addLongOpaque, add);
        updates(8, AtomicBuffer::getAndAddLong, add);
        updates(8, AtomicBuffer::getAndSetLong, (b, i, v) -> {
            long before = b.getLong(i);
            b.putLong(i, v);
            return before;
        });
    }

    @Test
    void comparedLongs() {
        long was = buffer.getLong(8);
        assertThat(buffer.compareAndSetLong(8, was + 1, 5)).isFalse();
        assertThat(buffer.compareAndExchangeLong(8, was + 1, 5)).isEqualTo(was);
        assertThat(memory.getLong(8)).isEqualTo(was);
        assertThat(buffer.compareAndSetLong(8, was, 5)).isTrue();
        assertThat(memory.getLong(8)).isEqualTo(5);
        assertThat(buffer.compareAndExchangeLong(8, 5, 6)).isEqualTo(5);
        assertThat(memory.getLong(8)).isEqualTo(6);
        refusesMisaligned(8, index -> buffer.compareAndSetLong(index, 0, 0));
        refusesMisaligned(8, index -> buffer.compareAndExchangeLong(index, 0, 0));
        refusesOutside(8, index -> buffer.compareAndSetLong(index, 0, 0));
        refusesOutside(8, index -> buffer.compareAndExchangeLong(index, 0, 0));
    }

    @Test
    void plainInts() {
        reads(4, NATIVE, DirectBuffer::getInt, ByteBuffer::getInt);
        writes(4, NATIVE, (b, i, v) -> b.putInt(i, (int) v), (b, i, v) -> b.putInt(i, (int) v));
        for (ByteOrder order : ORDERS) {
            reads(4, order, (b, i) -> b.getInt(i, order), ByteBuffer::getInt);
            writes(4, order, (b, i, v) -> b.putInt(i, (int) v, order), (b, i, v) -> b.putInt(i, (int) v));
        }
    }

    @Test
    void atomicInts() {
        atomicallyReads(4, AtomicBuffer::getIntVolatile, ByteBuffer::getInt);
        atomicallyReads(4, AtomicBuffer::getIntAcquire, ByteBuffer::getInt);
        atomicallyReads(4, AtomicBuffer::getIntOpaque, ByteBuffer::getInt);
        Store<ByteBuffer> put = (b, i, v) -> b.putInt(i, (int) v);
        atomicallyWrites(4, (b, i, v) -> b.putIntVolatile(i, (int) v), put);
        atomicallyWrites(4, (b, i, v) -> b.putIntRelease(i, (int) v), put);
        atomicallyWrites(4, (b, i, v) -> b.putIntOrdered(i, (int) v), put);
        atomicallyWrites(4, (b, i, v) -> b.putIntOpaque(i, (int) v), put);
        Write<ByteBuffer> add = (b, i, v) -> {
            int before = b.getInt(i);
            b.putInt(i, before + (int) v);
            return before;
        };
        updates(4, (b, i, v) -> b.addIntOrdered(i, (int) v), add);
        updates(4, (b, i, v) -> b.addIntRelease(i, (int) v), add);
        updates(4, (b, i, v) -> b.addIntOpaque(i, (int) v), add);
        updates(4, (b, i, v) -> b.getAndAddInt(i, (int) v), add);
        updates(4, (b, i, v) -> b.getAndSetInt(i, (int) v), (b, i, v) -> {
            int before = b.getInt(i);
            b.putInt(i, (int) v);
            return before;
        });
    }

    @Test
    void comparedInts() {
        int was = buffer.getInt(4);
        assertThat(buffer.compareAndSetInt(4, was + 1, 5)).isFalse();
        assertThat(buffer.compareAndExchangeInt(4, was + 1, 5)).isEqualTo(was);
        assertThat(memory.getInt(4)).isEqualTo(was);
        assertThat(buffer.compareAndSetInt(4, was, 5)).isTrue();
        assertThat(memory.getInt(4)).isEqualTo(5);
        assertThat(buffer.compareAndExchangeInt(4, 5, 6)).isEqualTo(5);
        assertThat(memory.getInt(4)).isEqualTo(6);
        refusesMisaligned(4, index -> buffer.compareAndSetInt(index, 0, 0));
        refusesMisaligned(4, index -> buffer.compareAndExchangeInt(index, 0, 0));
        refusesOutside(4, index -> buffer.compareAndSetInt(index, 0, 0));
        refusesOutside(4, index -> buffer.compareAndExchangeInt(index, 0, 0));
    }

    @Test
    void shortsAndChars() {
        reads(2, NATIVE, DirectBuffer::getShort, ByteBuffer::getShort);
        reads(2, NATIVE, DirectBuffer::getChar, ByteBuffer::getChar);
        Store<ByteBuffer> putShort = (b, i, v) -> b.putShort(i, (short) v);
        Store<ByteBuffer> putChar = (b, i, v) -> b.putChar(i, (char) v);
        writes(2, NATIVE, (b, i, v) -> b.putShort(i, (short) v), putShort);
        writes(2, NATIVE, (b, i, v) -> b.putChar(i, (char) v), putChar);
        for (ByteOrder order : ORDERS) {
            reads(2, order, (b, i) -> b.getShort(i, order), ByteBuffer::getShort);
            reads(2, order, (b, i) -> b.getChar(i, order), ByteBuffer::getChar);
            writes(2, order, (b, i, v) -> b.putShort(i, (short) v, order), putShort);
            writes(2, order, (b, i, v) -> b.putChar(i, (char) v, order), putChar);
        }
        atomicallyReads(2, AtomicBuffer::getShortVolatile, ByteBuffer::getShort);
        atomicallyReads(2, AtomicBuffer::getCharVolatile, ByteBuffer::getChar);
        atomicallyWrites(2, (b, i, v) -> b.putShortVolatile(i, (short) v), putShort);
        atomicallyWrites(2, (b, i, v) -> b.putCharVolatile(i, (char) v), putChar);
    }

    @Test
    void bytes() {
        reads(1, NATIVE, DirectBuffer::getByte, ByteBuffer::get);
        atomicallyReads(1, AtomicBuffer::getByteVolatile, ByteBuffer::get);
        writes(1, NATIVE, (b, i, v) -> b.putByte(i, (byte) v), (b, i, v) -> b.put(i, (byte) v));
        atomicallyWrites(1, (b, i, v) -> b.putByteVolatile(i, (byte) v), (b, i, v) -> b.put(i, (byte) v));
    }

    @Test
    void floatsAndDoubles() {
        Store<ByteBuffer> putFloat = (b, i, v) -> b.putFloat(i, v / 3f);
        Store<ByteBuffer> putDouble = (b, i, v) -> b.putDouble(i, v / 3d);
        reads(4, NATIVE, DirectBuffer::getFloat, ByteBuffer::getFloat);
        reads(8, NATIVE, DirectBuffer::getDouble, ByteBuffer::getDouble);
        writes(4, NATIVE, (b, i, v) -> b.putFloat(i, v / 3f), putFloat);
        writes(8, NATIVE, (b, i, v) -> b.putDouble(i, v / 3d), putDouble);
        for (ByteOrder order : ORDERS) {
            reads(4, order, (b, i) -> b.getFloat(i, order), ByteBuffer::getFloat);
            reads(8, order, (b, i) -> b.getDouble(i, order), ByteBuffer::getDouble);
            writes(4, order, (b, i, v) -> b.putFloat(i, v / 3f, order), putFloat);
            writes(8, order, (b, i, v) -> b.putDouble(i, v / 3d, order), putDouble);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 8, 9, 63, 100})
    void setMemory(int length) {
        Store<ByteBuffer> fill = (b, i, v) -> IntStream.range(i, i + length).forEach(at -> b.put(at, (byte) v));
        ByteBuffer wanted = reference(NATIVE);
        for (int index : new int[] {0, 3, CAPACITY - length}) {
            byte value = (byte) random.nextInt();
            fill.to(wanted, index, value);
            buffer.setMemory(index, length, value);
            assertThat(reference(NATIVE)).isEqualTo(wanted);
        }
        assertThatThrownBy(() -> buffer.setMemory(CAPACITY - length + 1, length, (byte) 1))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.setMemory(0, -1, (byte) 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(reference(NATIVE)).isEqualTo(wanted);
    }

    private byte[] range(int from, int length) {
        byte[] bytes = new byte[length];
        memory.get(from, bytes);
        return bytes;
    }

    @Test
    void manyBytesOut() {
        byte[] all = new byte[20];
        buffer.getBytes(13, all);
        assertThat(all).isEqualTo(range(13, 20));
        byte[] some = new byte[20];
        buffer.getBytes(13, some, 5, 10);
        assertThat(Arrays.copyOfRange(some, 5, 15)).isEqualTo(range(13, 10));
        assertThat(some[4]).isZero();
        assertThat(some[15]).isZero();

        for (ByteBuffer target : List.of(ByteBuffer.allocate(30), ByteBuffer.allocateDirect(30))) {
            target.position(3);
            buffer.getBytes(13, target, 10);
            assertThat(target.position()).isEqualTo(13);
            assertThat(target.slice(3, 10)).isEqualTo(memory.slice(13, 10));
            buffer.getBytes(50, target, 20, 10);
            assertThat(target.position()).isEqualTo(13);
            assertThat(target.slice(20, 10)).isEqualTo(memory.slice(50, 10));
        }
        MutableDirectBuffer other = new MappedAtomicBuffer(aligned(32));
        buffer.getBytes(13, other, 5, 10);
        byte[] read = new byte[10];
        other.getBytes(5, read);
        assertThat(read).isEqualTo(range(13, 10));

        int end = CAPACITY - 5;
        assertThatThrownBy(() -> buffer.getBytes(end, new byte[6])).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.getBytes(end, new byte[9], 0, 6)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.getBytes(end, ByteBuffer.allocate(9), 6))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.getBytes(end, ByteBuffer.allocate(9), 0, 6))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.getBytes(end, other, 0, 6)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.getBytes(-1, new byte[1])).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void manyBytesIn() {
        byte[] source = new byte[20];
        random.nextBytes(source);
        ByteBuffer wanted = reference(NATIVE);
        buffer.putBytes(11, source);
        wanted.put(11, source);
        buffer.putBytes(41, source, 5, 10);
        wanted.put(41, source, 5, 10);
        ByteBuffer direct = ByteBuffer.allocateDirect(20).put(0, source);
        for (ByteBuffer from : List.of(ByteBuffer.wrap(source), direct)) {
            int at = from.isDirect() ? 61 : 81;
            from.position(2);
            buffer.putBytes(at, from, 7);
            assertThat(from.position()).isEqualTo(9);
            wanted.put(at, source, 2, 7);
            buffer.putBytes(at + 50, from, 4, 9);
            assertThat(from.position()).isEqualTo(9);
            wanted.put(at + 50, source, 4, 9);
        }
        MappedAtomicBuffer other = new MappedAtomicBuffer(aligned(24));
        other.putBytes(0, source);
        buffer.putBytes(200, other, 3, 12);
        wanted.put(200, source, 3, 12);
        assertThat(reference(NATIVE)).isEqualTo(wanted);

        int end = CAPACITY - 5;
        assertThatThrownBy(() -> buffer.putBytes(end, new byte[6])).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.putBytes(end, source, 0, 6)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.putBytes(end, direct, 6)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.putBytes(end, direct, 0, 6)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.putBytes(end, other, 0, 6)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(reference(NATIVE)).isEqualTo(wanted);
    }

    @Test
    void asciiStrings() throws IOException {
        String text = "plain text";
        for (CharSequence value : List.of(text, new StringBuilder(text))) {
            buffer.setMemory(0, 64, (byte) 0);
            assertThat(
                            value instanceof String string
                                    ? buffer.putStringAscii(3, string)
                                    : buffer.putStringAscii(3, value))
                    .isEqualTo(14);
            assertThat(reference(NATIVE).getInt(3)).isEqualTo(10);
            assertThat(range(7, 10)).isEqualTo(text.getBytes(UTF_8));
            assertThat(buffer.getStringAscii(3)).isEqualTo(text);
            assertThat(buffer.getStringAscii(3, 5)).isEqualTo("plain");
            StringBuilder read = new StringBuilder(">");
            assertThat(buffer.getStringAscii(3, read)).isEqualTo(10);
            assertThat(buffer.getStringAscii(3, 5, read)).isEqualTo(5);
            assertThat(read).hasToString(">plain textplain");
            for (ByteOrder order : ORDERS) {
                assertThat(
                                value instanceof String string
                                        ? buffer.putStringAscii(80, string, order)
                                        : buffer.putStringAscii(80, value, order))
                        .isEqualTo(14);
                assertThat(reference(order).getInt(80)).isEqualTo(10);
                assertThat(buffer.getStringAscii(80, order)).isEqualTo(text);
                read.setLength(0);
                assertThat(buffer.getStringAscii(80, read, order)).isEqualTo(10);
                assertThat(read).hasToString(text);
            }
        }
        buffer.putStringAscii(0, "naïve");
        assertThat(buffer.getStringAscii(0)).isEqualTo("na?ve");
        assertThatThrownBy(() -> buffer.putStringAscii(CAPACITY - 8, "12345"))
                .isInstanceOf(IndexOutOfBoundsException.class);
        Appendable broken = new java.io.OutputStreamWriter(java.io.OutputStream.nullOutputStream());
        ((java.io.Closeable) broken).close();
        assertThatThrownBy(() -> buffer.getStringAscii(0, broken)).isInstanceOf(UncheckedIOException.class);
    }

    @Test
    void asciiStringsWithoutLength() {
        String text = "plain text";
        for (CharSequence value : List.of(text, new StringBuilder(text))) {
            buffer.setMemory(0, 64, (byte) 0);
            boolean string = value instanceof String;
            assertThat(
                            string
                                    ? buffer.putStringWithoutLengthAscii(3, text)
                                    : buffer.putStringWithoutLengthAscii(3, value))
                    .isEqualTo(10);
            assertThat(range(3, 11)).isEqualTo("plain text\0".getBytes(UTF_8));
            assertThat(buffer.getStringWithoutLengthAscii(3, 10)).isEqualTo(text);
            StringBuilder read = new StringBuilder();
            assertThat(buffer.getStringWithoutLengthAscii(3, 5, read)).isEqualTo(5);
            assertThat(read).hasToString("plain");
            assertThat(
                            string
                                    ? buffer.putStringWithoutLengthAscii(20, text, 6, 3)
                                    : buffer.putStringWithoutLengthAscii(20, value, 6, 3))
                    .isEqualTo(3);
            assertThat(
                            string
                                    ? buffer.putStringWithoutLengthAscii(23, text, 6, 100)
                                    : buffer.putStringWithoutLengthAscii(23, value, 6, 100))
                    .isEqualTo(4);
            assertThat(buffer.getStringWithoutLengthAscii(20, 8)).isEqualTo("textext\0");
        }
        assertThatThrownBy(() -> buffer.getStringWithoutLengthAscii(CAPACITY - 4, 5))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.putStringWithoutLengthAscii(CAPACITY - 4, "12345"))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void nullStrings() {
        assertThat(buffer.putStringUtf8(0, null)).isEqualTo(8);
        assertThat(buffer.getStringUtf8(0)).isEqualTo("null");
        assertThat(buffer.putStringWithoutLengthUtf8(0, null)).isEqualTo(4);
        assertThat(buffer.putStringAscii(0, (String) null)).isEqualTo(4);
        assertThat(buffer.getInt(0)).isZero();
        assertThat(buffer.putStringAscii(0, (CharSequence) null)).isEqualTo(4);
        assertThat(buffer.putStringAscii(0, (String) null, BIG_ENDIAN)).isEqualTo(4);
        assertThat(buffer.putStringAscii(0, (CharSequence) null, BIG_ENDIAN)).isEqualTo(4);
        assertThat(buffer.putStringWithoutLengthAscii(0, (String) null)).isZero();
        assertThat(buffer.putStringWithoutLengthAscii(0, (CharSequence) null)).isZero();
        assertThat(buffer.putStringWithoutLengthAscii(0, (String) null, 0, 1)).isZero();
        assertThat(buffer.putStringWithoutLengthAscii(0, (CharSequence) null, 0, 1))
                .isZero();
    }

    @Test
    void utf8Strings() {
        String text = "grün ☂ 🎫";
        byte[] bytes = text.getBytes(UTF_8);
        int length = bytes.length;
        assertThat(buffer.putStringUtf8(3, text)).isEqualTo(4 + length);
        assertThat(reference(NATIVE).getInt(3)).isEqualTo(length);
        assertThat(range(7, length)).isEqualTo(bytes);
        assertThat(buffer.getStringUtf8(3)).isEqualTo(text);
        assertThat(buffer.getStringUtf8(3, 5)).isEqualTo("grün");
        assertThat(buffer.putStringUtf8(3, text, length)).isEqualTo(4 + length);
        assertThatThrownBy(() -> buffer.putStringUtf8(3, text, length - 1))
                .isInstanceOf(IllegalArgumentException.class);
        for (ByteOrder order : ORDERS) {
            assertThat(buffer.putStringUtf8(81, text, order)).isEqualTo(4 + length);
            assertThat(reference(order).getInt(81)).isEqualTo(length);
            assertThat(buffer.getStringUtf8(81, order)).isEqualTo(text);
            assertThat(buffer.putStringUtf8(121, text, order, length)).isEqualTo(4 + length);
            assertThat(buffer.getStringUtf8(121, order)).isEqualTo(text);
            assertThatThrownBy(() -> buffer.putStringUtf8(121, text, order, length - 1))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(buffer.putStringWithoutLengthUtf8(200, text)).isEqualTo(length);
        assertThat(buffer.getStringWithoutLengthUtf8(200, length)).isEqualTo(text);
        assertThatThrownBy(() -> buffer.putStringWithoutLengthUtf8(CAPACITY - length + 1, text))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.putStringUtf8(CAPACITY - length - 3, text))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void numbersInAscii() {
        for (int number : new int[] {0, 7, 12345, Integer.MAX_VALUE, -1, -98765, Integer.MIN_VALUE}) {
            String text = Integer.toString(number);
            assertThat(buffer.putIntAscii(5, number)).isEqualTo(text.length());
            assertThat(range(5, text.length())).isEqualTo(text.getBytes(UTF_8));
            assertThat(buffer.parseIntAscii(5, text.length())).isEqualTo(number);
        }
        for (long number : new long[] {0, 7, Long.MAX_VALUE, -1, Long.MIN_VALUE}) {
            String text = Long.toString(number);
            assertThat(buffer.putLongAscii(5, number)).isEqualTo(text.length());
            assertThat(range(5, text.length())).isEqualTo(text.getBytes(UTF_8));
            assertThat(buffer.parseLongAscii(5, text.length())).isEqualTo(number);
        }
        assertThat(buffer.putNaturalIntAscii(5, 4711)).isEqualTo(4);
        assertThat(buffer.parseNaturalIntAscii(5, 4)).isEqualTo(4711);
        assertThat(buffer.putNaturalLongAscii(5, 123456789012L)).isEqualTo(12);
        assertThat(buffer.parseNaturalLongAscii(5, 12)).isEqualTo(123456789012L);
        buffer.putNaturalPaddedIntAscii(5, 6, 42);
        assertThat(range(5, 6)).isEqualTo("000042".getBytes(UTF_8));
        assertThatThrownBy(() -> buffer.putNaturalPaddedIntAscii(5, 2, 420)).isInstanceOf(NumberFormatException.class);
        assertThat(buffer.putNaturalIntAsciiFromEnd(4711, 20)).isEqualTo(16);
        assertThat(range(16, 4)).isEqualTo("4711".getBytes(UTF_8));
        buffer.putStringWithoutLengthAscii(5, "12x4");
        assertThatThrownBy(() -> buffer.parseIntAscii(5, 4)).isInstanceOf(NumberFormatException.class);
        assertThatThrownBy(() -> buffer.parseNaturalLongAscii(5, 4)).isInstanceOf(NumberFormatException.class);
        buffer.putStringWithoutLengthAscii(5, "-1");
        assertThatThrownBy(() -> buffer.parseNaturalIntAscii(5, 2)).isInstanceOf(NumberFormatException.class);
        assertThatThrownBy(() -> buffer.putIntAscii(CAPACITY - 2, 123)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void whatItIs() {
        assertThat(buffer.capacity()).isEqualTo(CAPACITY);
        assertThat(buffer.isExpandable()).isFalse();
        assertThat(buffer.byteArray()).isNull();
        assertThat(buffer.byteBuffer().capacity()).isEqualTo(CAPACITY);
        assertThat(buffer.wrapAdjustment()).isZero();
        assertThatNoException().isThrownBy(buffer::verifyAlignment);
        assertThatNoException().isThrownBy(() -> buffer.checkLimit(CAPACITY));
        assertThatThrownBy(() -> buffer.checkLimit(CAPACITY + 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.checkLimit(-1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatNoException().isThrownBy(() -> buffer.boundsCheck(CAPACITY - 8, 8));
        assertThatThrownBy(() -> buffer.boundsCheck(CAPACITY - 8, 9)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.boundsCheck(8, Integer.MAX_VALUE))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void cannotBeMadeToWrapAnythingElseNorGivesOutAnAddress() {
        DirectBuffer other = new MappedAtomicBuffer(aligned(8));
        Stream.<org.assertj.core.api.ThrowableAssert.ThrowingCallable>of(
                        () -> buffer.wrap(new byte[8]),
                        () -> buffer.wrap(new byte[8], 0, 8),
                        () -> buffer.wrap(memory),
                        () -> buffer.wrap(memory, 0, 8),
                        () -> buffer.wrap(other),
                        () -> buffer.wrap(other, 0, 8),
                        () -> buffer.wrap(0L, 8),
                        () -> buffer.addressOffset())
                .forEach(each -> assertThatThrownBy(each).isInstanceOf(UnsupportedOperationException.class));
    }

    @Test
    void comparesByUnsignedBytesAndThenByLength() {
        MappedAtomicBuffer small = new MappedAtomicBuffer(aligned(8));
        MappedAtomicBuffer same = new MappedAtomicBuffer(aligned(8));
        MappedAtomicBuffer longer = new MappedAtomicBuffer(aligned(16));
        assertThat(small).isEqualTo(same).hasSameHashCodeAs(same).isNotEqualTo(longer);
        assertThat(small.compareTo(same)).isZero();
        assertThat(small.compareTo(longer)).isNegative();
        assertThat(longer.compareTo(small)).isPositive();
        same.putByte(7, (byte) 0x80);
        assertThat(same.compareTo(longer)).isPositive();
        assertThat(small).isNotEqualTo(same);
        memory.put(0, (byte) 1);
        assertThat(buffer.compareTo(small)).isPositive();
    }

    @Test
    void isAlwaysAllOfItsMemoryWhateverPositionLimitAndOrder() {
        memory.order(NATIVE == BIG_ENDIAN ? LITTLE_ENDIAN : BIG_ENDIAN)
                .position(40)
                .limit(50);
        MappedAtomicBuffer view = new MappedAtomicBuffer(memory);
        assertThat(memory.position()).isEqualTo(40);
        memory.clear().order(NATIVE);
        assertThat(view.capacity()).isEqualTo(CAPACITY);
        assertThat(view.getLong(0)).isEqualTo(memory.getLong(0));
    }

    @Test
    void aSliceSeesItsPartOnly() {
        MappedAtomicBuffer slice = new MappedAtomicBuffer(memory).slice(16, 32);
        assertThat(slice.capacity()).isEqualTo(32);
        slice.putLongVolatile(24, 77);
        assertThat(memory.getLong(40)).isEqualTo(77);
        assertThatThrownBy(() -> slice.putLong(25, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> new MappedAtomicBuffer(memory).slice(4, 8))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesMemoryThatIsOnTheHeapOrMisaligned() {
        assertThatThrownBy(() -> new MappedAtomicBuffer(ByteBuffer.allocate(64)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("direct buffer aligned to 8 bytes");
        assertThatThrownBy(() -> new MappedAtomicBuffer(aligned(64).slice(4, 32)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void atomicAdditionsOfManyThreadsAreExact() {
        buffer.putLong(8, 0);
        buffer.putInt(16, 0);
        AtomicBuffer shared = view(memory);
        CompletableFuture.allOf(IntStream.range(0, 4)
                        .mapToObj(thread -> CompletableFuture.runAsync(() -> {
                            for (int i = 0; i < 20_000; i++) {
                                shared.getAndAddLong(8, 1);
                                shared.getAndAddInt(16, 1);
                            }
                        }))
                        .toArray(CompletableFuture[]::new))
                .join();
        assertThat(buffer.getLong(8)).isEqualTo(80_000);
        assertThat(buffer.getInt(16)).isEqualTo(80_000);
    }
}
