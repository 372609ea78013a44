package io.sharedstate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SharedTopicTests extends TwoMembers {

    private static final TopicOptions SMALL = new TopicOptions(TopicOptions.MIN_SIZE);

    record Refresh(String what, List<Integer> ids) {}

    private SharedTopic<String> mine;
    private SharedTopic<String> theirs;

    @BeforeEach
    void open() {
        mine = one.topic("news", String.class, SMALL);
        theirs = two.topic("news", String.class, SMALL);
    }

    private static TopicMessage<String> message(long number, String value) {
        return new TopicMessage<>(number, value, 0);
    }

    private static <T> List<TopicMessage<T>> all(TopicSubscription<T> subscription) {
        List<TopicMessage<T>> all = new ArrayList<>();
        for (TopicMessage<T> each = subscription.poll(); each != null; each = subscription.poll()) {
            all.add(each);
        }
        return all;
    }

    @Test
    void eachMessageGoesToEverySubscriptionOfEveryProcess() {
        try (var first = mine.subscribe();
                var second = mine.subscribe();
                var third = theirs.subscribe()) {
            assertThat(mine.publish("a")).isEqualTo(1);
            assertThat(theirs.publish("b")).isEqualTo(2);
            assertThat(mine.publish("")).isEqualTo(3);
            for (TopicSubscription<String> each : List.of(first, second, third)) {
                assertThat(all(each)).containsExactly(message(1, "a"), message(2, "b"), message(3, ""));
                assertThat(each.poll()).isNull();
                assertThat(each.missed()).isZero();
            }
        }
    }

    @Test
    void whoSubscribesLaterGetsWhatIsPublishedLater() {
        mine.publish("a");
        try (var early = theirs.subscribe()) {
            mine.publish("b");
            try (var late = theirs.subscribe()) {
                mine.publish("c");
                assertThat(all(early)).containsExactly(message(2, "b"), message(3, "c"));
                assertThat(all(late)).containsExactly(message(3, "c"));
            }
        }
    }

    @Test
    void carriesEveryTypeThatItSays() {
        SharedTopic<Refresh> records = one.topic("records", Refresh.class);
        SharedTopic<byte[]> bytes = one.topic("bytes", byte[].class);
        SharedTopic<Long> longs = one.topic("longs", Codec.int64(), SMALL);
        try (var record = two.topic("records", Refresh.class).subscribe();
                var array = two.topic("bytes", byte[].class).subscribe();
                var number = two.topic("longs", Long.class, SMALL).subscribe()) {
            records.publish(new Refresh("prices", List.of(1, 2)));
            bytes.publish(new byte[] {0, -1});
            longs.publish(Long.MIN_VALUE);
            assertThat(record.poll().value()).isEqualTo(new Refresh("prices", List.of(1, 2)));
            assertThat(array.poll().value()).containsExactly(0, -1);
            assertThat(number.poll().value()).isEqualTo(Long.MIN_VALUE);
        }
        assertThatThrownBy(() -> two.topic("longs", String.class, SMALL))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("topic 'longs' holds 'int64'");
        assertThatThrownBy(() -> mine.publish(null)).isInstanceOf(NullPointerException.class);
    }

    @Test
    void theSameNameAndTypeGiveTheSameObject() {
        assertThat(one.topic("news", String.class, SMALL)).isSameAs(mine);
        assertThat(mine.name()).isEqualTo("news");
        assertThat(mine).hasToString("SharedTopic 'news'");
        try (var subscription = mine.subscribe()) {
            assertThat(subscription).hasToString("subscription of SharedTopic 'news'");
        }
        assertThat(two.names(Kind.TOPIC)).containsExactly("news");
    }

    @Test
    void aSlowSubscriberIsToldExactlyHowManyItMissed() {
        try (var slow = theirs.subscribe();
                var never = theirs.subscribe()) {
            String text = "x".repeat(1_000); // 64 of them fit
            for (int i = 1; i <= 63; i++) {
                mine.publish(text + i);
            }
            assertThat(slow.poll()).isEqualTo(message(1, text + 1));
            for (int i = 64; i <= 200; i++) {
                mine.publish(text + i);
            }
            assertThat(slow.poll()).isEqualTo(new TopicMessage<>(200, text + 200, 198));
            assertThat(slow.poll()).isNull();
            mine.publish("next");
            assertThat(slow.poll()).isEqualTo(message(201, "next"));
            assertThat(slow.missed()).isEqualTo(198);
            assertThat(never.poll()).isEqualTo(new TopicMessage<>(201, "next", 200));
            assertThat(one.topicStatistics("news"))
                    .contains(new TopicStatistics(201, 2, 198 + 200, TopicOptions.MIN_SIZE));
        }
    }

    @Test
    void keepsAsManyAsThereIsRoomFor() {
        int each = 16 + 48;
        int room = (int) (TopicOptions.MIN_SIZE / each);
        SharedTopic<byte[]> topic = one.topic("exact", byte[].class, SMALL);
        try (var subscription = two.topic("exact", byte[].class, SMALL).subscribe()) {
            IntStream.range(0, room).forEach(i -> topic.publish(new byte[48]));
            assertThat(all(subscription)).hasSize(room).allMatch(message -> message.missed() == 0);
            IntStream.range(0, room + 1).forEach(i -> topic.publish(new byte[48]));
            assertThat(all(subscription)).singleElement().returns((long) room, TopicMessage::missed);
        }
    }

    @Test
    void messagesOfEverySizeGoRoundTheRing() {
        SharedTopic<byte[]> topic = one.topic("sizes", byte[].class, SMALL);
        int most = topic.maxMessageSize();
        assertThat(most).isEqualTo((int) TopicOptions.MIN_SIZE / 8 - 16);
        try (var subscription = two.topic("sizes", byte[].class, SMALL).subscribe()) {
            for (int size = 0; size <= most; size += 7 * (10_000 / engine.rounds(10_000))) {
                byte[] bytes = new byte[size];
                Arrays.fill(bytes, (byte) size);
                topic.publish(bytes);
                assertThat(subscription.poll().value()).isEqualTo(bytes);
            }
            topic.publish(new byte[most]);
            assertThat(subscription.poll().value()).hasSize(most);
        }
    }

    @Test
    void aMessageTooLargeIsRefusedAndTheOthersGoOn() {
        try (var subscription = theirs.subscribe()) {
            mine.publish("a");
            assertThatThrownBy(() -> mine.publish("x".repeat(mine.maxMessageSize() + 1)))
                    .isInstanceOf(ValueTooLargeException.class)
                    .hasMessageContainingAll(
                            "topic 'news'",
                            mine.maxMessageSize() + 1 + " bytes, at most " + mine.maxMessageSize() + " fit",
                            "sharedstate.topics.news.max-size");
            mine.publish("b");
            assertThat(all(subscription)).containsExactly(message(1, "a"), message(2, "b"));
        }
    }

    @Test
    void aCodecThatFailsIsAClearErrorAndTheOthersGoOn() {
        Codec<String> picky = new Codec<>() {
            @Override
            public byte[] encode(String object) {
                if (object.equals("unwritable")) {
                    throw new IllegalArgumentException("can't write");
                }
                return Codec.string().encode(object);
            }

            @Override
            public String decode(byte[] bytes) {
                String decoded = Codec.string().decode(bytes);
                if (decoded.equals("unreadable")) {
                    throw new IllegalArgumentException("can't read");
                }
                return decoded;
            }
        };
        SharedTopic<String> topic = one.topic("picky", picky, SMALL);
        try (var subscription = two.topic("picky", picky, SMALL).subscribe()) {
            assertThatThrownBy(() -> topic.publish("unwritable")).hasMessage("can't write");
            topic.publish("unreadable");
            topic.publish("fine");
            assertThatThrownBy(subscription::poll)
                    .isInstanceOf(CodecException.class)
                    .hasMessageContainingAll("topic 'picky': message 1, 10 bytes", "can't read");
            assertThat(subscription.poll()).isEqualTo(message(2, "fine"));
        }
    }

    @Test
    void whatWasMissedBeforeAnUnreadableMessageIsToldWithTheNext() {
        SharedTopic<byte[]> raw = one.topic("raw", Codec.bytes(), SMALL);
        Codec<byte[]> readsOnlyShort = new Codec<>() {
            @Override
            public byte[] encode(byte[] object) {
                return object;
            }

            @Override
            public byte[] decode(byte[] bytes) {
                if (bytes.length > 100) {
                    throw new IllegalArgumentException("too long");
                }
                return bytes;
            }

            @Override
            public String format() {
                return Codec.bytes().format();
            }
        };
        try (var subscription = two.topic("raw", readsOnlyShort, SMALL).subscribe()) {
            for (int i = 1; i <= 20; i++) {
                raw.publish(new byte[8_000]);
            }
            assertThatThrownBy(subscription::poll)
                    .isInstanceOf(CodecException.class)
                    .hasMessageContainingAll("topic 'raw': message 20, 8000 bytes", "too long");
            assertThat(subscription.poll()).isNull();
            raw.publish(new byte[1]);
            assertThat(subscription.poll()).returns(21L, TopicMessage::number).returns(19L, TopicMessage::missed);
            assertThat(subscription.missed()).isEqualTo(19);
        }
    }

    @Test
    void whoWaitsGetsTheNextMessage() throws Exception {
        try (var subscription = theirs.subscribe()) {
            CompletableFuture<Void> waiting =
                    inThread(() -> assertThat(subscription.take()).isEqualTo(message(1, "a")));
            mine.publish("a");
            waiting.get(60, TimeUnit.SECONDS);
            assertThat(subscription.poll(Duration.ZERO)).isNull();
            long start = System.nanoTime();
            assertThat(subscription.poll(Duration.ofMillis(20))).isNull();
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(20_000_000);
            mine.publish("b");
            assertThat(subscription.poll(Duration.ofSeconds(60))).isEqualTo(message(2, "b"));
        }
    }

    @Test
    void waitingEndsByAnInterruptOrByClosing() throws Exception {
        try (var subscription = theirs.subscribe()) {
            inOtherThread(() -> {
                Thread.currentThread().interrupt();
                assertThatThrownBy(subscription::take).isInstanceOf(InterruptedException.class);
            });
            CompletableFuture<Void> waiting = inThread(() -> assertThatThrownBy(subscription::take)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("subscription of topic 'news' is closed"));
            subscription.close();
            waiting.get(60, TimeUnit.SECONDS);
            assertThatThrownBy(subscription::poll).isInstanceOf(IllegalStateException.class);
            subscription.close();
        }
        assertThat(mine.statistics().subscriptions()).isZero();
    }

    @Test
    void aListenerGetsEachMessageAndMayFail() throws Exception {
        List<String> heard = new CopyOnWriteArrayList<>();
        TopicSubscription<String> subscription = theirs.subscribe();
        try (var log = LogCapture.of(SharedTopic.class)) {
            CompletableFuture<Void> listening = inThread(() -> subscription.forEach(message -> {
                heard.add(message.value());
                if (message.value().equals("b")) {
                    throw new IllegalStateException("bad day");
                }
            }));
            List.of("a", "b", "c").forEach(mine::publish);
            await().until(() -> heard.size() == 3);
            assertThat(heard).containsExactly("a", "b", "c");
            assertThat(log.warnings()).singleElement().asString().contains("a message of topic 'news' was not handled");
            subscription.close();
            listening.get(60, TimeUnit.SECONDS);
            assertThat(log.warnings()).hasSize(1);
        }
    }

    @Test
    void aListenerEndsWithItsStateOrWhenItIsInterrupted() throws Exception {
        CompletableFuture<Thread> thread = new CompletableFuture<>();
        CompletableFuture<Void> interrupted = inThread(() -> {
            thread.complete(Thread.currentThread());
            mine.subscribe().forEach(message -> {});
            assertThat(Thread.interrupted()).isTrue();
        });
        thread.get(60, TimeUnit.SECONDS).interrupt();
        interrupted.get(60, TimeUnit.SECONDS);
        TopicSubscription<String> subscription = theirs.subscribe();
        CompletableFuture<Void> listening = inThread(() -> subscription.forEach(message -> {}));
        two.close();
        listening.get(60, TimeUnit.SECONDS);
        assertThatThrownBy(subscription::poll).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> theirs.publish("x")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void theSubscriptionsOfADeadMemberCountNoMore() {
        assumeThat(host.kills()).isTrue();
        mine.subscribe();
        theirs.subscribe();
        theirs.subscribe();
        assertThat(mine.statistics().subscriptions()).isEqualTo(3);
        host.kill(two);
        assertThat(mine.statistics().subscriptions()).isEqualTo(1);
    }

    @Test
    void saysWhatBecameOfIt() {
        assertThat(mine.statistics()).isEqualTo(new TopicStatistics(0, 0, 0, TopicOptions.MIN_SIZE));
        assertThat(one.topicStatistics("nothing")).isEmpty();
        mine.publish("a");
        try (var subscription = theirs.subscribe()) {
            assertThat(subscription.missed()).isZero();
            assertThat(two.topicStatistics("news")).contains(new TopicStatistics(1, 1, 0, TopicOptions.MIN_SIZE));
        }
        assertThat(mine.statistics().subscriptions()).isZero();
    }

    @Test
    void aRemovedTopicBeginsAnewForThoseThatHaveHeldOnToIt() {
        try (var subscription = theirs.subscribe()) {
            mine.publish("old");
            assertThat(two.remove(Kind.TOPIC, "news")).isTrue();
            assertThat(two.remove(Kind.TOPIC, "news")).isFalse();
            assertThat(mine.publish("new")).isEqualTo(1);
            assertThat(all(subscription)).containsExactly(message(1, "new"));
            assertThat(mine.statistics().subscriptions()).isEqualTo(1);
        }
        assertThat(mine.statistics().subscriptions()).isZero();
    }

    @Test
    void theSizeOfItsCreationStandsWithAWarning() {
        try (var log = LogCapture.of(SharedState.class)) {
            SharedTopic<Long> small = one.topic("size", Long.class, SMALL);
            SharedTopic<Long> same = two.topic("size", Long.class);
            assertThat(same.maxMessageSize()).isEqualTo(small.maxMessageSize());
            assertThat(log.warnings()).singleElement().asString().contains("topic 'size' exists with bytes: 65536");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, 0, TopicOptions.MIN_SIZE - 1, TopicOptions.MAX_SIZE + 1, Long.MAX_VALUE})
    void sizesOutOfRangeAreRefused(long size) {
        assertThatThrownBy(() -> TopicOptions.DEFAULT.maxSize(size))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a topic of " + size + " bytes: expected 65536 (64 KiB) to 536870912 (512 MiB)");
    }

    @Test
    void aSizeThatIsNoMultipleOfAnythingWorks() {
        TopicOptions odd = new TopicOptions(70_001);
        SharedTopic<Long> topic = one.topic("odd", Long.class, odd);
        try (var subscription = two.topic("odd", Long.class, odd).subscribe()) {
            for (long i = 1; i <= engine.rounds(10_000); i++) {
                topic.publish(i);
                assertThat(subscription.poll()).isEqualTo(new TopicMessage<>(i, i, 0));
            }
        }
    }

    @Test
    void nobodySeesATornMessageAndEveryNumberIsReadOrMissed() throws Exception {
        int each = engine.rounds(20_000);
        SharedTopic<long[]> first = one.topic("sealed", SealedNumbers.CODEC, SMALL);
        SharedTopic<long[]> second = two.topic("sealed", SealedNumbers.CODEC, SMALL);
        List<CompletableFuture<Void>> readers = new ArrayList<>();
        for (SharedTopic<long[]> topic : List.of(first, second)) {
            TopicSubscription<long[]> subscription = topic.subscribe();
            readers.add(inThread(() -> {
                long last = 0;
                while (last < 2 * each) {
                    TopicMessage<long[]> message = subscription.take();
                    assertThat(message.number()).isEqualTo(last + 1 + message.missed());
                    last = message.number();
                }
                subscription.close();
            }));
        }
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (SharedTopic<long[]> topic : List.of(first, second)) {
            writers.add(inThread(() -> {
                for (int i = 0; i < each; i++) {
                    long[] numbers = new long[1 + i * 31 % 900];
                    Arrays.fill(numbers, i);
                    topic.publish(numbers);
                }
            }));
        }
        for (CompletableFuture<Void> thread : writers) {
            thread.get(100, TimeUnit.SECONDS);
        }
        for (CompletableFuture<Void> thread : readers) {
            thread.get(60, TimeUnit.SECONDS);
        }
        assertThat(first.statistics().published()).isEqualTo(2 * each);
        assertThat(first.statistics().subscriptions()).isZero();
    }
}
