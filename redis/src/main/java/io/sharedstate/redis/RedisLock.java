package io.sharedstate.redis;

import io.sharedstate.Lease;
import io.sharedstate.LockLostException;
import io.sharedstate.LockStatus;
import io.sharedstate.LockStatus.Holder;
import io.sharedstate.Member;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedStateEvent.LockAbandoned;
import io.sharedstate.engine.Events;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * A lock between processes: a gate in each process that lets one thread at a time deal with the server, and there the fields `owner`, `next`
 * (a reservation), `token` and `abandoned` of the hash of a thing.
 *
 * Acquiring is one script: free, and reserved by nobody else, the lock is mine, with a higher token. Held, the script says by whom. Who
 * finds that one dead runs the script again with that owner's word, which takes the lock if it still is his (a compare-and-set), and so for who
 * has reserved it. An attempt asks nobody who is dead: it knows what the member has heard when it was renewed last, and finds a holder that has died since one
 * renewal later.
 * Who waits is told when the lock is given back, and looks by himself ten times a second, also whether the owner is alive. After
 * patience (5 ms) it reserves the next turn, so that it isn't starved by those who are faster.
 *
 * Invariants:
 * - The token rises with each acquisition, before lock() returns.
 * - abandoned is 1 from before lock() returns to who found a dead owner, until a holder says that all is well.
 * - The gate is passed before the lock is taken and opened after it is given back.
 *
 * What isn't an invariant: that the holder still owns the lock. It does as long as its member lives. When it was taken for dead, each use says
 * LockLostException, and unlocking opens the gate.
 *
 * A call that fails on its way leaves open whether the server has carried it out. The lock is then in doubt: if nobody of this process takes it,
 * it is given back as soon as the server can be reached again.
 */
final class RedisLock implements SharedLock {

    private static final Logger LOG = LoggerFactory.getLogger(SharedLock.class);

    static final Map<String, String> FIELDS = Map.of("owner", "");
    private static final Script<List<Object>> TAKE = Script.list("lock-take");
    private static final Script<Long> RELEASE = Script.number("lock-release");
    private static final Script<Long> CONSISTENT = Script.number("lock-consistent");
    private static final Script<List<Object>> STATUS = Script.list("lock-status");

    private static final long FOREVER = Long.MAX_VALUE;
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long PATIENCE_NS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final int THREAD_LENGTH = 32;

    /** What the script that takes a lock says. */
    private record Answer(boolean taken, String owner, long token, boolean abandoned, boolean fromDead) {

        static Answer of(String me, List<String> said) {
            return said.get(0).equals("1")
                    ? new Answer(
                            true,
                            me,
                            Long.parseLong(said.get(1)),
                            said.get(2).equals("1"),
                            said.get(3).equals("1"))
                    : new Answer(false, said.get(1), 0, false, false);
        }
    }

    private final Thing thing;
    private final Membership members;
    private final Wakeups wakeups;
    private final Events events;
    private final Replicas replicas;
    private final ReentrantLock gate = new ReentrantLock();
    private volatile @Nullable Runnable repair;
    /** The acquisition of who has passed the gate, if there is one; written with the gate held. */
    private volatile @Nullable Answer held;
    /** Guarded by the gate. */
    private int holds;

    private volatile boolean abandoned;
    private volatile boolean inDoubt;

    RedisLock(Thing thing, Membership members, Wakeups wakeups, Events events, Replicas replicas) {
        this.thing = thing;
        this.members = members;
        this.wakeups = wakeups;
        this.events = events;
        this.replicas = replicas;
    }

    Thing thing() {
        return thing;
    }

    @Override
    public String name() {
        return thing.name();
    }

    // locking

    @Override
    public void lock() {
        try {
            lock(FOREVER, false);
        } catch (InterruptedException e) {
            throw new AssertionError("not interruptible", e);
        }
    }

    @Override
    public void lockInterruptibly() throws InterruptedException {
        lock(FOREVER, true);
    }

