package io.sharedstate.mapped;

import static io.sharedstate.mapped.layout.QueueLayout.DEAD_LETTER;
import static io.sharedstate.mapped.layout.QueueLayout.IN_WORK;
import static io.sharedstate.mapped.layout.QueueLayout.NEVER;
import static io.sharedstate.mapped.layout.QueueLayout.READY;
import static io.sharedstate.mapped.layout.QueueLayout.REDELIVERABLE;

import io.sharedstate.QueueStatistics;
import io.sharedstate.SharedQueue;
import io.sharedstate.mapped.layout.MembersLayout;
import io.sharedstate.mapped.layout.QueueLayout;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.agrona.concurrent.AtomicBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

// spotless:off
/*
 * A queue: a ring of blocks in which messages lie, each where it was put until it is done. All that becomes of a message is in
 * one word, the state of its first block:
 *
 *            offer                 receive               done
 *   free (0) -----> ready -----------------> in work -----------------> free (0)
 *                                              |  ^
 *                          given back, or its  |  | receive, when due
 *                          member is dead      v  |
 *                                        to be redelivered <----- requeue ---- dead letter ---- remove ----> free (0)
 *                                              |                                   ^
 *                                              +---- (too often) ------------------+
 *
 * Positions rise by 1 with each block and never end; position p is in block p mod n. What is ready lies between head and tail.
 *
 * Offer, with the producers' lock: finds free blocks from the tail on, passing over what is not free, but not beyond head + n; the
 * message; its state = ready; tail, the commit, for a batch as for one.
 * Receive, with the consumers' lock: passes over what isn't ready, from the head on; copies; state = in work, mine: the commit; head.
 * Done, without a lock: CAS of the state from just what receiving has stored to 0, the commit. To give back, with the
 * consumers' lock: when it is due, then the state, the commit.
 * Found dead, with the consumers' lock: each state in work of that member is given back; then the word by which it was known as
 * a consumer = 0. That word is stored before the first message is received, and never over one whose messages were not found.
 *
 * Invariants:
 * - A state other than 0 is that of a whole message that begins there; the states of its other blocks are 0.
 * - The head, the tail and the beginning of the ring are where a message begins or none is: so who goes on from there, message by
 *   message and free block by free block, never looks into the middle of one.
 * - What is ready and not yet committed lies behind the tail, and is overwritten by the next to offer.
 * - What is in work is of a member that is known as a consumer.
 * - No message that is to be redelivered is due before `due`, which rises only after all states were looked at.
 * Non-invariants: the head may be behind what is ready first. Counts are not kept: who wants one looks at the states.
 *
 * A death between any two stores leaves the operation done or not done: of an offer, messages that aren't there; of receiving, a
 * message in work of a dead member, and a head that the next one moves on.
 */
// spotless:on
final class QueueRing {

    private static final Logger LOG = LoggerFactory.getLogger(SharedQueue.class);

    /** How often somebody who receives asks whether other consumers live. */
    private static final long LOOK_MS = 5;

    /** A message in work: where, with which state, and a copy. */
    @SuppressWarnings("ArrayRecordComponent")
    record Received(int block, long state, byte[] bytes) {}

    /** A message that was a dead letter. */
    @SuppressWarnings("ArrayRecordComponent")
    record Dead(int block, long state, long position, long offered, byte[] bytes) {}

    private final QueueBlocks blocks;
    private final Segment file;
    private final AtomicBuffer buffer;
    private final Membership members;
    private final long me;
    private final SteadyClock clock;
    /** When it was asked who is dead. */
    private volatile long lookedAt;
    /** Where the search for what is due goes on; guarded by the consumers' lock. */
    private int searchFrom;

    QueueRing(QueueBlocks blocks, Membership members, SteadyClock clock) {
        this.blocks = blocks;
        this.file = blocks.file();
        this.buffer = file.buffer();
        this.members = members;
        this.me = members.owner();
        this.clock = clock;
        this.lookedAt = clock.millis();
    }

