package io.sharedstate.mapped;

import static io.sharedstate.mapped.layout.NamedLayout.BUFFER_BYTES_OFFSET;
import static io.sharedstate.mapped.layout.NamedLayout.BUFFER_CHECKSUM_OFFSET;
import static io.sharedstate.mapped.layout.NamedLayout.BUFFER_LENGTH_OFFSET;
import static io.sharedstate.mapped.layout.NamedLayout.BUFFER_VERSION_OFFSET;
import static io.sharedstate.mapped.layout.NamedLayout.VERSION_OFFSET;

import io.sharedstate.Codec;
import io.sharedstate.SharedValue;
import io.sharedstate.ValueTooLargeException;
import io.sharedstate.mapped.layout.FileHeader;
import io.sharedstate.mapped.layout.NamedLayout;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32C;
import org.agrona.concurrent.AtomicBuffer;
import org.jspecify.annotations.Nullable;

/*
 * A value: four buffers and a version. Version v is in buffer v mod 4, and 0 is empty.
 *
 * Writer, with the lock held: fence (release); buffer (v + 1) mod 4; version = v + 1 (release), the commit.
 * Reader, without: version v (acquire); its length, checked to be within bounds before it is used; the bytes, copied;
 * fence (acquire); version again. If it has moved by at most 2, no writer can have begun on the buffer that was copied,
 * for that is written again only for v + 4, after v + 3 is committed. After 64 failures it reads with the lock held.
 *
 * Invariants:
 * - The buffer of the current version is whole: its own version, length and checksum are right.
 * - A version once committed is never written again in place.
 * A death between any two stores leaves the version as it was, and a buffer that is in nobody's way.
 */
final class MappedValue<T> implements SharedValue<T> {

    private static final int ATTEMPTS = 64;
    private static final int NULL_LENGTH = -1;

    /** A value's memory and its lock, which belong together. */
    record Memory(Segment segment, MappedLock lock) {

        int maxSize() {
            return (int) segment.buffer().getLong(FileHeader.PARAMETER_0_OFFSET);
        }
    }

    private final Opened<Memory> opened;
    private final Codec<T> codec;

    MappedValue(Opened<Memory> opened, Codec<T> codec) {
        this.opened = opened;
        this.codec = codec;
    }

    boolean exists() {
        return opened.exists();
    }

    @Override
    public String name() {
        return opened.name();
    }

    @Override
    public int maxSize() {
        return opened.get().maxSize();
    }

    @Override
    public long version() {
        return opened.get().segment().buffer().getLongAcquire(VERSION_OFFSET);
    }