    @Override
    public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
        return lock(unit.toNanos(time), true);
    }

    @Override
    public boolean tryLock() {
        if (!gate.tryLock()) {
            return false;
        }
        boolean locked = false;
        try {
            locked = reenter() || takeAtOnce(System.nanoTime(), members::wasDead);
        } finally {
            openGateUnless(locked);
        }
        return locked;
    }

    @Override
    public Lease acquire() {
        lock();
        return new Held();
    }

    @Override
    public Optional<Lease> tryAcquire(Duration timeout) throws InterruptedException {
        return tryLock(TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS)
                ? Optional.of(new Held())
                : Optional.empty();
    }

    private boolean lock(long timeout, boolean interruptible) throws InterruptedException {
        if (interruptible && Thread.interrupted()) {
            throw new InterruptedException();
        }
        long start = System.nanoTime();
        if (!gate.tryLock() && !passGate(timeout, interruptible)) {
            return false;
        }
        boolean locked = false;
        try {
            locked = reenter() || enter(start, timeout, interruptible);
        } finally {
            openGateUnless(locked);
        }
        return locked;
    }

    /** Who waits here for long is counted at the server, where all can see it. */
    private boolean passGate(long timeout, boolean interruptible) throws InterruptedException {
        boolean interrupted = false;
        try {
            long patience = Math.min(PATIENCE_NS, timeout);
            try {
                if (gate.tryLock(patience, TimeUnit.NANOSECONDS)) {
                    return true;
                }
            } catch (InterruptedException e) {
                if (interruptible) {
                    throw e;
                }
                interrupted = true;
            }
            if (timeout <= patience) {
                return false;
            }
            Waiting waiting = new Waiting(thing, members, wakeups);
            try {
                if (interruptible) {
                    return gate.tryLock(timeout - patience, TimeUnit.NANOSECONDS);
                }
                gate.lock();
                return true;
            } finally {
                waiting.end(false);
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean reenter() {
        if (holds == 0) {
            return false;
        }
        requireStillHeld();
        holds++;
        return true;
    }

    private void openGateUnless(boolean locked) {
        if (!locked) {
            if (gate.getHoldCount() == 1) {
                holds = 0;
            }
            gate.unlock();
        }
    }

    /** With the gate held: becomes the owner, within {@code timeout} nanoseconds from {@code start} on. */
    private boolean enter(long start, long timeout, boolean interruptible) throws InterruptedException {
        if (takeAtOnce(start, members::wasDead)) {
            return true;
        }
        if (timeout - (System.nanoTime() - start) <= 0) {
            return false;
        }
        boolean locked = false;
        boolean interrupted = false;
        Waiting waiting = new Waiting(thing, members, wakeups);
        try {
            while (true) {
                if (takeAtOnce(start, owner -> !members.isAlive(owner))) {
                    locked = true;
                    break;
                }
                long left = timeout - (System.nanoTime() - start);
                if (left <= 0) {
                    break;
                }
                waiting.sleep(Math.min(LOOK_NS, left));
                if (Thread.interrupted()) {
                    if (interruptible) {
                        throw new InterruptedException();
                    }
                    interrupted = true;
                }
            }
        } finally {
            waiting.end(!locked);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        return locked;
    }

    /** With the gate held: becomes the owner if that takes no waiting. Who has it may be dead, and who has reserved the next turn, too. */
    private boolean takeAtOnce(long start, Predicate<String> isDead) {
        Answer answer = take("", start);
        while (!answer.taken() && isDead.test(answer.owner())) {
            answer = take(answer.owner(), start);
        }
        return answer.taken();
    }

    private Answer take(String dead, long start) {
        String me = members.owner();
        long waited = System.nanoTime() - start;
        inDoubt = true;
        Answer answer = Answer.of(
                me,
                Bytes.texts(replicas.take(
                        thing,
                        TAKE,
                        thing.keys(),
                        this::giveBack,
                        Bytes.of(me),
                        Bytes.of(dead),
                        Bytes.of(waited > PATIENCE_NS ? "1" : ""),
                        thread(),
                        Bytes.of(TimeUnit.NANOSECONDS.toMicros(waited > PATIENCE_NS ? waited : 0)))));
        inDoubt = false;
        if (answer.taken()) {
            held = answer;
            abandoned = answer.abandoned();
            holds = 1;
            if (answer.abandoned()) {
                foundAbandoned(answer);
            }
        }
        return answer;
    }

    /** In ASCII, not longer than it is on other engines. */
    private static byte[] thread() {
        String name = Thread.currentThread().getName();
        byte[] ascii = new byte[Math.min(name.length(), THREAD_LENGTH)];
        for (int i = 0; i < ascii.length; i++) {
            char c = name.charAt(i);
            ascii[i] = (byte) (c >= ' ' && c < 127 ? c : '?');
        }
        return ascii;
    }

    private void foundAbandoned(Answer answer) {
        Runnable registered = repair;
        boolean repaired = false;
        try {
            if (registered != null) {
                registered.run();
                markConsistent();
                repaired = true;
            } else if (answer.fromDead()) {
                LOG.warn(
                        "lock '{}' was taken over from a holder that died, and no repair is registered: what it guards may"
                                + " be half changed; register one with onAbandoned, or call markConsistent (fencing token {})",
                        name(),
                        answer.token());
            }
        } finally {
            if (registered != null && !repaired) {
                holds = 0;
                release(answer);
            }
            if (answer.fromDead()) {
                events.publish(new LockAbandoned(name(), answer.token(), repaired));
            }
        }
    }

    @Override
    public void unlock() {
        Answer mine = requireHeld();
        if (holds > 1) {
            holds--;
            gate.unlock();
            return;
        }
        holds = 0;
        try {
            if (!release(mine)) {
                throw lost();
            }
            members.requireStill(mine.owner(), name());
        } finally {
            gate.unlock();
        }
    }

    private boolean release(Answer mine) {
        held = null;
        inDoubt = true;
        boolean released = isOne(thing.runAsItIs(
                RELEASE,
                thing.keys(Waiting.WAITERS),
                Bytes.of(mine.owner()),
                Bytes.of(mine.token()),
                wakeups.channel()));
        inDoubt = false;
        return released;
    }

    private static boolean isOne(@Nullable Long answer) {
        return answer != null && answer == 1;
    }

    /** Gives back what nobody knows to have, when a call has failed on its way. */
    void releaseIfInDoubt() {
        if (inDoubt && gate.tryLock()) {
            try {
                if (holds == 0) {
                    giveBack();
                }
            } finally {
                gate.unlock();
            }
        }
    }

    private void giveBack() {
        thing.runAsItIs(
                RELEASE, thing.keys(Waiting.WAITERS), Bytes.of(members.owner()), Bytes.of(""), wakeups.channel());
        inDoubt = false;
    }

    // what a holder may ask

    @Override
    public boolean isHeldByCurrentThread() {
        return gate.isHeldByCurrentThread() && holds > 0;
    }

    private Answer requireHeld() {
        if (!isHeldByCurrentThread()) {
            throw new IllegalMonitorStateException("lock '" + name() + "' is not held by thread "
                    + Thread.currentThread().getName());
        }
        return Objects.requireNonNull(held);
    }

    private Answer requireStillHeld() {
        Answer mine = requireHeld();
        members.requireStill(mine.owner(), name());
        return mine;
    }

    private LockLostException lost() {
        return new LockLostException("lock '" + name()
                + "' is lost: the server doesn't know any more that it was held; what was done under it may have met what"
                + " others did");
    }

    /** Whether this process has it, or believes so, though it was taken for dead. */
    boolean isLost() {
        Answer mine = held;
        return mine != null && !mine.owner().equals(members.owner());
    }

    /** Who this process is as the holder. */
    String owner() {
        return requireStillHeld().owner();
    }

    @Override
    public long fencingToken() {
        return requireStillHeld().token();
    }

    @Override
    public boolean wasAbandoned() {
        requireStillHeld();
        return abandoned;
    }

    @Override
    public void markConsistent() {
        Answer mine = requireStillHeld();
        if (!isOne(thing.runAsItIs(CONSISTENT, thing.keys(), Bytes.of(mine.owner()), Bytes.of(mine.token())))) {
            throw lost();
        }
        abandoned = false;
    }

    @Override
    public void onAbandoned(Runnable repair) {
        this.repair = repair;
    }

    @Override
    public LockStatus status() {
        List<String> status = Bytes.texts(thing.run(STATUS, thing.keys(Waiting.WAITERS)));
        Map<String, Member> alive = members.owners();
        int waiters = 0;
        for (int i = 8; i < status.size(); i += 2) {
            waiters += alive.containsKey(status.get(i)) ? Integer.parseInt(status.get(i + 1)) : 0;
        }
        String owner = status.get(0);
        Member member = alive.get(owner);
        Holder holder = owner.isEmpty()
                ? null
                : new Holder(member, member != null, status.get(1), Duration.ofMillis(Long.parseLong(status.get(2))));
        boolean dead = holder != null && member == null;
        return new LockStatus(
                name(),
                holder,
                number(status.get(3)),
                waiters,
                dead || status.get(4).equals("1"),
                number(status.get(5)),
                Duration.of(number(status.get(6)), java.time.temporal.ChronoUnit.MICROS),
                number(status.get(7)));
    }

    private static long number(String written) {
        return written.isEmpty() ? 0 : Long.parseLong(written);
    }

    /**
     * Waits until no thread of this process is inside, given that none can enter any more.
     *
     * @return whether that was so within {@code timeout} nanoseconds
     */
    boolean awaitFree(long timeout) {
        boolean interrupted = Thread.interrupted();
        long deadline = System.nanoTime() + timeout;
        try {
            while (true) {
                try {
                    if (!gate.tryLock(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                        return false;
                    }
                    gate.unlock();
                    return true;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public String toString() {
        return "SharedLock '" + name() + "'";
    }

    private final class Held implements Lease {

        /** Of one that may be lost by now: using it says so, and closing it opens the gate. */
        private final long token = requireHeld().token();

        private boolean closed;

        @Override
        public long fencingToken() {
            requireStillHeld();
            return token;
        }

        @Override
        public boolean wasAbandoned() {
            return RedisLock.this.wasAbandoned();
        }

        @Override
        public void markConsistent() {
            RedisLock.this.markConsistent();
        }

        @Override
        public void close() {
            if (!closed) {
                requireHeld();
                closed = true;
                unlock();
            }
        }
    }
}
