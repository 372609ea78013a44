package io.sharedstate.redis;

import io.sharedstate.Codec;
import io.sharedstate.CodecException;
import io.sharedstate.DeadLetter;
import io.sharedstate.Delivery;
import io.sharedstate.QueueFullException;
import io.sharedstate.QueueOptions;
import io.sharedstate.QueueStatistics;
import io.sharedstate.SharedQueue;
import io.sharedstate.ValueTooLargeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * A queue: a stream with one group, whose consumers are the owners. What is in work is what is pending for one of them. Three consumers are nobody: `free`
 * has what was given back, `later` what waits for its time, which a sorted set knows, and `dead` the dead letters. A message that is done is
 * deleted; so all that the stream has takes room, and a field of the queue's hash counts it.
 *
 * Who receives is told who else has something in work, each time if there is nothing else and ten times a second otherwise. It asks which of these are dead,
 * and gives back what they had: an owner that is dead once is dead for ever.
 */
final class RedisQueue<T> implements SharedQueue<T> {

    private static final Logger LOG = LoggerFactory.getLogger(SharedQueue.class);

    /** A part: the stream. */
    static final String MESSAGES = "messages";
    /** A part: when messages that were given back are to be received again, by their ids. */
    static final String LATER = "later";

    private static final Script<Long> OFFER = Script.number("queue-offer");
    private static final Script<List<Object>> RECEIVE = Script.list("queue-receive");
    private static final Script<Long> ADOPT = Script.number("queue-adopt");
    private static final Script<List<Object>> DEAD_LETTERS = Script.list("queue-dead-letters");
    private static final Script<Long> SETTLE_DEAD_LETTERS = Script.number("queue-settle-dead-letters");
    private static final Script<List<Object>> STATUS = Script.list("queue-status");

    private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(100);

    /** What a message takes beside its bytes, and what both are rounded up to. */
    private static final int BESIDE = 32;

    private static final int BLOCK = 64;

    /** How many dead letters the script settles at once. */
    private static final int DEAD_LETTERS_AT_ONCE = 1000;

    /** What the script says: where it is more, that many are offered. */
    private static final int FULL = 0;

    private static final int TOO_LARGE = -1;
    private static final int TOO_MANY = -2;

    private final Thing thing;
    private final Codec<T> codec;
    private final int maxAttempts;
    private final Membership members;
    private final Wakeups wakeups;

    /** Who of this process's threads looks again and again; the others wait for its turn. */
    private final ReentrantLock offering = new ReentrantLock();

    private final ReentrantLock receiving = new ReentrantLock();

    /** When it was asked last who else has something in work. */
    private volatile long looked = System.nanoTime() - LOOK_NS;

    RedisQueue(Thing thing, Codec<T> codec, int maxAttempts, Membership members, Wakeups wakeups) {
        this.thing = thing;
        this.codec = codec;
        this.maxAttempts = maxAttempts;
        this.members = members;
        this.wakeups = wakeups;
    }

    static Map<String, String> fields(String format, QueueOptions options) {
        return Map.of("format", format, "size", Long.toString(options.maxSize()), "taken", "0", "redelivered", "0");
    }

    Thing thing() {
        return thing;
    }

    Membership members() {
        return members;
    }

    Wakeups wakeups() {
        return wakeups;
    }

    int maxAttempts() {
        return maxAttempts;
    }

    static long takes(byte[] message) {
        return (message.length + BESIDE + BLOCK - 1) / BLOCK * (long) BLOCK;
    }

    @Override
    public String name() {
        return thing.name();
    }

    private long size() {
        return Bytes.number(Objects.requireNonNull(thing.fields("size").get(0)));
    }

