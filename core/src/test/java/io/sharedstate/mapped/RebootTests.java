package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.sharedstate.Flush;
import io.sharedstate.FormatException;
import io.sharedstate.Kind;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedState;
import io.sharedstate.SharedTopic;
import io.sharedstate.TopicMessage;
import io.sharedstate.TopicOptions;
import io.sharedstate.TopicSubscription;
import io.sharedstate.mapped.layout.FileHeader;
import io.sharedstate.mapped.layout.NamedLayout;
import io.sharedstate.mapped.layout.TableLayout;
import io.sharedstate.mapped.layout.TopicLayout;
import java.util.function.Consumer;
import org.agrona.concurrent.AtomicBuffer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The first to join after a reboot finds pages that reached the disk in any order, or not at all. */
class RebootTests {

    private static final int SIZE = 100;
    private static final TopicOptions NEWS = new TopicOptions(TopicOptions.MIN_SIZE);
    /** Of one of the messages that are published here. */
    private static final int MESSAGE_LENGTH = 32;

    private static final Logger LOG = (Logger) LoggerFactory.getLogger(SharedState.class);

    private final HeapMemory memory = new HeapMemory();

    @BeforeAll
    static void mute() {
        LOG.setLevel(Level.ERROR);
    }

    @AfterAll
    static void unmute() {
        LOG.setLevel(null);
    }

    private static HeapMemory.Attached boot(HeapMemory memory, long id) {
        return memory.new Attached() {
            @Override
            public long[] bootId() {
                return new long[] {id, id};
            }
        };
    }

    private static MappedState open(Storage storage) {
        return MappedEngine.heap().maxMembers(4).open("heap", storage);
    }

    /** Boot 1, which ends by a power cut with a lock held, then what the disk has lost, then boot 2. */
    private MappedState afterPowerCut(Consumer<AtomicBufferOf> damage) {
        HeapMemory.Attached storage = boot(memory, 1);
        MappedState state = open(storage);
        state.counter("first", 1);
        state.counter("second", 2);
        state.counter("third", 3);
        for (int i = 1; i <= 6; i++) {
            state.value("text", String.class, SIZE).set("version " + i);
        }
        state.adder("sum").add(7);
        state.region("ring", 64).buffer().putLong(0, 42);
        state.lock("free").lock();
        state.lock("free").unlock();
        state.lock("held").lock();
        state.semaphore("calls", 3).tryAcquire(2);
        for (int i = 1; i <= 4; i++) {
            state.topic("news", String.class, NEWS).publish("message " + i);
        }
        state.value("inner", Long.class).set(5L);
        state.endThreads();
        storage.die();
        damage.accept(path -> boot(memory, 1).open(path).buffer());
        return open(boot(memory, 2));
    }

    private interface AtomicBufferOf {
        AtomicBuffer file(String path);
    }

    @Test
    void keepsWhatIsWhole() {
        try (MappedState state = afterPowerCut(files -> {})) {
            assertThat(state.counter("second").get()).isEqualTo(2);
            assertThat(state.value("text", String.class, SIZE).get()).isEqualTo("version 6");
            assertThat(state.adder("sum").sum()).isEqualTo(7);
            assertThat(state.region("ring", 64).buffer().getLong(0)).isEqualTo(42);
            assertThat(state.members().all()).containsExactly(state.members().self());
            state.checkInvariants();
        }
    }

    @Test
    void findsLocksAbandonedThatWereHeldAndGivesNoTokenTwice() {
        try (MappedState state = afterPowerCut(files -> {})) {
            SharedLock free = state.lock("free");
            SharedLock held = state.lock("held");
            assertThat(held.status().holder().alive()).isFalse();
            assertThat(free.tryLock()).isTrue();
            assertThat(held.tryLock()).isTrue();
            assertThat(free.wasAbandoned()).isFalse();
            assertThat(held.wasAbandoned()).isTrue();
            assertThat(free.fencingToken()).isGreaterThan(1L << 32);
            free.unlock();
            held.unlock();
        }
    }

