package io.sharedstate.mapped;

import io.sharedstate.Codec;
import io.sharedstate.Kind;
import io.sharedstate.SharedValue;
import io.sharedstate.engine.Codecs;
import io.sharedstate.mapped.MappedValue.Memory;
import io.sharedstate.mapped.layout.FileHeader.Content;
import io.sharedstate.mapped.layout.NamedLayout;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Values, each in a file with its lock. */
final class NamedValues implements NamedState {

    /** The values of a name differ by what they make of its bytes. */
    private record Key(String name, Object typeOrCodec) {}

    private final NamedFiles files;
    private final Locks locks;
    private final Membership members;
    private final Map<Key, MappedValue<?>> opened = new ConcurrentHashMap<>();

    NamedValues(NamedFiles files, Locks locks, Membership members) {
        this.files = files;
        this.locks = locks;
        this.members = members;
    }

    /** @param typeOrCodec what it was asked for with */
    @SuppressWarnings("unchecked")
    <T> SharedValue<T> open(String name, Object typeOrCodec, Codec<T> codec, int maxSize) {
        files.requireSize(name, maxSize, NamedLayout.MAX_VALUE_SIZE);
        Key key = new Key(name, typeOrCodec);
        MappedValue<?> known = opened.get(key);
        if (known == null) {
            Content content = new Content(files.type(), maxSize, 0, name, Codecs.format(codec));
            NamedFile file =
                    new NamedFile(name, () -> files.openOrCreate(NamedLayout.valueFileLength(maxSize), content));
            MappedValue<T> value = new MappedValue<>(new Opened<>(file, members, this::memory), codec);
            known = opened.computeIfAbsent(key, absent -> value);
        }
        // the same name and type were asked for when it was made
        return (SharedValue<T>) known;
    }

    private Memory memory(Segment segment) {
        return new Memory(segment, lock(segment));
    }

    /** A value needs no repair: what its lock guards is whole at every moment. */
    private MappedLock lock(Segment segment) {
        MappedLock lock = locks.ofFile(segment);
        lock.onAbandoned(() -> {});
        return lock;
    }

    @Override
    public List<String> names() {
        return files.names();
    }

    @Override
    public boolean remove(String name) {
        Segment segment = files.find(name);
        return segment != null && Locks.whileHeld(Kind.VALUE, name, locks.ofFile(segment), () -> files.remove(name));
    }

    @Override
    public void forgetRemoved() {
        opened.values().removeIf(value -> !value.exists());
    }

    @Override
    public List<Check> checks() {
        return files.checks(segment -> MappedValue.checkInvariants(segment, lock(segment)));
    }
}
