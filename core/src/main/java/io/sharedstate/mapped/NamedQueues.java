package io.sharedstate.mapped;

import io.sharedstate.Codec;
import io.sharedstate.Kind;
import io.sharedstate.QueueOptions;
import io.sharedstate.QueueStatistics;
import io.sharedstate.SharedQueue;
import io.sharedstate.engine.Codecs;
import io.sharedstate.mapped.layout.FileHeader.Content;
import io.sharedstate.mapped.layout.QueueLayout;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Queues, each in a file with the locks of its producers and its consumers. */
final class NamedQueues implements NamedState {

    /** The queues of a name differ by what they make of its bytes, and by how they are used. */
    record Key(String name, Object typeOrCodec, QueueOptions options) {}

    private final NamedFiles files;
    private final Locks locks;
    private final Membership members;
    private final SteadyClock clock;
    private final CoarseClock ticks;
    private final Map<Key, MappedQueue<?>> opened = new ConcurrentHashMap<>();
    private final Map<Segment, QueueFile> queueFiles = new ConcurrentHashMap<>();

    NamedQueues(NamedFiles files, Locks locks, Membership members, SteadyClock clock, CoarseClock ticks) {
        this.files = files;
        this.locks = locks;
        this.members = members;
        this.clock = clock;
        this.ticks = ticks;
    }

    @SuppressWarnings("unchecked")
    <T> SharedQueue<T> open(Key key, Codec<T> codec) {
        MappedQueue<?> known = opened.get(key);
        if (known == null) {
            QueueOptions options = key.options();
            QueueLayout layout = new QueueLayout(options.maxSize(), members.capacity());
            Content content =
                    new Content(files.type(), options.maxSize(), layout.members(), key.name(), Codecs.format(codec));
            NamedFile file = new NamedFile(key.name(), () -> files.openOrCreate(layout.fileLength(), content));
            MappedQueue<T> queue = new MappedQueue<>(
                    new Opened<>(file, members, this::queueFile), codec, options.maxAttempts(), members);
            known = opened.computeIfAbsent(key, absent -> queue);
        }
        // the same name and type were asked for when it was made
        return (SharedQueue<T>) known;
    }

    Optional<QueueStatistics> statistics(String name) {
        Segment segment = files.find(name);
        return segment == null
                ? Optional.empty()
                : Optional.of(queueFile(segment).statistics());
    }

    Optional<SharedQueue<byte[]>> find(String name) {
        if (files.find(name) == null) {
            return Optional.empty();
        }
        NamedFile file = new NamedFile(name, () -> {
            Segment found = files.find(name);
            if (found == null) {
                throw new IllegalStateException("queue '" + name + "' was removed");
            }
            return found;
        });
        return Optional.of(new MappedQueue<>(
                new Opened<>(file, members, this::queueFile), Codec.bytes(), QueueOptions.MOST_ATTEMPTS, members));
    }

    private QueueFile queueFile(Segment segment) {
        return queueFiles.computeIfAbsent(segment, absent -> {
            files.requireWhole(segment, QueueBlocks.damage(segment));
            return new QueueFile(
                    segment,
                    new QueueRing(new QueueBlocks(segment), members, clock),
                    locks.inFile(segment, 0, QueueLayout.PRODUCERS_LOCK_OFFSET),
                    locks.inFile(segment, 1, QueueLayout.CONSUMERS_LOCK_OFFSET),
                    ticks);
        });
    }

    @Override
    public List<String> names() {
        return files.names();
    }

    /** Holds both locks, so that nothing is offered to a queue that is no longer there. */
    @Override
    public boolean remove(String name) {
        Segment segment = files.find(name);
        if (segment == null) {
            return false;
        }
        QueueFile file = queueFile(segment);
        return Locks.whileHeld(
                Kind.QUEUE,
                name,
                file.producers(),
                () -> Locks.whileHeld(Kind.QUEUE, name, file.consumers(), () -> files.remove(name)));
    }

    @Override
    public void forgetRemoved() {
        opened.values().removeIf(queue -> !queue.exists());
        queueFiles.keySet().removeIf(Segment::isRemoved);
    }

    @Override
    public List<Check> checks() {
        return files.checks(segment -> queueFile(segment).checkInvariants());
    }
}
