package io.sharedstate.mapped;

import io.sharedstate.Codec;
import io.sharedstate.DeadLetter;
import io.sharedstate.Delivery;
import io.sharedstate.QueueFullException;
import io.sharedstate.QueueStatistics;
import io.sharedstate.SharedQueue;
import io.sharedstate.ValueTooLargeException;
import io.sharedstate.mapped.QueueRing.Dead;
import io.sharedstate.mapped.QueueRing.Received;
import io.sharedstate.mapped.layout.QueueLayout;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A queue as its user sees it: messages of a type, made of the bytes in a {@link QueueFile}, and waiting for them. */
final class MappedQueue<T> implements SharedQueue<T> {

    private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

    private final Codec<T> codec;
    private final int maxAttempts;
    private final Membership members;
    private final Opened<QueueFile> opened;

    /** Who of this process's threads looks again and again; the others wait for its turn. */
    private final ReentrantLock offering = new ReentrantLock();

    private final ReentrantLock receiving = new ReentrantLock();

    MappedQueue(Opened<QueueFile> opened, Codec<T> codec, int maxAttempts, Membership members) {
        this.opened = opened;
        this.codec = codec;
        this.maxAttempts = maxAttempts;
        this.members = members;
    }

    boolean exists() {
        return opened.exists();
    }

    @Override
    public String name() {
        return opened.name();
    }

    @Override
    public int maxMessageSize() {
        return opened.get().ring().maxMessage();
    }

    // offering

    @Override
    public boolean offer(T message) {
        return tryOffer(encode(List.of(message)));
    }

    @Override
    public boolean offer(T message, Duration timeout) throws InterruptedException {
        return offerAll(List.of(message), timeout);
    }

    @Override
    public boolean offerAll(Collection<? extends T> messages, Duration timeout) throws InterruptedException {
        List<byte[]> encoded = encode(messages);
        return await(offering, timeout, () -> tryOffer(encoded) ? Boolean.TRUE : null) != null;
    }

    @Override
    public void put(T message) throws InterruptedException {
        offer(message, FOREVER);
    }

    @Override
    public void add(T message) {
        List<byte[]> encoded = encode(List.of(message));
        if (!tryOffer(encoded)) {
            QueueStatistics full = statistics();
            throw new QueueFullException("queue '" + name() + "' is full: no room for a message of "
                    + encoded.get(0).length + " bytes beside " + full.bytes() + " of " + full.capacity() + " bytes in "
                    + full.depth() + " messages that wait, " + full.inWork() + " in work and " + full.deadLetters()
                    + " dead letters; receive faster, put back or remove the dead letters, or raise sharedstate.queues."
                    + name() + ".max-size and remove the queue");
        }
    }

    private boolean tryOffer(List<byte[]> messages) {
        while (true) {
            Boolean offered = opened.get().offer(messages);
            if (offered != null) {
                return offered;
            }
        }
    }

    private List<byte[]> encode(Collection<? extends T> messages) {
        QueueRing ring = opened.get().ring();
        List<byte[]> encoded = new ArrayList<>(messages.size());
        long blocks = 0;
        for (T message : messages) {
            byte[] bytes = codec.encode(Objects.requireNonNull(message));
            if (bytes.length > ring.maxMessage()) {
                throw new ValueTooLargeException("queue '" + name() + "': a message of " + bytes.length
                        + " bytes, at most " + ring.maxMessage()
                        + " fit, a quarter of the queue; it was created with this size: to change it, raise sharedstate.queues."
                        + name() + ".max-size and remove the queue, or use another name");
            }
            blocks += QueueLayout.blocks(bytes.length);
            encoded.add(bytes);
        }
        long most = ring.count() * 3L / 4; // with what may be left over at the end of the ring, this is sure to fit
        if (blocks > most) {
            throw new ValueTooLargeException(
                    "queue '" + name() + "': " + encoded.size() + " messages at once that take "
                            + blocks * QueueLayout.BLOCK_LENGTH + " bytes, three quarters of the queue have "
                            + most * QueueLayout.BLOCK_LENGTH + "; offer fewer at once");
        }
        return encoded;
    }

    // receiving

