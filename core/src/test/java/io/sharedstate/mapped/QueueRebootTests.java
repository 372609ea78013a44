package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.sharedstate.Delivery;
import io.sharedstate.Flush;
import io.sharedstate.FormatException;
import io.sharedstate.Kind;
import io.sharedstate.LogCapture;
import io.sharedstate.QueueOptions;
import io.sharedstate.QueueStatistics;
import io.sharedstate.SharedQueue;
import io.sharedstate.SharedState;
import io.sharedstate.mapped.layout.FileHeader;
import io.sharedstate.mapped.layout.FileType;
import io.sharedstate.mapped.layout.QueueLayout;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.agrona.concurrent.AtomicBuffer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What the first to join after a reboot makes of queues whose pages reached the disk in any order, or not at all. */
class QueueRebootTests {

    private static final Logger LOG = (Logger) LoggerFactory.getLogger(SharedState.class);
    private static final Logger QUEUE_LOG = (Logger) LoggerFactory.getLogger(SharedQueue.class);
    private static final QueueOptions OPTIONS =
            QueueOptions.DEFAULT.maxSize(QueueOptions.MIN_SIZE).maxAttempts(1);
    private static final QueueLayout LAYOUT = new QueueLayout(QueueOptions.MIN_SIZE, 4);
    private static final Duration SOME = Duration.ofMinutes(10);

    private HeapMemory disk = new HeapMemory();
    private final AtomicLong clock = new AtomicLong(1_000_000_000_000L);

    @BeforeAll
    static void mute() {
        LOG.setLevel(Level.ERROR);
        QUEUE_LOG.setLevel(Level.ERROR);
    }

    @AfterAll
    static void unmute() {
        LOG.setLevel(null);
        QUEUE_LOG.setLevel(null);
    }

    private HeapMemory.Attached boot(long id) {
        return disk.new Attached() {
            @Override
            public long[] bootId() {
                return new long[] {id, id};
            }
        };
    }

    private MappedState open(Storage storage) {
        return MappedEngine.heap()
                .maxMembers(4)
                .flush(Flush.ALWAYS)
                .monotonic(clock::get)
                .open("heap", storage);
    }

    private static SharedQueue<String> queue(MappedState state, int maxAttempts) {
        return state.queue("queue", String.class, OPTIONS.maxAttempts(maxAttempts));
    }

