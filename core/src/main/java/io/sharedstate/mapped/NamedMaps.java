package io.sharedstate.mapped;

import io.sharedstate.Codec;
import io.sharedstate.Kind;
import io.sharedstate.MapOptions;
import io.sharedstate.MapStatistics;
import io.sharedstate.SharedMap;
import io.sharedstate.mapped.layout.FileHeader.Content;
import io.sharedstate.mapped.layout.MapLayout;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Maps, each in a file with the locks of its segments. */
final class NamedMaps implements NamedState {

    /** The maps of a name differ by what they make of its bytes, and by how they are used. */
    record Key(String name, Object keyTypeOrCodec, Object valueTypeOrCodec, MapOptions options) {}

    private final NamedFiles files;
    private final Locks locks;
    private final Membership members;
    private final SteadyClock clock;
    private final Map<Key, MappedMap<?, ?>> opened = new ConcurrentHashMap<>();
    private final Map<Segment, MapFile> mapFiles = new ConcurrentHashMap<>();

    NamedMaps(NamedFiles files, Locks locks, Membership members, SteadyClock clock) {
        this.files = files;
        this.locks = locks;
        this.members = members;
        this.clock = clock;
    }

    @SuppressWarnings("unchecked")
    <K, V> SharedMap<K, V> open(Key key, Codec<K> keys, Codec<V> values) {
        MappedMap<?, ?> known = opened.get(key);
        if (known == null) {
            String name = key.name();
            MapLayout layout = new MapLayout(key.options().maxSize(), members.capacity());
            Content content = new Content(
                    files.type(),
                    key.options().maxSize(),
                    layout.cells(),
                    name,
                    Codecs.format(values),
                    Codecs.format(keys));
            NamedFile file = new NamedFile(
                    name,
                    () -> files.openOrCreate(
                            layout.fileLength(), content, buffer -> MapFile.initialize(buffer, layout)));
            MappedMap<K, V> map = new MappedMap<>(file, keys, values, key.options(), members, this::mapFile);
            known = opened.computeIfAbsent(key, absent -> map);
        }
        // the same name and types were asked for when it was made
        return (SharedMap<K, V>) known;
    }

    Optional<MapStatistics> statistics(String name) {
        Segment segment = files.find(name);
        return segment == null ? Optional.empty() : Optional.of(mapFile(segment).statistics());
    }

    private MapFile mapFile(Segment segment) {
        return mapFiles.computeIfAbsent(segment, absent -> {
            files.requireWhole(segment, MapFile.damage(segment));
            MapLayout layout = MapFile.layout(segment);
            return new MapFile(
                    segment,
                    members,
                    clock,
                    number -> locks.inFile(segment, number, layout.segmentOffset(number) + MapLayout.LOCK_OFFSET));
        });
    }

    @Override
    public List<String> names() {
        return files.names();
    }

    @Override
    public boolean remove(String name) {
        Segment segment = files.find(name);
        return segment != null && remove(name, mapFile(segment).locks(), 0);
    }

    /** Holds the locks of all segments, from this one on, so that nothing is written to a map that is no longer there. */
    private boolean remove(String name, MappedLock[] held, int from) {
        return from == held.length
                ? files.remove(name)
                : Locks.whileHeld(Kind.MAP, name, held[from], () -> remove(name, held, from + 1));
    }

    @Override
    public void forgetRemoved() {
        opened.values().removeIf(map -> !map.exists());
        mapFiles.keySet().removeIf(Segment::isRemoved);
    }

    @Override
    public void checkInvariants() {
        mapFiles.forEach((file, map) -> {
            if (!file.isRemoved()) {
                map.checkInvariants();
            }
        });
    }
}
