package io.sharedstate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.broadcast.BroadcastBufferDescriptor;
import org.agrona.concurrent.broadcast.BroadcastReceiver;
import org.agrona.concurrent.broadcast.BroadcastTransmitter;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.junit.jupiter.api.Test;

class SharedRegionTests extends TwoMembers {

    @Test
    void isZerosAtFirstAndTheSameMemoryInAllMembers() {
        SharedRegion mine = one.region("ring", 1001);
        SharedRegion theirs = two.region("ring", 1001);
        assertThat(mine.name()).isEqualTo("ring");
        assertThat(mine.capacity()).isEqualTo(1008);
        assertThat(mine.buffer().capacity()).isEqualTo(1008);
        assertThat(one.region("ring", 1001)).isSameAs(mine);
        for (int i = 0; i < 1008; i++) {
            assertThat(theirs.buffer().getByte(i)).isZero();
        }
        mine.buffer().putLong(1000, 42);
        assertThat(theirs.buffer().getLong(1000)).isEqualTo(42);
        mine.buffer().verifyAlignment();
        assertThatThrownBy(() -> mine.buffer().getLong(1001)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> mine.buffer().getLong(-8)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void theSizeOfItsCreationStandsWithAWarning() {
        one.region("ring", 64);
        try (var log = LogCapture.of(SharedState.class)) {
            assertThat(two.region("ring", 128).capacity()).isEqualTo(64);
            assertThat(log.warnings())
                    .singleElement()
                    .asString()
                    .contains("region 'ring'", "64", "128", "SharedState.remove");
        }
    }

    @Test
    void sizesOutOfRangeAreRefused() {
        for (int size : new int[] {0, -1, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> one.region("ring", size))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("of " + size + " bytes: expected 1 to ");
        }
    }

    @Test
    void itsLockGuardsItInAllMembers() {
        SharedRegion mine = one.region("ring", 64);
        SharedRegion theirs = two.region("ring", 64);
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (SharedRegion region : List.of(mine, theirs)) {
            all.add(inThread(() -> {
                for (int i = 0; i < 1000; i++) {
                    try (Lease lease = region.lock().acquire()) {
                        region.buffer().putLong(0, region.buffer().getLong(0) + 1);
                    }
                }
            }));
        }
        all.forEach(each -> each.orTimeout(60, TimeUnit.SECONDS).join());
        assertThat(mine.buffer().getLong(0)).isEqualTo(2000);
    }

    @Test
    void aRemovedRegionIsNoLongerHandedOut() {
        SharedRegion mine = one.region("ring", 64);
        AtomicBuffer held = mine.buffer();
        held.putLong(0, 7);
        assertThat(two.remove(Kind.REGION, "ring")).isTrue();
        assertThat(two.remove(Kind.REGION, "ring")).isFalse();
        assertThatThrownBy(mine::buffer)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("region 'ring' was removed; ask for it again");
        assertThatThrownBy(mine::lock).isInstanceOf(IllegalStateException.class);
        assertThat(held.getLong(0)).isEqualTo(7);
        SharedRegion again = two.region("ring", 128);
        assertThat(again.capacity()).isEqualTo(128);
        assertThat(again.buffer().getLong(0)).isZero();
        assertThat(one.region("ring", 128)).isNotSameAs(mine);
        again.buffer().putLong(0, 8);
        assertThat(one.region("ring", 128).buffer().getLong(0)).isEqualTo(8);
    }

    @Test
    void aLockedRegionIsNotRemoved() {
        SharedRegion mine = one.region("ring", 64);
        try (Lease lease = mine.lock().acquire()) {
            assertThatThrownBy(() -> two.remove(Kind.REGION, "ring"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("region 'ring' is locked");
        }
        assertThat(two.remove(Kind.REGION, "ring")).isTrue();
    }

    @Test
    void aManyToOneRingBufferWorksOnIt() {
        RingBuffer out = new ManyToOneRingBuffer(ring(two));
        RingBuffer another = new ManyToOneRingBuffer(ring(one));
        passMessages(List.of(out, another), new ManyToOneRingBuffer(ring(one)), 5_000);
    }

    @Test
    void aOneToOneRingBufferWorksOnIt() {
        passMessages(List.of(new OneToOneRingBuffer(ring(two))), new OneToOneRingBuffer(ring(one)), 5_000);
    }

    private static AtomicBuffer ring(SharedState state) {
        return state.region("ring", 4096 + RingBufferDescriptor.TRAILER_LENGTH).buffer();
    }

    private static void passMessages(List<RingBuffer> outs, RingBuffer in, int each) {
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (int writer = 0; writer < outs.size(); writer++) {
            RingBuffer out = outs.get(writer);
            int type = writer + 1;
            writers.add(inThread(() -> {
                for (int i = 0; i < each; ) {
                    if (write(out, type, text(i).getBytes(StandardCharsets.US_ASCII))) {
                        i++;
                    } else {
                        Thread.yield();
                    }
                }
            }));
        }
        int[] next = new int[outs.size() + 1];
        MessageHandler handler = (type, buffer, index, length) -> {
            assertThat(buffer.getStringWithoutLengthAscii(index, length)).isEqualTo(text(next[type]));
            next[type]++;
        };
        int read = 0;
        while (read < each * outs.size()) {
            int some = in.read(handler);
            read += some;
            if (some == 0) {
                writers.forEach(
                        writer -> assertThat(writer.isCompletedExceptionally()).isFalse());
                Thread.yield();
            }
        }
        writers.forEach(writer -> writer.orTimeout(60, TimeUnit.SECONDS).join());
        assertThat(in.size()).isZero();
    }

    private static boolean write(RingBuffer out, int type, byte[] bytes) {
        int index = out.tryClaim(type, bytes.length);
        if (index < 0) {
            return false;
        }
        out.buffer().putBytes(index, bytes);
        out.commit(index);
        return true;
    }

    /** Messages of many lengths, so that they wrap around at many places. */
    private static String text(int number) {
        return number + "-" + "x".repeat(number % 97);
    }

    @Test
    void aBroadcastWorksOnIt() {
        int size = 1 << 14;
        BroadcastTransmitter out =
                new BroadcastTransmitter(two.region("news", size + BroadcastBufferDescriptor.TRAILER_LENGTH)
                        .buffer());
        BroadcastReceiver in = new BroadcastReceiver(one.region("news", size + BroadcastBufferDescriptor.TRAILER_LENGTH)
                .buffer());
        int messages = 20_000;
        AtomicBoolean done = new AtomicBoolean();
        AtomicBuffer source = two.region("source", 64).buffer();
        CompletableFuture<Void> writer = inThread(() -> {
            for (int i = 1; i <= messages; i++) {
                source.putLong(0, i);
                source.putLong(8, ~i);
                out.transmit(1, source, 0, 16);
            }
            done.set(true);
        });
        long last = 0;
        boolean over = false;
        while (last < messages && !over) {
            over = done.get();
            while (in.receiveNext()) {
                long number = in.buffer().getLong(in.offset());
                long check = in.buffer().getLong(in.offset() + 8);
                if (in.validate()) {
                    assertThat(check).isEqualTo(~number);
                    assertThat(number).isGreaterThan(last);
                    last = number;
                }
            }
        }
        writer.orTimeout(60, TimeUnit.SECONDS).join();
        assertThat(last).isEqualTo(messages);
    }

    @Test
    void outlivesAllMembers() {
        one.region("kept", 64).buffer().putLong(0, 9);
        one.close();
        two.close();
        assertThat(host.open().region("kept", 64).buffer().getLong(0)).isEqualTo(9);
    }

    @Test
    void manyThreadsOfBothMembersCreatingTheSameNamesGetTheSameMemory() {
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (SharedState state : List.of(one, two, one, two)) {
            all.add(inThread(() -> {
                for (int i = 0; i < 50; i++) {
                    SharedRegion region = state.region("r" + i % 5, 64);
                    try (Lease lease = region.lock().acquire()) {
                        region.buffer().putLong(0, region.buffer().getLong(0) + 1);
                    }
                }
            }));
        }
        all.forEach(each -> each.orTimeout(100, TimeUnit.SECONDS).join());
        for (int i = 0; i < 5; i++) {
            assertThat(two.region("r" + i, 64).buffer().getLong(0)).isEqualTo(40);
        }
    }
}
