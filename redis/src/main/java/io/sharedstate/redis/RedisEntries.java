package io.sharedstate.redis;

import io.sharedstate.LockLostException;
import io.sharedstate.MapFullException;
import io.sharedstate.MapStatistics;
import io.sharedstate.NoSpaceException;
import io.sharedstate.SharedStateException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * A map as bytes. Each entry is a key with a time to live of its own, so that reading it is a plain GET. A sorted set has all keys in the order of
 * their bytes, by which iterators go on from where they were; another has when which expire. What has expired stays in both until somebody comes
 * across it.
 *
 * Changes are one script. Only who computes, by a function that is called once, claims the entry before, in a hash of claims: others who want
 * to change it wait, or find that the claim's owner is dead and take it over by compare-and-set. A claim is ORDINAL:INCARNATION:NUMBER.
 */
final class RedisEntries {

    private static final Logger LOG = LoggerFactory.getLogger(RedisEntries.class);

    /** A part: the keys, in the order of their bytes. */
    static final String INDEX = "index";
    /** A part: when entries expire, by their keys. */
    static final String EXPIRIES = "expiries";
    /** A part: who computes which. */
    static final String CLAIMS = "claims";
    /** What the keys of entries begin with. */
    private static final String ENTRY = "entry:";

    static final String[] PARTS = {INDEX, EXPIRIES, CLAIMS, Waiting.WAITERS, ENTRY};

    private static final Script<List<Object>> CHANGE = Script.list("map-change");
    private static final Script<List<Object>> CLAIM = Script.list("map-claim");
    private static final Script<Long> RELEASE = Script.number("map-release");
    private static final Script<Long> TOUCH = Script.number("map-touch");
    private static final Script<List<Object>> PAGE = Script.list("map-page");
    private static final Script<Long> EVICT_EXPIRED = Script.number("map-evict-expired");
    private static final Script<List<Object>> CLEAR = Script.list("map-clear");
    private static final Script<Long> SIZE = Script.number("map-size");
    private static final Script<List<Object>> COUNT = Script.list("map-count");
    private static final Script<Long> REMOVE = Script.number("map-remove");

    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int SHOWN = 50;

    /** How many the script evicts at once. */
    private static final int EVICTED_AT_ONCE = 1000;

    private static final String FROM_THE_FIRST = "-";

    /** What the scripts say. */
    private static final String CHANGED = "1";

    private static final String CLAIMED = "2";
    private static final String CLAIM_LOST = "3";

    /** When an entry is changed, in the words of the script. */
    enum If {
        ANY(""),
        ABSENT("NX"),
        PRESENT("XX"),
        SAME("SAME");

        private final String word;

        If(String word) {
            this.word = word;
        }
    }

    /** What becomes of an entry, and when: null bytes remove it; null for a time to live is for ever. */
    @SuppressWarnings("ArrayRecordComponent")
    record Change(If when, byte @Nullable [] same, @Nullable Long ttlMs, byte @Nullable [] bytes) {

        static Change put(If when, @Nullable Long ttlMs, byte[] bytes) {
            return new Change(when, null, ttlMs, bytes);
        }

        static final Change REMOVE = new Change(If.ANY, null, null, null);
    }

    /** Whether it was changed, and what was there before. */
    @SuppressWarnings("ArrayRecordComponent")
    record Changed(boolean done, byte @Nullable [] before) {}

    /** What a function makes of an entry, and what the caller gets. */
    record Computed<R>(Change change, @Nullable R result) {}

    /** Some entries, and after which to go on, or '' if these are the last. Values are there if they were asked for. */
    @SuppressWarnings("ArrayRecordComponent")
    record Page(byte[] next, List<Encoded> entries) {

        boolean isLast() {
            return next.length == 0;
        }
    }

    @SuppressWarnings("ArrayRecordComponent")
    record Encoded(byte[] key, byte @Nullable [] value) {}

    private final Thing thing;
    private final Server server;
    private final Membership members;
    private final Wakeups wakeups;
    private final byte[] prefix;

    private final AtomicLong claims = new AtomicLong();
    /** Threads that are in a function of this map. */
    private final Set<Thread> computing = ConcurrentHashMap.newKeySet();
    /** Releases that may not have reached the server. */
    private final Queue<byte[][]> inDoubt = new ConcurrentLinkedQueue<>();

    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();

    RedisEntries(Thing thing, Server server, Membership members, Wakeups wakeups) {
        this.thing = thing;
        this.server = server;
        this.members = members;
        this.wakeups = wakeups;
        this.prefix = thing.part(ENTRY);
    }

    static Map<String, String> fields(String keys, String values) {
        return Map.of("keys", keys, "format", values, "hits", "0", "misses", "0", "expirations", "0");
    }

    Thing thing() {
        return thing;
    }

    private byte[] at(byte[] key) {
        byte[] at = new byte[prefix.length + key.length];
        System.arraycopy(prefix, 0, at, 0, prefix.length);
        System.arraycopy(key, 0, at, prefix.length, key.length);
        return at;
    }