    @Test
    void freesThePermitsAndTheLockOfASemaphore() {
        try (MappedState state =
                afterPowerCut(files -> files.file("semaphores/calls.dat").putLong(NamedLayout.LOCK_OFFSET, 1 << 10))) {
            assertThat(state.semaphoreStatus("calls").orElseThrow().inUse()).isZero();
            assertThat(state.semaphore("calls", 3).tryAcquire(3)).isTrue();
            state.checkInvariants();
            state.semaphore("calls", 3).release(3);
        }
    }

    @Test
    void goesOnWithTheNumbersOfATopic() {
        try (MappedState state = afterPowerCut(files -> {})) {
            assertThat(state.topicStatistics("news").orElseThrow().published()).isEqualTo(4);
            publishesAfter(4, state);
        }
    }

    private static void publishesAfter(long number, MappedState state) {
        SharedTopic<String> topic = state.topic("news", String.class, NEWS);
        try (TopicSubscription<String> subscription = topic.subscribe()) {
            assertThat(topic.publish("after")).isEqualTo(number + 1);
            assertThat(subscription.poll()).isEqualTo(new TopicMessage<>(number + 1, "after", 0));
            assertThat(subscription.poll()).isNull();
        }
        state.checkInvariants();
    }

    @Test
    void goesBackToTheNewestWholeMessageOfATopic() {
        try (MappedState state = afterPowerCut(files -> {
            AtomicBuffer buffer = files.file("topics/news.dat");
            TopicLayout layout = new TopicLayout(NEWS.maxSize(), 4);
            buffer.putByte(layout.offset(3 * MESSAGE_LENGTH) + TopicLayout.BYTES_OFFSET + 2, (byte) 0);
        })) {
            publishesAfter(3, state);
        }
    }

    @Test
    void findsTheNewestMessageOfATopicThatForgotIt() {
        for (long lost : new long[] {0, -16, 8, NEWS.maxSize() + MESSAGE_LENGTH, Long.MAX_VALUE}) {
            HeapMemory.Attached before = boot(memory, 3);
            try (MappedState state = afterPowerCut(files -> {
                files.file("topics/news.dat").putLong(TopicLayout.NEWEST_OFFSET, lost);
                files.file("topics/news.dat").putLong(TopicLayout.CLAIMED_OFFSET, lost);
            })) {
                publishesAfter(4, state);
                state.remove(Kind.TOPIC, "news");
            } finally {
                before.die();
            }
        }
    }

    @Test
    void aTopicWithoutAWholeMessageBeginsAnew() {
        try (MappedState state = afterPowerCut(files -> {
            AtomicBuffer buffer = files.file("topics/news.dat");
            TopicLayout layout = new TopicLayout(NEWS.maxSize(), 4);
            buffer.setMemory(layout.ringOffset(), layout.length(), (byte) 0);
        })) {
            publishesAfter(0, state);
        }
    }

    @Test
    void goesBackToTheNewestWholeVersionOfAValue() {
        try (MappedState state = afterPowerCut(files -> {
            AtomicBuffer buffer = files.file("values/text.dat");
            buffer.putByte(NamedLayout.bufferOffset(6, SIZE) + NamedLayout.BUFFER_BYTES_OFFSET + 3, (byte) 0);
        })) {
            assertThat(state.value("text", String.class, SIZE).get()).isEqualTo("version 5");
            state.value("text", String.class, SIZE).set("again");
            assertThat(state.value("text", String.class, SIZE).get()).isEqualTo("again");
        }
    }

    @Test
    void findsAValueWhoseVersionWasLost() {
        try (MappedState state =
                afterPowerCut(files -> files.file("values/text.dat").putLong(NamedLayout.VERSION_OFFSET, 0))) {
            assertThat(state.value("text", String.class, SIZE).get()).isEqualTo("version 6");
        }
    }