    @Override
    public int maxMessageSize() {
        return (int) (size() / 4 / BLOCK * BLOCK) - BESIDE;
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

    private List<byte[]> encode(Collection<? extends T> messages) {
        List<byte[]> encoded = new ArrayList<>(messages.size());
        for (T message : messages) {
            encoded.add(codec.encode(Objects.requireNonNull(message)));
        }
        return encoded;
    }

    private boolean tryOffer(List<byte[]> messages) {
        List<byte[]> arguments = new ArrayList<>(List.of(wakeups.channel()));
        arguments.addAll(messages);
        int answer =
                (int) (long) thing.run(OFFER, thing.keys(MESSAGES, Waiting.WAITERS), arguments.toArray(byte[][]::new));
        if (answer == TOO_LARGE) {
            int most = maxMessageSize();
            int largest = messages.stream().mapToInt(each -> each.length).max().orElse(0);
            throw new ValueTooLargeException(
                    "queue '" + name() + "': a message of " + largest + " bytes, at most " + most
                            + " fit, a quarter of the queue; it was created with this size: to change it, raise sharedstate.queues."
                            + name() + ".max-size and remove the queue, or use another name");
        }
        if (answer == TOO_MANY) {
            throw new ValueTooLargeException("queue '" + name() + "': " + messages.size()
                    + " messages at once that take "
                    + messages.stream().mapToLong(RedisQueue::takes).sum()
                    + " bytes, three quarters of the queue have " + size() / 4 * 3 + "; offer fewer at once");
        }
        return answer != FULL;
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
        List<Delivery<T>> received = await(receiving, timeout, () -> {
            List<Delivery<T>> found = tryReceive(max);
            return found.isEmpty() ? null : found;
        });
        return received == null ? List.of() : received;
    }

    private List<Delivery<T>> tryReceive(int max) {
        long now = System.nanoTime();
        boolean look = now - looked >= LOOK_NS;
        if (look) {
            looked = now;
        }
        String me = members.owner();
        Received<T> received = receive(me, max, look);
        if (adopt(received.others()) && received.messages().isEmpty()) {
            received = receive(me, max, false);
        }
        return received.messages();
    }

    private record Received<T>(List<String> others, List<Delivery<T>> messages) {}

    private Received<T> receive(String me, int max, boolean look) {
        List<Object> answer =
                thing.run(RECEIVE, thing.keys(MESSAGES, LATER), Bytes.of(me), Bytes.of(max), Bytes.of(look ? "1" : ""));
        String created = Bytes.text(answer.get(0));
        List<Delivery<T>> messages = new ArrayList<>();
        for (int i = 2; i < answer.size(); i += 4) {
            RedisDelivery.Receipt receipt = new RedisDelivery.Receipt(
                    created,
                    me,
                    (byte[]) answer.get(i),
                    (int) Bytes.number(answer.get(i + 1)),
                    Bytes.number(answer.get(i + 2)) == 1);
            messages.add(new RedisDelivery<>(this, receipt, (byte[]) answer.get(i + 3)));
        }
        return new Received<>(Bytes.texts((List<?>) answer.get(1)), messages);
    }

    /** Gives back what those of them had in work who are dead; whether there are any. */
    private boolean adopt(List<String> others) {
        if (others.isEmpty()) {
            return false;
        }
        List<String> dead = new ArrayList<>(others);
        dead.removeAll(members.owners().keySet());
        if (dead.isEmpty()) {
            return false;
        }
        List<byte[]> arguments = new ArrayList<>(List.of(Bytes.of(maxAttempts)));
        dead.forEach(owner -> arguments.add(Bytes.of(owner)));
        Long letters = thing.run(ADOPT, thing.keys(MESSAGES), arguments.toArray(byte[][]::new));
        if (letters > 0) {
            LOG.warn(
                    "{} messages of queue '{}' are dead letters now: they were received {} times or more, and never done",
                    letters,
                    name(),
                    maxAttempts);
        }
        return true;
    }

    /** Tries until something comes of it; null if nothing did in time. */
    private <R> @Nullable R await(ReentrantLock turn, Duration timeout, Supplier<@Nullable R> attempt)
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
            Waiting waiting = new Waiting(thing, members, wakeups);
            try {
                while (true) {
                    result = attempt.get();
                    long left = patience - (System.nanoTime() - start);
                    if (result != null || left <= 0) {
                        return result;
                    }
                    waiting.sleep(Math.min(LOOK_NS, left));
                    if (Thread.interrupted()) {
                        throw new InterruptedException();
                    }
                }
            } finally {
                waiting.end(false);
            }
        } finally {
            turn.unlock();
        }
    }

    T decode(byte[] bytes, int attempts) {
        try {
            return codec.decode(bytes);
        } catch (RuntimeException e) {
            throw new CodecException(
                    "queue '" + name() + "': a message of " + bytes.length + " bytes, received " + attempts
                            + " times, can't be read as it is asked for (" + e
                            + "); it may be from a version of the application with another class: given back often enough,"
                            + " it becomes a dead letter",
                    e);
        }
    }

    // dead letters

    @Override
    public List<DeadLetter<T>> deadLetters(int max) {
        List<Object> answer = thing.run(DEAD_LETTERS, thing.keys(MESSAGES), Bytes.of(Math.max(0, max)));
        List<DeadLetter<T>> letters = new ArrayList<>();
        for (int i = 1; i < answer.size(); i += 3) {
            letters.add(new Letter(
                    (byte[]) answer.get(0), (byte[]) answer.get(i), (int) Bytes.number(answer.get(i + 1)), (byte[])
                            answer.get(i + 2)));
        }
        return letters;
    }

    @Override
    public int requeueDeadLetters() {
        return settleAll("1");
    }

    @Override
    public int removeDeadLetters() {
        return settleAll("");
    }

    private int settleAll(String requeue) {
        int all = 0;
        int some;
        do {
            some = settle(requeue);
            all += some;
        } while (some == DEAD_LETTERS_AT_ONCE);
        return all;
    }

    private int settle(String requeue, byte[]... which) {
        List<byte[]> arguments = new ArrayList<>(List.of(Bytes.of(requeue), wakeups.channel()));
        arguments.addAll(List.of(which));
        return (int) (long)
                thing.run(SETTLE_DEAD_LETTERS, thing.keys(MESSAGES, Waiting.WAITERS), arguments.toArray(byte[][]::new));
    }

    private final class Letter implements DeadLetter<T> {

        private final byte[] created;
        private final byte[] id;
        private final int attempts;
        private final byte[] bytes;

        Letter(byte[] created, byte[] id, int attempts, byte[] bytes) {
            this.created = created;
            this.id = id;
            this.attempts = attempts;
            this.bytes = bytes;
        }

        @Override
        public T value() {
            return decode(bytes, attempts);
        }

        @Override
        public int attempts() {
            return attempts;
        }

        /** Ids begin with the server's time. */
        @Override
        public Instant offered() {
            String text = Bytes.text(id);
            return Instant.ofEpochMilli(Long.parseLong(text.substring(0, text.indexOf('-'))));
        }

        @Override
        public boolean requeue() {
            return settle("1", created, id) == 1;
        }

        @Override
        public boolean remove() {
            return settle("", created, id) == 1;
        }
    }

    @Override
    public QueueStatistics statistics() {
        long[] is = thing.run(STATUS, thing.keys(MESSAGES)).stream()
                .mapToLong(Bytes::number)
                .toArray();
        return new QueueStatistics(is[0] - is[1] - is[2], is[1], is[2], Duration.ofMillis(is[3]), is[4], is[5], is[6]);
    }

    @Override
    public String toString() {
        return "SharedQueue '" + name() + "'";
    }
}
