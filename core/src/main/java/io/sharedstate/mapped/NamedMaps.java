package io.sharedstate.mapped;

import io.sharedstate.Codec;
import io.sharedstate.MapOptions;
import io.sharedstate.MapStatistics;
import io.sharedstate.SharedMap;
import io.sharedstate.engine.Codecs;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Maps, each in a file. */
final class NamedMaps implements NamedState {

    /** The maps of a name differ by what they make of its bytes, and by how they are used. */
    record Key(String name, Object keyTypeOrCodec, Object valueTypeOrCodec, MapOptions options) {}

    private final MapFiles files;
    private final Map<Key, MappedMap<?, ?>> opened = new ConcurrentHashMap<>();

    NamedMaps(NamedFiles files, Locks locks, Membership members, SteadyClock clock) {
        this.files = new MapFiles(files, locks, members, clock::millis, Eviction.LEAST_RECENTLY_USED);
    }

    @SuppressWarnings("unchecked")
    <K, V> SharedMap<K, V> open(Key key, Codec<K> keys, Codec<V> values) {
        MappedMap<?, ?> known = opened.get(key);
        if (known == null) {
            OpenedMap map = files.open(key.name(), key.options().maxSize(), Codecs.format(values), Codecs.format(keys));
            MappedMap<K, V> made = new MappedMap<>(map, keys, values, key.options());
            known = opened.computeIfAbsent(key, absent -> made);
        }
        // the same name and types were asked for when it was made
        return (SharedMap<K, V>) known;
    }

    Optional<MapStatistics> statistics(String name) {
        return Optional.ofNullable(files.find(name)).map(MapFile::statistics);
    }

    @Override
    public List<String> names() {
        return files.names();
    }

    @Override
    public boolean remove(String name) {
        return files.remove(name);
    }

    @Override
    public void forgetRemoved() {
        opened.values().removeIf(map -> !map.exists());
        files.forgetRemoved();
    }

    @Override
    public List<Check> checks() {
        return files.checks();
    }
}
