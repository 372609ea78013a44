package io.sharedstate.mapped;

import io.sharedstate.Codec;
import io.sharedstate.CodecException;
import io.sharedstate.SharedTopic;
import io.sharedstate.TopicStatistics;
import io.sharedstate.TopicSubscription;
import io.sharedstate.ValueTooLargeException;
import java.util.Objects;

/** A topic as its user sees it: messages of a type, made of the bytes in a {@link TopicFile}. */
final class MappedTopic<T> implements SharedTopic<T> {

    private final Opened<TopicFile> opened;
    private final Codec<T> codec;

    MappedTopic(Opened<TopicFile> opened, Codec<T> codec) {
        this.opened = opened;
        this.codec = codec;
    }

    TopicFile opened() {
        return opened.get();
    }

    boolean exists() {
        return opened.exists();
    }

    boolean isClosed() {
        return opened.isClosed();
    }

    @Override
    public String name() {
        return opened.name();
    }

    @Override
    public int maxMessageSize() {
        return opened().maxMessage();
    }

    @Override
    public long publish(T message) {
        byte[] bytes = codec.encode(Objects.requireNonNull(message, "message"));
        while (true) {
            TopicFile at = opened();
            if (bytes.length > at.maxMessage()) {
                throw new ValueTooLargeException("topic '" + name() + "': a message of " + bytes.length
                        + " bytes, at most " + at.maxMessage()
                        + " fit, an eighth of the topic's size; to change it, raise"
                        + " sharedstate.topics." + name() + ".max-size and remove the topic, or give it another name");
            }
            at.lock().lock();
            try {
                if (!at.segment().isRemoved()) {
                    return at.ring().publish(bytes);
                }
            } finally {
                at.lock().unlock();
            }
        }
    }

    T decode(long number, byte[] bytes) {
        try {
            return codec.decode(bytes);
        } catch (RuntimeException e) {
            throw new CodecException(
                    "topic '" + name() + "': message " + number + ", " + bytes.length
                            + " bytes, can't be read as it is asked for (" + e
                            + "); it may be from a version of the application with another class",
                    e);
        }
    }

    @Override
    public TopicSubscription<T> subscribe() {
        return new MappedSubscription<>(this);
    }

    @Override
    public TopicStatistics statistics() {
        return opened().statistics();
    }

    @Override
    public String toString() {
        return "SharedTopic '" + name() + "'";
    }
}