    private static List<Delivery<String>> receive(MappedState state, int max) {
        try {
            return queue(state, 5).receive(max, Duration.ZERO);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> values(List<Delivery<String>> deliveries) {
        return deliveries.stream().map(Delivery::value).toList();
    }

    private static void endFirstBoot(HeapMemory.Attached storage, MappedState state) {
        state.endThreads();
        storage.die();
    }

    /** Of two blocks. */
    private static String text(String text) {
        return text + " ".repeat(60 - text.length());
    }

    /**
     * Boot 1, which ends by a power cut: message 0 is a dead letter, 1 waits, 2 is in work, 3 to 5 are ready. Each takes two
     * blocks; two others were there before.
     */
    private MappedState afterPowerCut(Consumer<AtomicBuffer> damage) {
        HeapMemory.Attached storage = boot(1);
        MappedState state = open(storage);
        SharedQueue<String> queue = queue(state, 1);
        for (int i = 0; i < 2; i++) {
            queue.add(text("gone-" + i));
            queue.poll();
        }
        for (int i = 0; i < 6; i++) {
            queue.add(text("message-" + i));
        }
        takeOne(queue).close();
        takeOne(queue(state, 5)).retry(SOME);
        takeOne(queue);
        endFirstBoot(storage, state);
        damage.accept(file());
        clock.set(7);
        return open(boot(2));
    }

    private static Delivery<String> takeOne(SharedQueue<String> queue) {
        try {
            return queue.receive(Duration.ZERO).orElseThrow();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private AtomicBuffer file() {
        return disk.attach().open("queues/queue.dat").buffer();
    }

    private static int block(int message) {
        return 4 + 2 * message;
    }

    private static void requireUsable(MappedState state) {
        state.checkInvariants();
        SharedQueue<String> queue = queue(state, 5);
        for (int i = 0; i < 2_000; i++) {
            queue.add(text("after " + i));
            assertThat(queue.poll()).startsWith("after " + i);
        }
        state.checkInvariants();
    }

    @Test
    void keepsWhatIsWholeAndRedeliversWhatWasInWork() {
        try (MappedState state = afterPowerCut(file -> {})) {
            SharedQueue<String> queue = queue(state, 5);
            assertThat(queue.statistics())
                    .returns(5L, QueueStatistics::depth)
                    .returns(0L, QueueStatistics::inWork)
                    .returns(1L, QueueStatistics::deadLetters);
            List<Delivery<String>> deliveries = receive(state, 10);
            assertThat(values(deliveries))
                    .containsExactly(text("message-2"), text("message-3"), text("message-4"), text("message-5"));
            assertThat(deliveries.stream().map(Delivery::redelivered)).containsExactly(true, false, false, false);
            assertThat(deliveries.get(0).attempts()).isEqualTo(2);
            deliveries.forEach(Delivery::done);
            assertThat(queue.deadLetters(9))
                    .singleElement()
                    .satisfies(letter -> assertThat(letter.value()).isEqualTo(text("message-0")));
            requireUsable(state);
        }
    }

    @Test
    void whatWaitsGoesOnWaitingByTheTimeOfDay() {
        try (MappedState state = afterPowerCut(file -> {})) {
            receive(state, 10).forEach(Delivery::done);
            clock.addAndGet(SOME.minusMinutes(1).toNanos());
            assertThat(receive(state, 10)).isEmpty();
            clock.addAndGet(Duration.ofMinutes(2).toNanos());
            assertThat(values(receive(state, 10))).containsExactly(text("message-1"));
        }
    }

    @Test
    void dropsADamagedMessageAndReportsIt() {
        try (var log = LogCapture.of(SharedState.class);
                MappedState state = afterPowerCut(file -> {
                    int at = LAYOUT.blockOffset(block(4)) + QueueLayout.BYTES_OFFSET + 3;
                    file.putByte(at, (byte) ~file.getByte(at));
                    file.putInt(LAYOUT.blockOffset(block(1)) + QueueLayout.LENGTH_OFFSET, -5);
                    file.putLong(LAYOUT.stateOffset(block(2)), -1);
                })) {
            List<Delivery<String>> deliveries = receive(state, 10);
            assertThat(values(deliveries)).containsExactly(text("message-3"), text("message-5"));
            deliveries.forEach(Delivery::done);
            assertThat(queue(state, 5).statistics()).returns(0L, QueueStatistics::depth);
            assertThat(log.warnings()).anyMatch(warning -> warning.contains("3 messages of queues/queue.dat: damaged"));
            requireUsable(state);
        }
    }

    @Test
    void findsWhatIsReadyWithoutHeadTailAndDue() {
        for (long lost : new long[] {0, -1, Long.MIN_VALUE}) {
            disk = new HeapMemory();
            try (MappedState state = afterPowerCut(file -> {
                file.putLong(QueueLayout.TAIL_OFFSET, lost);
                file.putLong(QueueLayout.HEAD_OFFSET, lost);
                file.putLong(QueueLayout.DUE_OFFSET, lost);
            })) {
                List<Delivery<String>> deliveries = receive(state, 10);
                assertThat(values(deliveries))
                        .containsExactly(text("message-2"), text("message-3"), text("message-4"), text("message-5"));
                deliveries.forEach(Delivery::done);
                requireUsable(state);
            }
        }
    }

    @Test
    void whatWasDoneAndNotWrittenComesAgain() {
        try (MappedState state = afterPowerCut(file -> {
            assertThat(file.getLong(LAYOUT.stateOffset(0))).isZero();
            file.putLong(LAYOUT.stateOffset(0), QueueLayout.ready());
        })) {
            List<Delivery<String>> deliveries = receive(state, 10);
            assertThat(values(deliveries)).contains(text("gone-0")).hasSize(5);
            deliveries.forEach(Delivery::done);
            requireUsable(state);
        }
    }

    @Test
    void whatWasRefusedDoesNotComeAfterAll() throws InterruptedException {
        HeapMemory.Attached storage = boot(1);
        MappedState before = open(storage);
        List<String> most = Collections.nCopies(12, "x".repeat(4096 - 32));
        assertThat(queue(before, 5).offerAll(most, Duration.ZERO)).isTrue();
        assertThat(queue(before, 5).offerAll(most, Duration.ZERO)).isFalse();
        endFirstBoot(storage, before);
        try (MappedState state = open(boot(2))) {
            assertThat(values(receive(state, 100))).isEqualTo(most);
        }
    }

    /** The order by position holds as far as positions are of one lap. */
    @Test
    void whatIsReadyFromALapBeforeIsRedelivered() {
        HeapMemory.Attached storage = boot(1);
        MappedState before = open(storage);
        SharedQueue<String> queue = queue(before, 5);
        queue.add(text("old"));
        queue.add("x".repeat(400));
        Delivery<String> kept = takeOne(queue);
        while (queue.poll() != null
                || before.queueStatistics("queue").orElseThrow().depth() > 0) {}
        for (int lap = 0; lap < 8; lap++) {
            for (int i = 0; i < 50; i++) {
                queue.add("x".repeat(400));
                queue.poll();
            }
        }
        queue.add(text("new"));
        kept.done();
        endFirstBoot(storage, before);
        file().putLong(LAYOUT.stateOffset(0), QueueLayout.ready()); // as if nothing of what became of it was written
        try (MappedState state = open(boot(2))) {
            List<Delivery<String>> deliveries = receive(state, 10);
            assertThat(values(deliveries)).containsExactly(text("old"), text("new"));
            assertThat(deliveries.stream().map(Delivery::redelivered)).containsExactly(true, false);
            deliveries.forEach(Delivery::done);
            requireUsable(state);
        }
    }

    @Test
    void aStateInTheMiddleOfAMessageIsOfNoMessage() {
        try (MappedState state =
                afterPowerCut(file -> file.putLong(LAYOUT.stateOffset(block(3) + 1), QueueLayout.ready()))) {
            List<Delivery<String>> deliveries = receive(state, 10);
            assertThat(deliveries).hasSize(4);
            deliveries.forEach(Delivery::done);
            requireUsable(state);
        }
    }

    @Test
    void setsAsideAFileOfAnotherLengthThanItsSizeMakes() {
        try (MappedState state = afterPowerCut(file -> {
            FileHeader.Content content = FileHeader.content(file, FileType.QUEUE);
            FileHeader.write(
                    file,
                    file.capacity(),
                    file.getLong(FileHeader.UUID_OFFSET),
                    file.getLong(FileHeader.UUID_OFFSET + Long.BYTES),
                    new FileHeader.Content(content.type(), 1 << 20, 4, "queue", "utf-8"));
        })) {
            assertThat(state.names(Kind.QUEUE)).isEmpty();
            assertThat(receive(state, 10)).isEmpty();
            requireUsable(state);
        }
    }

    @Test
    void canBeCutOffAtEveryStoreAndRepeated() {
        for (int k = 1; ; k++) {
            disk = new HeapMemory();
            HeapMemory.Attached storage = boot(1);
            MappedState before = open(storage);
            for (int i = 0; i < 6; i++) {
                queue(before, 5).add(text("message-" + i));
            }
            receive(before, 1);
            takeOne(queue(before, 5)).close();
            endFirstBoot(storage, before);
            file().putLong(LAYOUT.stateOffset(8), -1);
            file().putLong(QueueLayout.TAIL_OFFSET, 0);
            Mortal process = new Mortal(disk);
            HeapMemory.Attached first = process.storage(new long[] {2, 2});
            process.dieBefore(k);
            boolean completed = false;
            try {
                open(first).endThreads();
                completed = true;
            } catch (Mortal.Death e) {
                // as planned
            }
            first.die();
            try (MappedState state = open(boot(2))) {
                state.checkInvariants();
                assertThat(values(receive(state, 10)))
                        .containsExactlyInAnyOrder(
                                text("message-0"),
                                text("message-1"),
                                text("message-2"),
                                text("message-3"),
                                text("message-5"));
                state.checkInvariants();
            }
            if (completed) {
                assertThat(k).isGreaterThan(20);
                return;
            }
        }
    }

    @Test
    void damageThatIsMetLaterIsOneClearError() {
        try (MappedState state = open(boot(1))) {
            SharedQueue<String> queue = queue(state, 5);
            queue.add("one");
            file().putInt(LAYOUT.blockOffset(0) + QueueLayout.LENGTH_OFFSET, 1 << 20);
            assertThatThrownBy(queue::poll)
                    .isInstanceOf(FormatException.class)
                    .hasMessageContainingAll(
                            "queues/queue.dat", "block 0 of 1024", "1048576 bytes", "remove the queue");
            assertThat(queue.statistics().depth()).isEqualTo(1);
            assertThat(state.remove(Kind.QUEUE, "queue")).isTrue();
            requireUsable(state);
        }
    }
}