    private long tail() {
        return buffer.getLongAcquire(QueueLayout.TAIL_OFFSET);
    }

    private long head() {
        return buffer.getLongAcquire(QueueLayout.HEAD_OFFSET);
    }

    private long due() {
        return buffer.getLongAcquire(QueueLayout.DUE_OFFSET);
    }

    private void setDue(long due) {
        buffer.putLongRelease(QueueLayout.DUE_OFFSET, due);
    }

    // offering: the producers' lock is held

    /** Offers all of these messages, or none if there is no room for them. */
    boolean offer(List<byte[]> messages, long now) {
        long limit = head() + blocks.count();
        long tail = tail();
        int[] begun = new int[messages.size()];
        for (int i = 0; i < begun.length; i++) {
            byte[] bytes = messages.get(i);
            int span = QueueLayout.blocks(bytes.length);
            long position = findFree(tail, limit, span);
            if (position < 0) {
                IntStream.range(0, i).forEach(each -> blocks.setState(begun[each], 0));
                return false;
            }
            begun[i] = blocks.at(position);
            blocks.write(begun[i], position, bytes, now);
            blocks.setState(begun[i], QueueLayout.ready());
            tail = position + span;
        }
        buffer.putLongRelease(QueueLayout.TAIL_OFFSET, tail);
        file.written(QueueLayout.TAIL_OFFSET, Long.BYTES);
        return true;
    }

    /** Where so many blocks are free one after the other, not beyond the end of the ring; negative if nowhere. */
    private long findFree(long from, long limit, int span) {
        long position = from;
        int free = 0;
        for (int block = blocks.at(from); position < limit; ) {
            long state = blocks.state(block);
            if (QueueLayout.kind(state) == READY) {
                blocks.setState(block, 0); // begun by one that died
                state = 0;
            }
            int passed = state == 0 ? 1 : blocks.span(block);
            free = state == 0 ? free + 1 : 0;
            position += passed;
            block += passed;
            if (free == span) {
                return position - span;
            }
            if (block == blocks.count()) {
                block = 0;
                free = 0;
            }
        }
        return -1;
    }

    // receiving: the consumers' lock is held, but to see whether it is worth taking

    /** Whether there seems to be something to receive, or it is time to look who is dead. */
    boolean isWorthReceiving() {
        long now = clock.millis();
        return head() < tail() || due() <= now || isTimeToLook(now);
    }

    private boolean isTimeToLook(long now) {
        return now - lookedAt >= LOOK_MS;
    }

    /** Receives what there is, up to {@code max}; what died in others' hands first, then what is due, then what is ready. */
    List<Received> receive(int max, int maxAttempts) {
        becomeKnown(maxAttempts);
        long now = clock.millis();
        boolean looks = isTimeToLook(now);
        if (looks) {
            findDead(now, maxAttempts);
        }
        List<Received> received = new ArrayList<>(1);
        receiveDue(received, max, now);
        receiveReady(received, max);
        if (received.isEmpty() && !looks) {
            findDead(now, maxAttempts);
            receiveDue(received, max, now);
        }
        return received;
    }

    private void receiveDue(List<Received> received, int max, long now) {
        while (received.size() < max && due() <= now) {
            int block = nextDue(now);
            if (block >= 0) {
                received.add(take(block));
                buffer.putLong(QueueLayout.REDELIVERED_OFFSET, buffer.getLong(QueueLayout.REDELIVERED_OFFSET) + 1);
            }
        }
    }

    /** The block of a message that is due; if there is none negative, and `due` is right again. */
    private int nextDue(long now) {
        long earliest = NEVER;
        int block = searchFrom;
        for (int looked = 0; looked < blocks.count(); looked++) {
            block = block + 1 < blocks.count() ? block + 1 : 0;
            if (QueueLayout.kind(blocks.state(block)) == REDELIVERABLE) {
                long due = blocks.due(block);
                if (due <= now) {
                    searchFrom = block;
                    return block;
                }
                earliest = Math.min(earliest, due);
            }
        }
        setDue(earliest);
        return -1;
    }

