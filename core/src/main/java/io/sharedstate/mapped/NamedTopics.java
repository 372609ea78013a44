package io.sharedstate.mapped;

import io.sharedstate.Codec;
import io.sharedstate.Kind;
import io.sharedstate.SharedTopic;
import io.sharedstate.TopicOptions;
import io.sharedstate.TopicStatistics;
import io.sharedstate.engine.Codecs;
import io.sharedstate.mapped.layout.FileHeader.Content;
import io.sharedstate.mapped.layout.TopicLayout;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Topics, each in a file with its lock. */
final class NamedTopics implements NamedState {

    /** The topics of a name differ by what they make of its bytes. */
    private record Key(String name, Object typeOrCodec) {}

    private final NamedFiles files;
    private final Locks locks;
    private final Membership members;
    private final Map<Key, MappedTopic<?>> opened = new ConcurrentHashMap<>();
    private final Map<Segment, TopicFile> topicFiles = new ConcurrentHashMap<>();

    NamedTopics(NamedFiles files, Locks locks, Membership members) {
        this.files = files;
        this.locks = locks;
        this.members = members;
    }

    /** @param typeOrCodec what it was asked for with */
    @SuppressWarnings("unchecked")
    <T> SharedTopic<T> open(String name, Object typeOrCodec, Codec<T> codec, TopicOptions options) {
        Key key = new Key(name, typeOrCodec);
        MappedTopic<?> known = opened.get(key);
        if (known == null) {
            int cells = members.capacity();
            Content content = new Content(files.type(), options.maxSize(), cells, name, Codecs.format(codec));
            long length = new TopicLayout(options.maxSize(), cells).fileLength();
            NamedFile file = new NamedFile(name, () -> files.openOrCreate(length, content));
            MappedTopic<T> topic = new MappedTopic<>(new Opened<>(file, members, this::topicFile), codec);
            known = opened.computeIfAbsent(key, absent -> topic);
        }
        // the same name and type were asked for when it was made
        return (SharedTopic<T>) known;
    }

    private TopicFile topicFile(Segment segment) {
        return topicFiles.computeIfAbsent(segment, absent -> {
            files.requireWhole(segment, TopicFile.damage(segment));
            return new TopicFile(segment, locks.ofFile(segment), members);
        });
    }

    Optional<TopicStatistics> statistics(String name) {
        Segment segment = files.find(name);
        return segment == null
                ? Optional.empty()
                : Optional.of(topicFile(segment).statistics());
    }

    @Override
    public List<String> names() {
        return files.names();
    }

    @Override
    public boolean remove(String name) {
        Segment segment = files.find(name);
        return segment != null && Locks.whileHeld(Kind.TOPIC, name, locks.ofFile(segment), () -> files.remove(name));
    }

    @Override
    public void forgetRemoved() {
        opened.values().removeIf(topic -> !topic.exists());
        topicFiles.keySet().removeIf(Segment::isRemoved);
    }

    @Override
    public List<Check> checks() {
        return files.checks(segment -> topicFile(segment).checkInvariants());
    }
}
