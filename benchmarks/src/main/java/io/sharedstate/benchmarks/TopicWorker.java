package io.sharedstate.benchmarks;

import io.sharedstate.SharedState;
import io.sharedstate.SharedTopic;
import io.sharedstate.TopicMessage;
import io.sharedstate.TopicOptions;
import io.sharedstate.TopicSubscription;
import io.sharedstate.mapped.MappedEngine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.broadcast.BroadcastBufferDescriptor;
import org.agrona.concurrent.broadcast.BroadcastReceiver;
import org.agrona.concurrent.broadcast.BroadcastTransmitter;
import org.agrona.concurrent.broadcast.CopyBroadcastReceiver;

/** The other side of {@link TopicSpeed}: a process that publishes messages of 100 bytes, or copies them out, as it is asked to. */
final class TopicWorker {

    private static final int RING = 16 << 20;
    private static final int TYPE = 1;

    private final SharedTopic<byte[]> topic;
    private final TopicSubscription<byte[]> subscription;
    private final BroadcastTransmitter transmitter;
    private final CopyBroadcastReceiver receiver;
    private final byte[] message = new byte[TopicSpeed.MESSAGE];
    private final UnsafeBuffer messageOfAgrona = new UnsafeBuffer(message);
    private final byte[] copy = new byte[TopicSpeed.MESSAGE];

    private TopicWorker(Path directory) throws IOException {
        SharedState state = MappedEngine.at(directory.resolve("state")).open();
        topic = state.topic("messages", byte[].class, TopicOptions.DEFAULT.maxSize(RING));
        subscription = topic.subscribe();
        AtomicBuffer ring = ring(directory.resolve("broadcast"));
        transmitter = new BroadcastTransmitter(ring);
        receiver = new CopyBroadcastReceiver(new BroadcastReceiver(ring));
    }

    private static AtomicBuffer ring(Path file) throws IOException {
        try (FileChannel channel = Scratch.open(file)) {
            return new UnsafeBuffer(
                    channel.map(MapMode.READ_WRITE, 0, RING + BroadcastBufferDescriptor.TRAILER_LENGTH));
        }
    }

    public static void main(String[] args) throws IOException {
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        TopicWorker worker = null;
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            String[] words = line.split(" ", -1);
            if (worker == null) {
                worker = new TopicWorker(Path.of(words[1]));
            }
            System.out.println(worker.answer(words[0], Integer.parseInt(words[2])));
        }
    }

    /** The time: of who sends, when it begins; of who receives, when it has them all. */
    private long answer(String request, int count) {
        return switch (request) {
            case "join" -> 0;
            case "publish" -> publish(count);
            case "poll" -> poll(count);
            case "transmit" -> transmit(count);
            case "receive" -> receive(count);
            default -> throw new IllegalArgumentException("unknown request " + request);
        };
    }

    private long publish(int count) {
        long begin = System.nanoTime();
        for (int i = 0; i < count; i++) {
            topic.publish(message);
        }
        return begin;
    }

    private long poll(int count) {
        for (int left = count; left > 0; ) {
            TopicMessage<byte[]> received = subscription.poll();
            if (received == null) {
                Thread.onSpinWait();
            } else if (received.missed() > 0 || received.value().length != TopicSpeed.MESSAGE) {
                throw new IllegalStateException("another message, or " + received.missed() + " missed");
            } else {
                left--;
            }
        }
        return System.nanoTime();
    }

    private long transmit(int count) {
        long begin = System.nanoTime();
        for (int i = 0; i < count; i++) {
            transmitter.transmit(TYPE, messageOfAgrona, 0, message.length);
        }
        return begin;
    }

    private long receive(int count) {
        for (int left = count; left > 0; ) {
            int received = receiver.receive((type, buffer, index, length) -> buffer.getBytes(index, copy, 0, length));
            if (received == 0) {
                Thread.onSpinWait();
            }
            left -= received;
        }
        return System.nanoTime();
    }
}