    private void receiveReady(List<Received> received, int max) {
        long tail = tail();
        long head = head();
        long position = head;
        while (received.size() < max && position < tail) {
            int block = blocks.at(position);
            long state = blocks.state(block);
            position += state == 0 ? 1 : blocks.span(block);
            if (QueueLayout.kind(state) == READY) {
                received.add(take(block));
            }
        }
        if (position != head) {
            buffer.putLongRelease(QueueLayout.HEAD_OFFSET, position);
        }
    }

    private Received take(int block) {
        byte[] bytes = blocks.bytes(block);
        long state = QueueLayout.received(blocks.state(block), me);
        blocks.setState(block, state);
        return new Received(block, state, bytes);
    }

    // who has messages in work

    private long consumer(int ordinal) {
        return buffer.getLongAcquire(QueueLayout.consumerOffset(ordinal));
    }

    private void setConsumer(int ordinal, long owner) {
        buffer.putLongRelease(QueueLayout.consumerOffset(ordinal), owner);
    }

    private void becomeKnown(int maxAttempts) {
        int ordinal = MembersLayout.ordinal(me);
        long before = consumer(ordinal);
        if (before != me) {
            if (before != 0) {
                giveBackOf(before, maxAttempts); // my ordinal was its: it is dead
            }
            setConsumer(ordinal, me);
        }
    }

    private void findDead(long now, int maxAttempts) {
        for (int ordinal = 0; ordinal < members.capacity(); ordinal++) {
            long owner = consumer(ordinal);
            if (owner != 0 && owner != me && members.isDead(owner)) {
                giveBackOf(owner, maxAttempts);
                setConsumer(ordinal, 0);
            }
        }
        lookedAt = now;
    }

    /** They were due when they were received, and are so still. */
    private void giveBackOf(long owner, int maxAttempts) {
        setDue(0);
        for (int block = 0; block < blocks.count(); block++) {
            long state = blocks.state(block);
            if (QueueLayout.kind(state) == IN_WORK && QueueLayout.owner(state) == owner) {
                giveBack(block, state, maxAttempts);
            }
        }
    }

    // what becomes of a message in work

    /** @return whether it was still in work, as it was received; no lock is needed */
    boolean done(Received received) {
        return blocks.changeState(received.block(), received.state(), 0);
    }

    /** The same, for one that is to be redelivered; the consumers' lock is held. */
    boolean retry(Received received, long delayMs, int maxAttempts) {
        int block = received.block();
        if (blocks.state(block) != received.state()) {
            return false;
        }
        long now = clock.millis();
        long due = delayMs >= NEVER - now ? NEVER - 1 : now + delayMs;
        blocks.setDue(block, due);
        if (due < due()) {
            setDue(due);
        }
        return giveBack(block, received.state(), maxAttempts);
    }

    /** By compare-and-set: one that has left the cluster just now may be saying that it is done. */
    private boolean giveBack(int block, long inWork, int maxAttempts) {
        long state = QueueLayout.givenBack(inWork, maxAttempts);
        boolean given = blocks.changeState(block, inWork, state);
        if (given && QueueLayout.kind(state) == DEAD_LETTER) {
            LOG.warn(
                    "a message of {}, of {} bytes, is a dead letter now: it was received {} times and never done",
                    file.path(),
                    blocks.bytes(block).length,
                    QueueLayout.attempts(state));
        }
        return given;
    }

    // dead letters: the consumers' lock is held

    List<Dead> deadLetters(int max) {
        return IntStream.range(0, blocks.count())
                .filter(block -> QueueLayout.kind(blocks.state(block)) == DEAD_LETTER)
                .boxed()
                .sorted(Comparator.comparingLong(blocks::position))
                .limit(max)
                .map(block -> new Dead(
                        block, blocks.state(block), blocks.position(block), blocks.offered(block), blocks.bytes(block)))
                .toList();
    }