    private List<byte[]> keys(byte[] key, String... parts) {
        List<byte[]> keys = thing.keys(parts);
        keys.add(at(key));
        return keys;
    }

    // reading

    byte @Nullable [] get(byte[] key) {
        members.requireOpen();
        byte[] at = at(key);
        return server.call(commands -> commands.get(at));
    }

    boolean contains(byte[] key) {
        members.requireOpen();
        byte[] at = at(key);
        return Objects.equals(server.call(commands -> commands.exists(at)), 1L);
    }

    /** How many ms the entry still lives; less than 0 if there is none, or it lives for ever. */
    long ttlMs(byte[] key) {
        members.requireOpen();
        byte[] at = at(key);
        Long ttl = server.call(commands -> commands.pttl(at));
        return ttl == null ? -1 : ttl;
    }

    long size() {
        members.requireOpen();
        Long size = server.run(SIZE, List.of(thing.part(INDEX), thing.part(EXPIRIES)));
        return size == null ? 0 : Math.max(0, size);
    }

    Page first(boolean values) {
        return page(Bytes.of(FROM_THE_FIRST), values);
    }

    Page after(Page page, boolean values) {
        return page(page.next(), values);
    }

    private Page page(byte[] from, boolean values) {
        members.requireOpen();
        List<Object> answer = Objects.requireNonNull(
                server.run(PAGE, thing.keys(INDEX, EXPIRIES), prefix, from, Bytes.of(values ? "1" : "")));
        List<Encoded> entries = new ArrayList<>();
        int step = values ? 2 : 1;
        for (int i = 1; i < answer.size(); i += step) {
            entries.add(new Encoded((byte[]) answer.get(i), values ? (byte[]) answer.get(i + 1) : null));
        }
        return new Page((byte[]) answer.get(0), entries);
    }

    // changing

    /** Changes an entry in one step; waits until nobody else computes it. */
    Changed change(byte[] key, Change change) {
        requireNotComputing();
        List<Object> answer = awaiting(found -> run(key, change, "", found));
        return new Changed(
                Bytes.text(answer.get(0)).equals(CHANGED), answer.size() > 1 ? (byte[]) answer.get(1) : null);
    }

    private List<Object> run(byte[] key, Change change, String claim, String dead) {
        List<byte[]> arguments = new ArrayList<>(List.of(
                key,
                Bytes.of(claim),
                Bytes.of(dead),
                wakeups.channel(),
                Bytes.of(change.when().word),
                change.same() == null ? Bytes.of("") : change.same()));
        if (change.bytes() != null) {
            arguments.add(change.bytes());
            arguments.add(Bytes.of("GET"));
            if (change.ttlMs() != null) {
                arguments.add(Bytes.of("PX"));
                arguments.add(Bytes.of(change.ttlMs()));
            }
            if (change.when() == If.ABSENT || change.when() == If.PRESENT) {
                arguments.add(Bytes.of(change.when().word));
            }
        }
        List<byte[]> keys = keys(key, INDEX, EXPIRIES, CLAIMS);
        keys.add(thing.part(Waiting.WAITERS));
        return requiringSpace(() -> thing.run(CHANGE, keys, arguments.toArray(byte[][]::new)));
    }

    private static byte[] lives(@Nullable Long ttlMs) {
        return ttlMs == null ? Bytes.of("") : Bytes.of(ttlMs);
    }

    boolean touch(byte[] key, @Nullable Long ttlMs) {
        requireNotComputing();
        members.requireOpen();
        List<byte[]> keys = List.of(thing.part(EXPIRIES), at(key));
        return Objects.equals(requiringSpace(() -> server.run(TOUCH, keys, key, lives(ttlMs))), 1L);
    }

    /** Claims an entry, calls a function once with what is there, and does with the entry what that says. */
    <R> @Nullable R compute(byte[] key, Function<byte @Nullable [], Computed<R>> function) {
        requireNotComputing();
        String claim = members.owner() + ":" + claims.incrementAndGet();
        boolean finished = false;
        try {
            List<Object> answer = awaiting(dead ->
                    requiringSpace(() -> thing.run(CLAIM, keys(key, CLAIMS), key, Bytes.of(claim), Bytes.of(dead))));
            Computed<R> computed = function.apply(answer.size() > 1 ? (byte[]) answer.get(1) : null);
            finished = commit(key, computed.change(), claim);
            return computed.result();
        } finally {
            if (!finished) {
                release(key, Bytes.of(claim));
            }
        }
    }

    /** Calls what the user has given, which may read this map but not change it. */
    <R> R computing(Supplier<R> function) {
        Thread me = Thread.currentThread();
        computing.add(me);
        try {
            return function.get();
        } finally {
            computing.remove(me);
        }
    }

    private boolean commit(byte[] key, Change change, String claim) {
        String answer = Bytes.text(run(key, change, claim, "").get(0));
        if (answer.equals(CLAIM_LOST)) {
            throw new LockLostException("map '" + thing.name() + "': what was computed for key " + shown(key)
                    + " was not put, as it was another's turn by then: this process was taken for dead meanwhile, or the map"
                    + " was removed, or the server has lost its memory");
        }
        return true;
    }