    @Test
    void dropsASlotWhoseNameIsDamagedAndKeepsThoseBehindIt() {
        try (MappedState state = afterPowerCut(files -> {
            AtomicBuffer buffer = files.file("counters.0.dat");
            buffer.putByte(TableLayout.COUNTERS.tagOffset(0) + TableLayout.NAME_OFFSET, (byte) 'x');
            buffer.putLong(TableLayout.COUNTERS.tagOffset(1) + TableLayout.STATE_OFFSET, 0);
        })) {
            assertThat(state.names(Kind.COUNTER)).containsExactly("third");
            assertThat(state.counter("third").get()).isEqualTo(3);
            assertThat(state.counter("first", 10).get()).isEqualTo(10);
            state.checkInvariants();
        }
    }

    @Test
    void setsADamagedFileAsideAndBeginsThatNameAnew() {
        try (MappedState state =
                afterPowerCut(files -> files.file("values/text.dat").putByte(FileHeader.LENGTH_OFFSET, (byte) 1))) {
            assertThat(state.names(Kind.VALUE)).containsExactly("inner");
            assertThat(state.value("text", String.class, SIZE).get()).isNull();
            assertThat(state.value("inner", Long.class).get()).isEqualTo(5);
        }
    }

    @Test
    void replacesALostChunkAndKeepsTheOthers() {
        HeapMemory.Attached storage = boot(memory, 1);
        MappedState before = open(storage);
        for (int i = 0; i < 1100; i++) {
            before.counter("c" + i, i);
        }
        before.endThreads();
        storage.die();
        storage.open("counters.0.dat").buffer().putLong(FileHeader.MAGIC_OFFSET, 0);
        try (MappedState state = open(boot(memory, 2))) {
            assertThat(state.names(Kind.COUNTER)).hasSize(1100 - 1024).contains("c1050");
            assertThat(state.counter("c1050").get()).isEqualTo(1050);
            assertThat(state.counter("c0", 5).get()).isEqualTo(5);
            state.checkInvariants();
        }
    }

    @Test
    void refusesADirectoryThatIsInUseFromAnotherBoot() {
        MappedState other = open(boot(memory, 1));
        other.counter("hits").set(9);
        assertThatThrownBy(() -> open(boot(memory, 2)))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("two machines");
        assertThat(other.counter("hits").incrementAndGet()).isEqualTo(10);
        other.close();
    }

    @Test
    void canBeCutOffAtEveryStoreAndRepeated() {
        for (int k = 1; ; k++) {
            HeapMemory disk = new HeapMemory();
            HeapMemory.Attached storage = boot(disk, 1);
            MappedState before = open(storage);
            before.counter("hits").set(5);
            before.value("text", String.class, SIZE).set("whole");
            before.value("text", String.class, SIZE).set("torn");
            before.lock("held").lock();
            before.topic("news", String.class, NEWS).publish("a");
            before.endThreads();
            storage.die();
            AtomicBuffer buffer = storage.open("values/text.dat").buffer();
            buffer.putByte(NamedLayout.bufferOffset(2, SIZE) + NamedLayout.BUFFER_BYTES_OFFSET, (byte) 0);
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
            try (MappedState state = open(boot(disk, 2))) {
                assertThat(state.counter("hits").get()).isEqualTo(5);
                assertThat(state.value("text", String.class, SIZE).get()).isEqualTo("whole");
                assertThat(state.lock("held").tryLock()).isTrue();
                assertThat(state.lock("held").wasAbandoned()).isTrue();
                state.lock("held").unlock();
                publishesAfter(1, state);
            }
            if (completed) {
                assertThat(k).isGreaterThan(100);
                return;
            }
        }
    }

    @Test
    void everySettingOfFlushWorksAlike() {
        for (Flush flush : Flush.values()) {
            try (MappedState state = MappedEngine.heap().flush(flush).open("heap", new HeapMemory().attach())) {
                state.counter("hits").incrementAndGet();
                state.value("text", String.class, SIZE).set("x");
                state.lock("held").lock();
                state.lock("held").unlock();
                publishesAfter(0, state);
                assertThat(state.counter("hits").get()).isEqualTo(1);
            }
        }
    }
}