    @Override
    public @Nullable T poll() {
        List<Delivery<T>> received = tryReceive(1);
        return received.isEmpty() ? null : finish(received.get(0));
    }

    @Override
    public @Nullable T poll(Duration timeout) throws InterruptedException {
        List<Delivery<T>> received = receive(1, timeout);
        return received.isEmpty() ? null : finish(received.get(0));
    }

    @Override
    public T take() throws InterruptedException {
        return finish(receive());
    }

    private T finish(Delivery<T> delivery) {
        try (delivery) {
            T value = delivery.value();
            delivery.done();
            return value;
        }
    }

    @Override
    public Delivery<T> receive() throws InterruptedException {
        while (true) {
            List<Delivery<T>> received = receive(1, FOREVER);
            if (!received.isEmpty()) {
                return received.get(0);
            }
        }
    }

    @Override
    public Optional<Delivery<T>> receive(Duration timeout) throws InterruptedException {
        return receive(1, timeout).stream().findFirst();
    }

    @Override
    public List<Delivery<T>> receive(int max, Duration timeout) throws InterruptedException {
        if (max < 1) {
            throw new IllegalArgumentException("at most " + max + " messages: expected 1 or more");
        }
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        List<Delivery<T>> atOnce = tryReceive(max);
        if (!atOnce.isEmpty()) {
            return atOnce;
        }
        List<Delivery<T>> received = await(receiving, timeout, () -> {
            List<Delivery<T>> found = opened.get().ring().isWorthReceiving() ? tryReceive(max) : List.of();
            return found.isEmpty() ? null : found;
        });
        return received == null ? List.of() : received;
    }

    private List<Delivery<T>> tryReceive(int max) {
        QueueFile at = opened.get();
        List<Delivery<T>> deliveries = new ArrayList<>();
        for (Received received : at.receive(max, maxAttempts)) {
            deliveries.add(new MappedDelivery<>(name(), at, received, codec, maxAttempts, members));
        }
        return deliveries;
    }

    /** Tries until something comes of it; null if nothing did in time. */
    private static <R> @Nullable R await(ReentrantLock turn, Duration timeout, Supplier<@Nullable R> attempt)
            throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        long start = System.nanoTime();
        long patience = TimeUnit.NANOSECONDS.convert(timeout);
        R result = attempt.get();
        if (result != null || patience <= 0 || !turn.tryLock(patience, TimeUnit.NANOSECONDS)) {
            return result;
        }
        try {
            for (int round = 0; ; round = Pause.next(round)) {
                result = attempt.get();
                long left = patience - (System.nanoTime() - start);
                if (result != null || left <= 0) {
                    return result;
                }
                Pause.after(round, Pause.FOR_A_MESSAGE_NS, left);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
        } finally {
            turn.unlock();
        }
    }

    // dead letters

    @Override
    public List<DeadLetter<T>> deadLetters(int max) {
        QueueFile at = opened.get();
        return at.consuming(ring -> ring.deadLetters(max)).stream()
                .<DeadLetter<T>>map(dead -> new Letter(at, dead))
                .toList();
    }

    @Override
    public int requeueDeadLetters() {
        return opened.get().consuming(ring -> ring.settleDeadLetters(true));
    }

    @Override
    public int removeDeadLetters() {
        return opened.get().consuming(ring -> ring.settleDeadLetters(false));
    }

    private final class Letter implements DeadLetter<T> {

        private final QueueFile at;
        private final Dead dead;

        Letter(QueueFile at, Dead dead) {
            this.at = at;
            this.dead = dead;
        }

        @Override
        public T value() {
            return MappedDelivery.decode(name(), codec, dead.bytes(), attempts());
        }

        @Override
        public int attempts() {
            return QueueLayout.attempts(dead.state());
        }

        @Override
        public Instant offered() {
            return Instant.ofEpochMilli(dead.offered());
        }

        @Override
        public boolean requeue() {
            return at.consuming(ring -> ring.requeue(dead));
        }

        @Override
        public boolean remove() {
            return at.consuming(ring -> ring.remove(dead));
        }
    }

    @Override
    public QueueStatistics statistics() {
        return opened.get().statistics();
    }

    @Override
    public String toString() {
        return "SharedQueue '" + name() + "'";
    }
}
