package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.Kind;
import io.sharedstate.SharedTopic;
import io.sharedstate.TopicMessage;
import io.sharedstate.TopicOptions;
import io.sharedstate.TopicStatistics;
import io.sharedstate.TopicSubscription;
import io.sharedstate.mapped.layout.TopicLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Deaths of members while they publish over what slow subscribers haven't read yet, and while they subscribe. */
class TopicDeathTests extends Dying {

    private static final TopicOptions SMALL = new TopicOptions(TopicOptions.MIN_SIZE);
    private static final byte[] NOTHING = {};

    /** So many fill the ring, but for a few bytes. */
    private static final int BEFORE = 70;

    private static final int SIZE = 900;
    private static final int LONG_SIZE = 2_000;

    private static SharedTopic<byte[]> topic(MappedState member) {
        return member.topic("news", byte[].class, SMALL);
    }

    private static byte[] message(long number) {
        byte[] bytes = new byte[SIZE];
        Arrays.fill(bytes, (byte) number);
        return bytes;
    }

    /** One that overwrites the oldest messages, the second one by what looks like its beginning. */
    private static byte[] longMessage() {
        int before = BEFORE * TopicLayout.messageLength(SIZE) + TopicLayout.BYTES_OFFSET;
        int second = (int) TopicOptions.MIN_SIZE - before + TopicLayout.messageLength(SIZE);
        byte[] bytes = new byte[LONG_SIZE];
        ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).putLong(second, 2).putInt(second + Long.BYTES, SIZE);
        return bytes;
    }

    /** Reads to the end, and sees that all numbers are read or missed and what is read is whole. */
    private static void drain(TopicSubscription<byte[]> subscription, long after, long last) {
        long number = after;
        for (TopicMessage<byte[]> each = subscription.poll(); each != null; each = subscription.poll()) {
            assertThat(each.number()).isEqualTo(number + 1 + each.missed());
            number = each.number();
            boolean isShort = each.value().length == 0 && number > BEFORE;
            assertThat(isShort
                            || Arrays.equals(each.value(), message(number))
                            || Arrays.equals(each.value(), longMessage()))
                    .as("message %d is whole", number)
                    .isTrue();
        }
        assertThat(number).isEqualTo(last);
    }

    @Test
    void publishing() {
        List<TopicSubscription<byte[]>> slow = new ArrayList<>();
        int stores = dieAtEveryStore(
                scene -> {
                    slow.clear();
                    scene.join();
                    SharedTopic<byte[]> topic = topic(scene.survivor);
                    for (int number = 1; number <= BEFORE; number++) {
                        slow.add(topic.subscribe()); // has read the numbers before
                        topic.publish(message(number));
                    }
                    slow.add(topic.subscribe());
                    topic(scene.victim);
                },
                scene -> topic(scene.victim).publish(longMessage()),
                (member, completed) -> {
                    SharedTopic<byte[]> topic = topic(member);
                    long published = topic.statistics().published();
                    try (TopicSubscription<byte[]> fresh = topic.subscribe()) {
                        if (!slow.isEmpty()) {
                            assertThat(published).isBetween(completed ? BEFORE + 1L : BEFORE, BEFORE + 1L);
                            TopicSubscription<byte[]> fast = slow.get(BEFORE);
                            drain(fast, BEFORE, published);
                            assertThat(topic.publish(NOTHING)).isEqualTo(published + 1);
                            drain(fast, published, published + 1);
                            assertThat(fast.missed()).isZero();
                            assertThat(slow.get(10).missed()).isZero();
                            for (int after = 0; after < BEFORE; after++) {
                                drain(slow.get(after), after, published + 1);
                                assertThat(after < 5 || slow.get(after).missed() == 0)
                                        .isTrue();
                            }
                            slow.clear();
                        } else {
                            assertThat(topic.publish(NOTHING)).isEqualTo(published + 1);
                        }
                        assertThat(fresh.poll().number()).isEqualTo(published + 1);
                        assertThat(fresh.poll()).isNull();
                    }
                },
                true);
        assertThat(stores).isGreaterThan(LONG_SIZE / Long.BYTES);
    }

    @Test
    void publishingTheFirstMessage() {
        dieAtEveryStore(
                TopicDeathTests::topic,
                victim -> assertThat(topic(victim).publish(message(1))).isEqualTo(1),
                (member, completed) -> {
                    SharedTopic<byte[]> topic = topic(member);
                    long published = topic.statistics().published();
                    assertThat(published > 0 || !completed).isTrue();
                    try (TopicSubscription<byte[]> subscription = topic.subscribe()) {
                        assertThat(topic.publish(message(2))).isEqualTo(published + 1);
                        assertThat(subscription.poll().value()).isEqualTo(message(2));
                    }
                });
    }

    @Test
    void missingAndSubscribing() {
        List<TopicSubscription<byte[]>> subscriptions = new ArrayList<>();
        dieAtEveryStore(
                scene -> {
                    scene.join();
                    subscriptions.clear();
                    subscriptions.add(topic(scene.victim).subscribe());
                    IntStream.range(0, 2 * BEFORE)
                            .forEach(i -> topic(scene.survivor).publish(message(i)));
                },
                scene -> {
                    assertThat(subscriptions.get(0).poll().missed()).isEqualTo(2 * BEFORE - 1);
                    subscriptions.get(0).close();
                    topic(scene.victim).subscribe();
                },
                (member, completed) -> {
                    TopicStatistics statistics = topic(member).statistics();
                    assertThat(statistics.subscriptions()).isEqualTo(completed ? 1 : 0);
                    assertThat(statistics.missed()).isIn(completed ? 2L * BEFORE - 1 : 0, 2L * BEFORE - 1);
                },
                true);
    }

    @Test
    void creating() {
        dieAtEveryStore(victim -> {}, TopicDeathTests::topic, (member, completed) -> {
            assertThat(member.names(Kind.TOPIC)).isSubsetOf("news");
            long published = topic(member).statistics().published();
            assertThat(topic(member).publish(NOTHING)).isEqualTo(published + 1);
        });
    }

    @Test
    void removing() {
        dieAtEveryStore(
                victim -> topic(victim).publish(NOTHING),
                victim -> victim.remove(Kind.TOPIC, "news"),
                (member, completed) -> {
                    long published = topic(member).statistics().published();
                    assertThat(topic(member).publish(NOTHING)).isEqualTo(published + 1);
                    assertThat(member.names(Kind.TOPIC)).containsExactly("news");
                });
    }
}
