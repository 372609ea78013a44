package io.sharedstate.benchmarks;

import io.sharedstate.Delivery;
import io.sharedstate.QueueOptions;
import io.sharedstate.SharedQueue;
import io.sharedstate.SharedState;
import io.sharedstate.mapped.MappedEngine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The other side of {@link QueueSpeed}: a process that offers or receives messages of 100 bytes as it is asked to. */
final class QueueWorker {

    private static final int MESSAGE = 100;
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final QueueOptions OPTIONS = QueueOptions.DEFAULT.maxSize(16 << 20);

    private final SharedQueue<byte[]> queue;
    private final byte[] message = new byte[MESSAGE];

    private QueueWorker(Path directory) {
        SharedState state = MappedEngine.at(directory.resolve("state")).open();
        queue = state.queue("messages", byte[].class, OPTIONS);
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        QueueWorker worker = null;
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            String[] words = line.split(" ", -1);
            if (worker == null) {
                worker = new QueueWorker(Path.of(words[1]));
            }
            System.out.println(worker.answer(words));
        }
    }

    private String answer(String[] request) throws IOException, InterruptedException {
        return switch (request[0]) {
            case "join" -> "0";
            case "offer" -> offer(number(request[1])) + " " + offerOnHeap(number(request[1]));
            case "produce" -> produce(number(request[1]), number(request[2]));
            case "consume" -> consume(number(request[1]), number(request[2]));
            case "push" -> push(number(request[1]), number(request[2]), number(request[3]));
            case "pop" -> pop(number(request[1]), number(request[2]), number(request[3]));
            case "send" -> send(number(request[1]));
            case "arrive" -> arrive(number(request[1]));
            case "take" -> {
                queue.take();
                yield "0";
            }
            default -> throw new IllegalArgumentException("unknown request " + request[0]);
        };
    }

    private static int number(String word) {
        return Integer.parseInt(word);
    }

    /** Nanoseconds of so many offers one after the other, which nobody receives meanwhile. */
    private long offer(int count) throws InterruptedException {
        long begin = System.nanoTime();
        for (int i = 0; i < count; i++) {
            queue.offer(message);
        }
        long took = System.nanoTime() - begin;
        for (int left = count; left > 0; ) {
            List<Delivery<byte[]>> deliveries = queue.receive(left, LONG);
            deliveries.forEach(Delivery::done);
            left -= deliveries.size();
        }
        return took;
    }

    /** The same of copies in a queue of this process. */
    private long offerOnHeap(int count) {
        ArrayBlockingQueue<byte[]> heap = new ArrayBlockingQueue<>(count);
        long begin = System.nanoTime();
        for (int i = 0; i < count; i++) {
            heap.offer(message.clone());
        }
        return System.nanoTime() - begin;
    }

    /** Answers when the last one was offered. */
    private String produce(int count, int batch) throws InterruptedException {
        List<byte[]> messages = Collections.nCopies(batch, message);
        for (int left = count; left > 0; left -= batch) {
            if (batch == 1) {
                queue.put(message);
            } else if (!queue.offerAll(messages, LONG)) {
                throw new IllegalStateException("no room for " + LONG);
            }
        }
        return "" + System.nanoTime();
    }

    /** Answers when the last one was done. */
    private String consume(int count, int batch) throws InterruptedException {
        for (int left = count; left > 0; ) {
            List<Delivery<byte[]>> deliveries = queue.receive(batch, LONG);
            for (Delivery<byte[]> delivery : deliveries) {
                if (delivery.value().length != MESSAGE) {
                    throw new IllegalStateException("another message");
                }
                delivery.done();
            }
            left -= deliveries.size();
        }
        return "" + System.nanoTime();
    }

    private String push(int port, int count, int batch) throws IOException {
        try (RedisList list = new RedisList(port)) {
            for (int left = count; left > 0; left -= batch) {
                list.push(message, batch);
            }
        }
        return "" + System.nanoTime();
    }

    private static String pop(int port, int count, int batch) throws IOException {
        try (RedisList list = new RedisList(port)) {
            for (int left = count; left > 0; ) {
                left -= list.pop(batch);
            }
        }
        return "" + System.nanoTime();
    }

    /** Sends the time so many times, with pauses long enough for who receives to sleep as long as it ever does. */
    private String send(int count) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            long end = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(100_000 + 37L * i % 3_000);
            for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            queue.put(ByteBuffer.allocate(MESSAGE).putLong(System.nanoTime()).array());
        }
        return "0";
    }

    /** Answers the p50 and the p99 of how many nanoseconds messages were on their way. */
    private String arrive(int count) throws InterruptedException {
        long[] times = new long[count];
        for (int i = 0; i < count; i++) {
            times[i] = -ByteBuffer.wrap(queue.take()).getLong() + System.nanoTime();
        }
        Arrays.sort(times);
        return times[count / 2] + " " + times[(int) (count * 0.99)];
    }
}
