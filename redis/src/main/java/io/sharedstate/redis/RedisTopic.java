package io.sharedstate.redis;

import io.sharedstate.Codec;
import io.sharedstate.CodecException;
import io.sharedstate.SharedTopic;
import io.sharedstate.TopicMessage;
import io.sharedstate.TopicOptions;
import io.sharedstate.TopicStatistics;
import io.sharedstate.TopicSubscription;
import io.sharedstate.ValueTooLargeException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/*
 * A topic: a stream whose ids are the numbers of its messages, and a hash with the number of the newest, the bytes that messages take, and when
 * it was created, which is another time when it was removed and made anew: another epoch, in which numbers begin with 1. Publishing is one script, and so is reading.
 */
final class RedisTopic<T> implements SharedTopic<T> {

    /** A part: the messages. */
    static final String MESSAGES = "messages";
    /** A part: how many subscriptions each member has, by owner. */
    static final String SUBSCRIPTIONS = "subscriptions";

    private static final Script<Long> PUBLISH = Script.number("topic-publish");
    private static final Script<List<Object>> READ = Script.list("topic-read");
    private static final Script<Long> UNSUBSCRIBE = Script.number("topic-unsubscribe");

    /** What a message takes beside its bytes, and what both are rounded up to. */
    private static final int BESIDE = 16;

    private static final int MESSAGES_AT_LEAST = 8;

    /** What the script says in place of a number. */
    private static final long TOO_LARGE = 0;

    /** Where a subscription is. */
    record Position(String epoch, long last) {}

    /** What was read: where that is, and the message's bytes, or null if there is none yet. */
    static final class Read {

        final Position position;
        final byte @Nullable [] bytes;

        private Read(Position position, byte @Nullable [] bytes) {
            this.position = position;
            this.bytes = bytes;
        }
    }

    private final Thing thing;
    private final Codec<T> codec;
    private final Membership members;
    private final Wakeups wakeups;

    RedisTopic(Thing thing, Codec<T> codec, Membership members, Wakeups wakeups) {
        this.thing = thing;
        this.codec = codec;
        this.members = members;
        this.wakeups = wakeups;
    }

    static Map<String, String> fields(String format, TopicOptions options) {
        return Map.of(
                "format", format,
                "size", Long.toString(options.maxSize()),
                "published", "0",
                "taken", "0",
                "missed", "0");
    }

    Thing thing() {
        return thing;
    }

    Wakeups wakeups() {
        return wakeups;
    }

    Membership members() {
        return members;
    }

    @Override
    public String name() {
        return thing.name();
    }

    @Override
    public long publish(T message) {
        byte[] bytes = codec.encode(Objects.requireNonNull(message, "message"));
        long takes = (bytes.length + 2L * BESIDE - 1) / BESIDE * BESIDE;
        long number =
                thing.run(PUBLISH, thing.keys(MESSAGES, SUBSCRIPTIONS), bytes, Bytes.of(takes), wakeups.channel());
        if (number == TOO_LARGE) {
            throw new ValueTooLargeException("topic '" + name() + "': a message of " + bytes.length
                    + " bytes, at most " + maxMessageSize()
                    + " fit, an eighth of the topic's size; to change it, raise"
                    + " sharedstate.topics." + name() + ".max-size and remove the topic, or give it another name");
        }
        return number;
    }

    @Override
    public TopicSubscription<T> subscribe() {
        return new RedisSubscription<>(this);
    }

    /** Counts a subscription. */
    void subscribed(byte[] owner) {
        thing.add(SUBSCRIPTIONS, owner, 1);
    }

    void unsubscribed(byte[] owner) {
        thing.runAsItIs(UNSUBSCRIBE, thing.keys(SUBSCRIPTIONS), owner);
    }

    /** Behind the newest message. */
    Position now() {
        List<@Nullable Object> found = thing.fields("created", "published");
        return new Position(
                Bytes.text(Objects.requireNonNull(found.get(0))), Bytes.number(Objects.requireNonNull(found.get(1))));
    }

    Read read(Position from) {
        List<Object> read = thing.run(READ, thing.keys(MESSAGES), Bytes.of(from.epoch()), Bytes.of(from.last()));
        String epoch = Bytes.text(read.get(0));
        if (read.size() == 1) {
            return new Read(from.epoch().equals(epoch) ? from : new Position(epoch, 0), null);
        }
        return new Read(new Position(epoch, Bytes.number(read.get(1))), (byte[]) read.get(2));
    }

    TopicMessage<T> message(long number, byte[] bytes, long missed) {
        try {
            return new TopicMessage<>(number, codec.decode(bytes), missed);
        } catch (RuntimeException e) {
            throw new CodecException(
                    "topic '" + name() + "': message " + number + ", " + bytes.length
                            + " bytes, can't be read as it is asked for (" + e
                            + "); it may be from a version of the application with another class",
                    e);
        }
    }

    @Override
    public int maxMessageSize() {
        List<@Nullable Object> found = thing.fields("size");
        return (int)
                (Bytes.number(Objects.requireNonNull(found.get(0))) / MESSAGES_AT_LEAST / BESIDE * BESIDE - BESIDE);
    }

    @Override
    public TopicStatistics statistics() {
        List<@Nullable Object> found = thing.fields("size", "published", "missed");
        long subscriptions = 0;
        for (String owner : members.owners().keySet()) {
            subscriptions += Bytes.number(thing.field(SUBSCRIPTIONS, Bytes.of(owner)), 0);
        }
        return new TopicStatistics(
                Bytes.number(found.get(1), 0),
                (int) subscriptions,
                Bytes.number(found.get(2), 0),
                Bytes.number(found.get(0), 0));
    }

    @Override
    public String toString() {
        return "SharedTopic '" + name() + "'";
    }
}