    private void release(byte[] key, byte[] claim) {
        try {
            thing.runAsItIs(RELEASE, thing.keys(CLAIMS, Waiting.WAITERS), key, claim, wakeups.channel());
        } catch (SharedStateException e) {
            inDoubt.add(new byte[][] {key, claim});
        }
    }

    /** From time to time: gives up what couldn't be given up before, and adds what was counted. */
    void poll() {
        releaseIfInDoubt();
        flushCounts();
    }

    private void releaseIfInDoubt() {
        for (int i = inDoubt.size(); i > 0; i--) {
            byte[][] each = inDoubt.poll();
            if (each != null) {
                release(each[0], each[1]);
            }
        }
    }

    /** Tries, with a claim whose owner is dead or '', until nobody else has a claim on the entry. */
    private List<Object> awaiting(Function<String, List<Object>> attempt) {
        List<Object> answer = attempt.apply("");
        if (!isClaimed(answer)) {
            return answer;
        }
        boolean interrupted = false;
        Waiting waiting = new Waiting(thing, members, wakeups);
        try {
            while (true) {
                String claim = Bytes.text(answer.get(1));
                boolean alive = members.isAlive(claim.substring(0, claim.lastIndexOf(':')));
                answer = attempt.apply(alive ? "" : claim);
                if (!isClaimed(answer)) {
                    return answer;
                }
                if (alive) {
                    waiting.sleep(LOOK_NS);
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            waiting.end(false);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static boolean isClaimed(List<Object> answer) {
        return Bytes.text(answer.get(0)).equals(CLAIMED);
    }

    void requireNotComputing() {
        if (!computing.isEmpty() && computing.contains(Thread.currentThread())) {
            throw new IllegalStateException("map '" + thing.name()
                    + "' can't be changed by a function that one of its own methods (compute, merge, ...) has called: it"
                    + " could wait for itself; return the new value, or change the map afterwards");
        }
    }

    private <R> R requiringSpace(Supplier<R> change) {
        try {
            return change.get();
        } catch (NoSpaceException e) {
            MapFullException full = new MapFullException("map '" + thing.name() + "' is full: " + e.getMessage());
            full.initCause(e);
            throw full;
        }
    }

    private static String shown(byte[] key) {
        String shown = "0x" + HexFormat.of().formatHex(key);
        return shown.length() <= SHOWN ? shown : shown.substring(0, SHOWN) + "...";
    }

    // all entries

    long evictExpired() {
        requireNotComputing();
        members.requireOpen();
        long all = 0;
        long some;
        do {
            Long evicted = server.run(EVICT_EXPIRED, thing.keys(INDEX, EXPIRIES));
            some = evicted == null ? 0 : evicted;
            all += some;
        } while (some == EVICTED_AT_ONCE);
        return all;
    }

    void clear() {
        requireNotComputing();
        members.requireOpen();
        removeAll(computed -> change(computed, Change.REMOVE));
    }

    private void removeAll(Consumer<byte[]> ifComputed) {
        byte[] from = Bytes.of(FROM_THE_FIRST);
        do {
            List<Object> answer =
                    Objects.requireNonNull(server.run(CLEAR, thing.keys(INDEX, EXPIRIES, CLAIMS), prefix, from));
            answer.subList(1, answer.size()).forEach(key -> ifComputed.accept((byte[]) key));
            from = (byte[]) answer.get(0);
        } while (from.length > 0);
    }

    /** Removes the map: its entries some at a time, then what is left at once. */
    boolean remove() {
        requireNotComputing();
        removeAll(computed -> {});
        return Objects.equals(server.run(REMOVE, thing.keys(INDEX, EXPIRIES, CLAIMS, Waiting.WAITERS), prefix), 1L);
    }

    // statistics

    void count(boolean hit) {
        (hit ? hits : misses).increment();
    }

    private void flushCounts() {
        long hit = hits.sumThenReset();
        long missed = misses.sumThenReset();
        if (hit != 0 || missed != 0) {
            try {
                count(hit, missed);
            } catch (SharedStateException e) {
                LOG.debug("reads of map '{}' will be counted later", thing.name(), e);
            }
        }
    }

    private @Nullable List<Object> count(long hit, long missed) {
        try {
            return thing.runAsItIs(COUNT, thing.keys(INDEX), Bytes.of(hit), Bytes.of(missed));
        } catch (SharedStateException e) {
            hits.add(hit);
            misses.add(missed);
            throw e;
        }
    }

    MapStatistics statistics() {
        members.requireOpen();
        List<Object> answer = count(hits.sumThenReset(), misses.sumThenReset());
        if (answer == null || answer.size() < 4) {
            return new MapStatistics(0, 0, 0, 0, 0, 0, 0, 0);
        }
        return new MapStatistics(
                Bytes.number(answer.get(0)),
                0,
                0,
                Bytes.number(answer.get(1)),
                Bytes.number(answer.get(2)),
                0,
                Bytes.number(answer.get(3)),
                0);
    }
}