    /** @return whether it still was one */
    boolean requeue(Dead dead) {
        boolean still = isStill(dead);
        if (still) {
            requeue(dead.block());
        }
        return still;
    }

    private void requeue(int block) {
        blocks.setDue(block, 0);
        setDue(0);
        blocks.setState(block, QueueLayout.requeued());
    }

    /** @return whether it still was one */
    boolean remove(Dead dead) {
        return isStill(dead) && blocks.changeState(dead.block(), dead.state(), 0);
    }

    private boolean isStill(Dead dead) {
        return blocks.state(dead.block()) == dead.state() && blocks.position(dead.block()) == dead.position();
    }

    /** @return how many there were */
    int settleDeadLetters(boolean requeued) {
        int settled = 0;
        for (int block = 0; block < blocks.count(); block++) {
            if (QueueLayout.kind(blocks.state(block)) == DEAD_LETTER) {
                if (requeued) {
                    requeue(block);
                } else {
                    blocks.setState(block, 0);
                }
                settled++;
            }
        }
        return settled;
    }

    // the queue as a whole; no lock is needed

    int maxMessage() {
        return blocks.layout().maxMessage();
    }

    int count() {
        return blocks.count();
    }

    QueueStatistics statistics(long now) {
        long[] messages = new long[DEAD_LETTER + 1];
        long taken = 0;
        long oldest = now;
        for (int block = 0; block < blocks.count(); block++) {
            long state = blocks.state(block);
            int kind = QueueLayout.kind(state);
            if (state != 0 && (kind != READY || isCommitted(block))) {
                messages[kind]++;
                taken += blocks.spanIfPossible(block);
                long offered = blocks.offered(block);
                VarHandle.acquireFence();
                boolean counts = kind != DEAD_LETTER && blocks.state(block) == state;
                oldest = counts ? Math.min(oldest, offered) : oldest;
            }
        }
        return new QueueStatistics(
                messages[READY] + messages[REDELIVERABLE],
                messages[IN_WORK],
                messages[DEAD_LETTER],
                Duration.ofMillis(now - oldest),
                buffer.getLongAcquire(QueueLayout.REDELIVERED_OFFSET),
                taken * QueueLayout.BLOCK_LENGTH,
                (long) blocks.count() * QueueLayout.BLOCK_LENGTH);
    }

    /** Of what is ready: whether it lies before the tail. */
    private boolean isCommitted(int block) {
        long head = head();
        return head + Math.floorMod(block - head, blocks.count()) < tail();
    }

    /** Throws {@link AssertionError} if an invariant doesn't hold; for tests, with nobody inside. */
    void checkInvariants() {
        require(head() <= tail() && tail() <= head() + blocks.count(), "head " + head() + " and tail " + tail());
        for (int block = 0; block < blocks.count(); ) {
            long state = blocks.state(block);
            int kind = QueueLayout.kind(state);
            if (state == 0) {
                block++;
                continue;
            }
            String what = "state " + Long.toHexString(state) + " of block " + block;
            boolean committed = kind != READY || isCommitted(block);
            require(kind >= READY && kind <= DEAD_LETTER && blocks.isWhole(block), what);
            require(kind != READY || !committed || blocks.position(block) >= head(), what + " before the head");
            require(kind != REDELIVERABLE || blocks.due(block) >= due(), what + " is due before " + due());
            if (kind == IN_WORK) {
                long owner = QueueLayout.owner(state);
                int ordinal = MembersLayout.ordinal(owner);
                require(consumer(ordinal) == owner, what + ": its consumer isn't known");
            }
            int end = committed ? block + blocks.span(block) : block + 1;
            for (block++; block < end; block++) {
                require(blocks.state(block) == 0, "state of block " + block + ", in the middle of a message");
            }
        }
    }

    private void require(boolean right, String what) {
        if (!right) {
            throw new AssertionError(file.path() + ": " + what);
        }
    }
}
