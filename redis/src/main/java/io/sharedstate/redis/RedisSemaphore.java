package io.sharedstate.redis;

import io.sharedstate.Member;
import io.sharedstate.SemaphoreStatus;
import io.sharedstate.SemaphoreStatus.Holder;
import io.sharedstate.SharedSemaphore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/*
 * A semaphore: a hash of how many permits each owner has, live or dead, and a script that counts them before it gives more. Only who finds too few
 * asks who is dead, and gives the script those owners to forget: an owner that is dead once is dead for ever. In each process one thread
 * at a time waits for permits, the others for that one.
 */
final class RedisSemaphore implements SharedSemaphore {

    /** As on other engines. */
    static final int MOST_PERMITS = (1 << 24) - 1;
    /** A part: how many permits each owner has. */
    static final String HELD = "held";

    private static final Script<List<Object>> TAKE = Script.list("semaphore-take");
    private static final Script<Long> RELEASE = Script.number("semaphore-release");
    private static final Script<Long> SETTLE = Script.number("semaphore-settle");
    private static final Script<List<Object>> STATUS = Script.list("semaphore-status");

    private static final long FOREVER = Long.MAX_VALUE;
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Thing thing;
    private final int permits;
    private final Membership members;
    private final Wakeups wakeups;
    private final Replicas replicas;
    private final OwnPermits own;
    private final ReentrantLock gate = new ReentrantLock(true);

    RedisSemaphore(Thing thing, int permits, Membership members, Wakeups wakeups, Replicas replicas, OwnPermits own) {
        this.thing = thing;
        this.permits = permits;
        this.members = members;
        this.wakeups = wakeups;
        this.replicas = replicas;
        this.own = own;
    }

    static Map<String, String> fields(String name, int permits) {
        if (permits < 1 || permits > MOST_PERMITS) {
            throw new IllegalArgumentException(
                    "semaphore '" + name + "' of " + permits + " permits: expected 1 to " + MOST_PERMITS);
        }
        return Map.of("permits", Integer.toString(permits));
    }

    Thing thing() {
        return thing;
    }

    @Override
    public String name() {
        return thing.name();
    }

    @Override
    public int permits() {
        return permits;
    }

    // acquiring

    @Override
    public void acquire(int wanted) throws InterruptedException {
        acquire(wanted, FOREVER);
    }

    @Override
    public boolean tryAcquire(int wanted, Duration timeout) throws InterruptedException {
        return acquire(wanted, TimeUnit.NANOSECONDS.convert(timeout));
    }

    @Override
    public boolean tryAcquire(int wanted) {
        requireWithin("asked for", wanted, permits, ", which is all");
        return take(wanted);
    }

    private boolean acquire(int wanted, long timeout) throws InterruptedException {
        requireWithin("asked for", wanted, permits, ", which is all");
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        long start = System.nanoTime();
        if (!gate.isLocked() && take(wanted)) {
            return true;
        }
        if (timeout - (System.nanoTime() - start) <= 0) {
            return false;
        }
        Waiting waiting = new Waiting(thing, members, wakeups);
        try {
            if (!gate.tryLock(timeout, TimeUnit.NANOSECONDS)) {
                return false;
            }
            try {
                return await(wanted, start, timeout, waiting);
            } finally {
                gate.unlock();
            }
        } finally {
            waiting.end(false);
        }
    }

    private boolean await(int wanted, long start, long timeout, Waiting waiting) throws InterruptedException {
        while (!take(wanted)) {
            long left = timeout - (System.nanoTime() - start);
            if (left <= 0) {
                return false;
            }
            waiting.sleep(Math.min(LOOK_NS, left));
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
        return true;
    }

    private boolean take(int wanted) {
        List<String> answer = take(wanted, List.of());
        if (!isTaken(answer)) {
            List<String> dead = new ArrayList<>(answer.subList(1, answer.size()));
            dead.removeAll(members.owners().keySet());
            if (!dead.isEmpty()) {
                answer = take(wanted, dead);
            }
        }
        return isTaken(answer);
    }

    private static boolean isTaken(List<String> answer) {
        return answer.get(0).equals("1");
    }

    private List<String> take(int wanted, List<String> dead) {
        String me = members.owner();
        List<byte[]> arguments = new ArrayList<>(List.of(Bytes.of(me), Bytes.of(wanted), Bytes.of(permits)));
        dead.forEach(owner -> arguments.add(Bytes.of(owner)));
        return own.call(() -> {
            List<String> answer = Bytes.texts(replicas.take(
                    thing, TAKE, thing.keys(HELD), () -> giveBack(me, wanted), arguments.toArray(byte[][]::new)));
            if (isTaken(answer)) {
                own.add(me, wanted);
            }
            return answer;
        });
    }

    // releasing

    /**
     * Also once closed: the member leaves when nothing is in use any more. What failed on its way is done later, by {@link #settleIfInDoubt()}.
     */
    @Override
    public void release(int released) {
        requireWithin("given back", released, Integer.MAX_VALUE, "");
        String me = members.owner();
        long held = own.call(() -> {
            try {
                long had = giveBack(me, released);
                if (had >= released) {
                    own.add(me, -released);
                }
                return had;
            } catch (ServerUnavailableException e) {
                own.add(me, -released);
                throw e;
            }
        });
        if (held < released) {
            throw new IllegalStateException("semaphore '" + name() + "' was given back " + released
                    + " permits, of which this process holds " + held);
        }
    }

    /** Returns how many there were. */
    private long giveBack(String me, int some) {
        Long held = thing.runAsItIs(
                RELEASE, thing.keys(HELD, Waiting.WAITERS), Bytes.of(me), Bytes.of(some), wakeups.channel());
        return held == null ? 0 : held;
    }

    /** After a call that failed on its way. */
    void settleIfInDoubt() {
        own.settleIfInDoubt(
                members.owner(),
                (me, count) -> thing.runAsItIs(
                        SETTLE, thing.keys(HELD, Waiting.WAITERS), Bytes.of(me), Bytes.of(count), wakeups.channel()));
    }

    private void requireWithin(String what, int number, int most, String remark) {
        if (number < 1 || number > most) {
            throw new IllegalArgumentException("semaphore '" + name() + "' was " + what + " " + number
                    + " permits, expected 1 to " + most + remark);
        }
    }

    // looking

    /** How many permits this process has. */
    long own() {
        return Bytes.number(thing.field(HELD, Bytes.of(members.owner())), 0);
    }

    @Override
    public int availablePermits() {
        return Math.max(0, permits - status().inUse());
    }

    @Override
    public SemaphoreStatus status() {
        List<Object> answer = thing.run(STATUS, thing.keys(HELD, Waiting.WAITERS));
        List<String> held = Bytes.texts((List<?>) answer.get(1));
        List<String> waiting = Bytes.texts((List<?>) answer.get(2));
        List<Holder> holders = new ArrayList<>();
        int inUse = 0;
        int waiters = 0;
        for (Map.Entry<String, Member> alive : members.owners().entrySet()) {
            int has = count(held, alive.getKey());
            if (has > 0) {
                holders.add(new Holder(alive.getValue(), has));
                inUse += has;
            }
            waiters += count(waiting, alive.getKey());
        }
        return new SemaphoreStatus(name(), (int) Bytes.number(answer.get(0)), inUse, waiters, holders);
    }

    private static int count(List<String> pairs, String owner) {
        int at = pairs.indexOf(owner);
        return at < 0 ? 0 : Integer.parseInt(pairs.get(at + 1));
    }

    @Override
    public String toString() {
        return "SharedSemaphore '" + name() + "' of " + permits + " permits";
    }
}
