package io.sharedstate.mapped;

import io.sharedstate.mapped.Eviction.Order;
import io.sharedstate.mapped.layout.FileHeader.Content;
import io.sharedstate.mapped.layout.MapLayout;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The files of one kind of named state that is kept as a map, and the locks of their segments. */
final class MapFiles {

    private final NamedFiles files;
    private final Locks locks;
    private final Membership members;
    private final LongSupplier time;
    private final Order order;
    private final Map<Segment, MapFile> opened = new ConcurrentHashMap<>();

    /**
     * @param time by which entries expire
     * @param order in which they make room for others
     */
    MapFiles(NamedFiles files, Locks locks, Membership members, LongSupplier time, Order order) {
        this.files = files;
        this.locks = locks;
        this.members = members;
        this.time = time;
        this.order = order;
    }

    OpenedMap open(String name, long maxSize, String format, String keyFormat) {
        MapLayout layout = new MapLayout(maxSize, members.capacity());
        Content content = new Content(files.type(), maxSize, layout.cells(), name, format, keyFormat);
        NamedFile file = new NamedFile(
                name,
                () -> files.openOrCreate(layout.fileLength(), content, buffer -> MapFile.initialize(buffer, layout)));
        return new OpenedMap(new Opened<>(file, members, this::mapFile));
    }

    /** The map of a name; null if there is none. */
    @Nullable
    MapFile find(String name) {
        Segment segment = files.find(name);
        return segment == null ? null : mapFile(segment);
    }

    private MapFile mapFile(Segment segment) {
        return opened.computeIfAbsent(segment, absent -> {
            files.requireWhole(segment, MapFile.damage(segment));
            MapLayout layout = MapFile.layout(segment);
            return new MapFile(
                    segment,
                    members,
                    time,
                    order,
                    number -> locks.inFile(segment, number, layout.segmentOffset(number) + MapLayout.LOCK_OFFSET));
        });
    }

    List<String> names() {
        return files.names();
    }

    boolean remove(String name) {
        MapFile file = find(name);
        return file != null && remove(name, file.locks(), 0);
    }

    /** Holds the locks of all segments, from this one on, so that nothing is written to a map that is no longer there. */
    private boolean remove(String name, MappedLock[] held, int from) {
        return from == held.length
                ? files.remove(name)
                : Locks.whileHeld(files.kind(), name, held[from], () -> remove(name, held, from + 1));
    }

    void forgetRemoved() {
        opened.keySet().removeIf(Segment::isRemoved);
    }

    List<Check> checks() {
        return files.checksOfParts(segment -> mapFile(segment).checks());
    }
}