    @Override
    public @Nullable T get() {
        Memory at = opened.get();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long version = at.segment().buffer().getLongAcquire(VERSION_OFFSET);
            byte[] bytes = copy(at, version);
            VarHandle.acquireFence();
            long moved = at.segment().buffer().getLongAcquire(VERSION_OFFSET) - version;
            if (moved >= 0 && moved <= NamedLayout.BUFFERS - 2) {
                return decode(bytes);
            }
        }
        return locked(this::read);
    }

    /** What the buffer of a version holds; null for none. Whether it was whole the caller finds out afterwards. */
    private static byte @Nullable [] copy(Memory at, long version) {
        AtomicBuffer buffer = at.segment().buffer();
        int maxSize = at.maxSize();
        int from = NamedLayout.bufferOffset(version, maxSize);
        int length = buffer.getInt(from + BUFFER_LENGTH_OFFSET);
        if (version == 0 || length < 0 || length > maxSize) {
            return null;
        }
        byte[] bytes = new byte[length];
        buffer.getBytes(from + BUFFER_BYTES_OFFSET, bytes);
        return bytes;
    }

    @Override
    public void set(@Nullable T newValue) {
        byte[] encoded = encode(newValue);
        locked(at -> {
            write(at, encoded);
            return null;
        });
    }

    @Override
    public @Nullable T getAndSet(@Nullable T newValue) {
        byte[] encoded = encode(newValue);
        return locked(at -> {
            T before = read(at);
            write(at, encoded);
            return before;
        });
    }

    @Override
    public boolean compareAndSet(@Nullable T expected, @Nullable T newValue) {
        byte[] encoded = encode(newValue);
        Boolean set = locked(at -> {
            boolean equal = Objects.deepEquals(read(at), expected);
            if (equal) {
                write(at, encoded);
            }
            return equal;
        });
        return Boolean.TRUE.equals(set);
    }

    @Override
    public @Nullable T updateAndGet(UnaryOperator<@Nullable T> update) {
        return locked(at -> {
            T next = update.apply(read(at));
            write(at, encode(next));
            return next;
        });
    }

    @Override
    public @Nullable T getAndUpdate(UnaryOperator<@Nullable T> update) {
        return locked(at -> {
            T before = read(at);
            write(at, encode(update.apply(before)));
            return before;
        });
    }

    private interface Action<R> {
        @Nullable
        R run(Memory at);
    }

    private <R> @Nullable R locked(Action<R> action) {
        while (true) {
            Memory at = opened.get();
            at.lock().lock();
            try {
                if (!at.segment().isRemoved()) {
                    return action.run(at);
                }
            } finally {
                at.lock().unlock();
            }
        }
    }

    private @Nullable T read(Memory at) {
        return decode(copy(at, at.segment().buffer().getLongAcquire(VERSION_OFFSET)));
    }

    private void write(Memory at, byte @Nullable [] bytes) {
        int maxSize = at.maxSize();
        if (bytes != null && bytes.length > maxSize) {
            throw new ValueTooLargeException(
                    "value '" + name() + "': " + bytes.length + " bytes don't fit into " + maxSize
                            + "; the value was created with this size: to change it, raise sharedstate.values." + name()
                            + ".max-size and remove the value, or give it another name");
        }
        AtomicBuffer buffer = at.segment().buffer();
        long version = buffer.getLong(VERSION_OFFSET) + 1;
        int to = NamedLayout.bufferOffset(version, maxSize);
        int length = bytes == null ? 0 : bytes.length;
        VarHandle.releaseFence();
        buffer.putLong(to + BUFFER_VERSION_OFFSET, version);
        buffer.putInt(to + BUFFER_LENGTH_OFFSET, bytes == null ? NULL_LENGTH : length);
        buffer.putInt(to + BUFFER_CHECKSUM_OFFSET, bytes == null ? 0 : checksum(bytes));
        if (bytes != null) {
            buffer.putBytes(to + BUFFER_BYTES_OFFSET, bytes);
        }
        at.segment().written(to, BUFFER_BYTES_OFFSET + length);
        buffer.putLongRelease(VERSION_OFFSET, version);
        at.segment().written(VERSION_OFFSET, Long.BYTES);
    }

    private byte @Nullable [] encode(@Nullable T value) {
        return value == null ? null : codec.encode(value);
    }

    private @Nullable T decode(byte @Nullable [] bytes) {
        return bytes == null ? null : codec.decode(bytes);
    }

    private static int checksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    /** Whether the buffer of a version is whole, and of that version. */
    static boolean isWhole(Segment segment, long version) {
        AtomicBuffer buffer = segment.buffer();
        int maxSize = (int) buffer.getLong(FileHeader.PARAMETER_0_OFFSET);
        int at = NamedLayout.bufferOffset(version, maxSize);
        int length = buffer.getInt(at + BUFFER_LENGTH_OFFSET);
        if (buffer.getLong(at + BUFFER_VERSION_OFFSET) != version || length < NULL_LENGTH || length > maxSize) {
            return false;
        }
        byte[] bytes = new byte[Math.max(0, length)];
        buffer.getBytes(at + BUFFER_BYTES_OFFSET, bytes);
        return buffer.getInt(at + BUFFER_CHECKSUM_OFFSET) == (length == NULL_LENGTH ? 0 : checksum(bytes));
    }

    /** Throws {@link AssertionError} if an invariant doesn't hold; for tests, with nobody writing. */
    static void checkInvariants(Segment file, MappedLock lock) {
        long version = file.buffer().getLongAcquire(VERSION_OFFSET);
        if (version < 0 || (version > 0 && !isWhole(file, version))) {
            throw new AssertionError(file.path() + " is not whole at version " + version);
        }
        lock.checkInvariants();
    }

    @Override
    public String toString() {
        return "SharedValue '" + name() + "'";
    }
}
