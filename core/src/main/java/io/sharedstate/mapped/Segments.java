package io.sharedstate.mapped;

import io.sharedstate.Flush;
import io.sharedstate.FormatException;
import io.sharedstate.mapped.layout.FileHeader;
import io.sharedstate.mapped.layout.FileHeader.Content;
import io.sharedstate.mapped.layout.FileType;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.agrona.concurrent.AtomicBuffer;
import org.jspecify.annotations.Nullable;

/** Opens and creates the files of one state directory, each checked before it is used. */
final class Segments {

    static final String SUFFIX = ".dat";
    /** Three windows: a map of 2 GiB, and what it takes beside its entries. */
    static final long MAX_LENGTH = 3L * FileHeader.WINDOW_LENGTH;

    private final Storage storage;
    private final long uuidHigh;
    private final long uuidLow;
    private final Flush flush;
    private final Map<String, Segment> opened = new ConcurrentHashMap<>();

    Segments(Storage storage, long uuidHigh, long uuidLow, Flush flush) {
        this.storage = storage;
        this.uuidHigh = uuidHigh;
        this.uuidLow = uuidLow;
        this.flush = flush;
    }

    Storage storage() {
        return storage;
    }

    /** The newest of each path. */
    Collection<Segment> opened() {
        return opened.values();
    }

    /** Lets go of the files of removed names, so that their memory is free when nobody uses it any more. */
    void forgetRemoved() {
        opened.values().removeIf(Segment::isRemoved);
    }

    /**
     * Opens a file; null if there is none.
     *
     * @throws FormatException if it isn't what it should be
     */
    @Nullable
    Segment open(String path, FileType type) {
        Segment before = opened.get(path);
        if (before != null && !before.isRemoved()) {
            return before;
        }
        Segment segment = storage.open(path);
        if (segment == null) {
            return null;
        }
        requireWhole(storage, segment, damage(segment, type));
        return segment.isRemoved() ? null : register(segment);
    }

    /** Creates a file of zeros after its header; the creation lock is held, and there is no such file that counts. */
    Segment create(String path, long length, Content content) {
        return create(path, length, content, buffer -> {});
    }

    /** Creates a file in whose first window {@code initializer} writes more than the header. */
    Segment create(String path, long length, Content content, Consumer<AtomicBuffer> initializer) {
        if (length > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    "file " + path + " would have " + length + " bytes, at most " + MAX_LENGTH + " can be mapped");
        }
        Segment before = storage.open(path);
        if (before != null && before.isRemoved()) {
            storage.delete(path); // whoever removed the name died before it deleted the file
        }
        return register(storage.create(
                path, length, header(length, uuidHigh, uuidLow, content).andThen(initializer)));
    }

    /** Two threads may open a file at once: one of the two mappings is used, as locks must have one gate. */
    private Segment register(Segment segment) {
        return opened.compute(
                segment.path(),
                (path, before) -> before != null && !before.isRemoved() && Objects.equals(before.key(), segment.key())
                        ? before
                        : segment.flushed(flush));
    }

    @Nullable
    String damage(Segment segment, FileType type) {
        return damage(segment, uuidHigh, uuidLow, type);
    }

    /** What is wrong with a file, or null; of any directory if the UUID is 0 and 0. */
    static @Nullable String damage(Segment segment, long uuidHigh, long uuidLow, FileType type) {
        if (segment.length() < FileHeader.HEADER_LENGTH) {
            return "has " + segment.length() + " bytes, expected at least the " + FileHeader.HEADER_LENGTH
                    + " of a header";
        }
        return FileHeader.damage(segment.buffer(), segment.length(), uuidHigh, uuidLow, type);
    }

    static void requireWhole(Storage storage, Segment segment, @Nullable String damage) {
        if (damage != null) {
            throw new FormatException("file " + segment.path() + " in " + storage.location() + " " + damage
                    + "; stop all processes of the application, then move the directory away to begin anew");
        }
    }

    /** A consumer that writes a header, for who knows the UUID before there are segments. */
    static Consumer<AtomicBuffer> header(long length, long uuidHigh, long uuidLow, Content content) {
        return buffer -> FileHeader.write(buffer, length, uuidHigh, uuidLow, content);
    }
}
