package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.SharedTopic;
import io.sharedstate.TopicMessage;
import io.sharedstate.TopicOptions;
import io.sharedstate.TopicSubscription;
import io.sharedstate.mapped.layout.TopicLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A topic and a list do the same at random; {@code -Dsharedstate.test.seed=...} repeats it. */
class TopicModelTests {

    private static final int STEPS = 200_000;

    /** A subscription, and the number of the last message it got. */
    private static final class Reader {

        final TopicSubscription<byte[]> subscription;
        int last;

        Reader(TopicSubscription<byte[]> subscription, int last) {
            this.subscription = subscription;
            this.last = last;
        }
    }

    private final List<byte[]> published = new ArrayList<>();
    private long missed;

    @Test
    void everyNumberIsReadOrMissedAndNoneIsMissedThatThereWasRoomFor() {
        long seed = Long.getLong("sharedstate.test.seed", System.nanoTime());
        System.out.printf("TopicModelTests: -Dsharedstate.test.seed=%d%n", seed);
        Random random = new Random(seed);
        HeapMemory memory = new HeapMemory();
        TopicOptions options = new TopicOptions(TopicOptions.MIN_SIZE + random.nextInt(1_000));
        try (MappedState one = open(memory);
                MappedState two = open(memory)) {
            List<SharedTopic<byte[]>> topics =
                    List.of(one.topic("news", byte[].class, options), two.topic("news", byte[].class, options));
            List<Reader> readers = new ArrayList<>();
            for (int step = 0; step < STEPS; step++) {
                SharedTopic<byte[]> topic = topics.get(random.nextInt(2));
                switch (random.nextInt(readers.isEmpty() ? 5 : 10)) {
                    case 0 -> {
                        if (readers.size() < 5) {
                            readers.add(new Reader(topic.subscribe(), published.size()));
                        }
                    }
                    case 1, 2, 3, 4 -> {
                        int most = random.nextInt(50) == 0 ? topic.maxMessageSize() + 1 : 300;
                        byte[] bytes = new byte[random.nextInt(most)];
                        random.nextBytes(bytes);
                        published.add(bytes);
                        assertThat(topic.publish(bytes)).isEqualTo(published.size());
                    }
                    case 5 -> {
                        if (random.nextInt(100) == 0) {
                            readers.remove(random.nextInt(readers.size()))
                                    .subscription
                                    .close();
                        }
                    }
                    default -> {
                        // some of them are too slow
                        int which = Math.min(random.nextInt(readers.size()), random.nextInt(40));
                        read(readers.get(which), options);
                    }
                }
                if (step % 1_000 == 0) {
                    one.checkInvariants();
                }
            }
            assertThat(topics.get(0).statistics().missed()).isEqualTo(missed).isGreaterThan(1_000);
        }
    }

    private static MappedState open(HeapMemory memory) {
        return MappedEngine.heap().open("heap", memory.attach());
    }

    private void read(Reader reader, TopicOptions options) {
        TopicMessage<byte[]> message = reader.subscription.poll();
        if (message == null) {
            assertThat(reader.last).isEqualTo(published.size());
            return;
        }
        assertThat(message.number()).isEqualTo(reader.last + 1 + message.missed());
        assertThat(message.value()).isEqualTo(published.get((int) message.number() - 1));
        boolean fits = published.subList(reader.last, published.size()).stream()
                        .mapToLong(bytes -> TopicLayout.messageLength(bytes.length))
                        .sum()
                <= (options.maxSize() & -TopicLayout.ALIGNMENT);
        assertThat(message.missed() == 0).isEqualTo(fits);
        missed += message.missed();
        reader.last = (int) message.number();
    }
}
