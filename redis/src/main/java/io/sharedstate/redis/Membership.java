package io.sharedstate.redis;

import io.sharedstate.LockLostException;
import io.sharedstate.Member;
import io.sharedstate.Members;
import io.sharedstate.SharedStateEvent;
import io.sharedstate.SharedStateEvent.MemberDied;
import io.sharedstate.SharedStateEvent.MemberJoined;
import io.sharedstate.SharedStateEvent.MemberLeft;
import io.sharedstate.SharedStateEvent.MembershipLost;
import io.sharedstate.SharedStateException;
import io.sharedstate.Surroundings;
import io.sharedstate.TooManyMembersException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * Who is attached. A member is a key with a time to live, which its process renews as long as it lives: one key for all that the member
 * holds. When the key is gone, the member is dead for all and for ever: it can't be renewed, and its incarnation never
 * comes back. The server's clock alone decides that.
 *
 * An owner, of a lock or of permits, is ORDINAL:INCARNATION. It is alive while the key of that ordinal has that incarnation.
 *
 * A process that pauses for longer than the time to live, or can't reach the server for so long, or whose server has lost its
 * memory, finds its key gone. What it held is lost then. It says so, and joins anew with another incarnation.
 */
final class Membership implements Members {

    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

    private static final Script<List<Object>> JOIN = Script.list("member-join");
    private static final Script<Long> RENEW = Script.number("member-renew");
    private static final Script<Long> ANNOUNCE = Script.number("member-announce");
    private static final Script<Long> LEAVE = Script.number("member-leave");
    private static final Script<List<Object>> LIST = Script.list("member-list");

    static final int CAPACITY = 1024;
    /** For an answer: connecting takes about so long. */
    private static final long SHORTEST_WAIT_MS = 1000;

    private static final int MAX_TEXT = 80;
    private static final int MAX_LISTENERS = 16;

    private final Server server;
    private final Keys keys;
    private final long ttlMs;
    private final Surroundings surroundings = Surroundings.own();
    /** Held by who joins, announces or leaves. */
    private final ReentrantLock changing = new ReentrantLock();

    private volatile Member self;
    private volatile boolean closed;
    private volatile boolean left;
    private volatile @Nullable String problem;
    /** By incarnation; only the watch changes it. */
    private volatile Map<Long, Member> seen;

    private Membership(Server server, Keys keys, long ttlMs) {
        this.server = server.within(Math.max(SHORTEST_WAIT_MS, ttlMs / 2));
        this.keys = keys;
        this.ttlMs = ttlMs;
        this.self = joined(null, List.of(), null);
        this.seen = list().alive();
    }

    static Membership join(Server server, Keys keys, long ttlMs) {
        return new Membership(server, keys, ttlMs);
    }

    private Member joined(@Nullable String address, List<Long> listeners, @Nullable String version) {
        long pid = ProcessHandle.current().pid();
        List<Object> joined = server.run(
                JOIN,
                List.of(keys.members()),
                Bytes.of(CAPACITY),
                Bytes.of(ttlMs),
                Bytes.of(pid),
                Bytes.of(surroundings.kernel()),
                Bytes.of(surroundings.network()),
                Bytes.of(surroundings.processes()),
                Bytes.of(address == null ? "" : address),
                Bytes.of(written(listeners)),
                Bytes.of(version == null ? "" : version));
        if (joined == null || joined.size() < 3) {
            throw new TooManyMembersException("all " + CAPACITY + " places for members at " + server.location()
                    + " are taken; stop some processes, or give the applications namespaces of their own");
        }
        return new Member(
                (int) Bytes.number(joined.get(0)),
                Bytes.number(joined.get(1)),
                pid,
                Instant.ofEpochMilli(Bytes.number(joined.get(2))),
                surroundings,
                address,
                listeners,
                version,
                Duration.ZERO);
    }

    private static String written(List<Long> listeners) {
        return listeners.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    // me

    @Override
    public Member self() {
        return self;
    }

    /** What I am called as an owner. */
    String owner() {
        Member me = self;
        return me.ordinal() + ":" + me.incarnation();
    }

    boolean isClosed() {
        return closed;
    }

    /** @throws IllegalStateException if the state is closed */
    void requireOpen() {
        if (closed) {
            throw new IllegalStateException(
                    "member " + self.ordinal() + " of " + server.location() + " is closed; open the state again");
        }
    }

    @Override
    public int capacity() {
        return CAPACITY;
    }

    @Override
    public void announce(String address) {
        requireShort("address", address);
        change("address", address, me -> with(me, address, me.listeners(), me.version()));
    }

    @Override
    public void announceVersion(String version) {
        requireShort("version", version);
        change("version", version, me -> with(me, me.address(), me.listeners(), version));
    }

    private static void requireShort(String what, String text) {
        int length = text.getBytes(StandardCharsets.UTF_8).length;
        if (length > MAX_TEXT) {
            throw new IllegalArgumentException(
                    what + " '" + text + "' has " + length + " bytes, at most " + MAX_TEXT + " fit");
        }
    }

    @Override
    public void announceListeners(List<Long> inodes) {
        if (inodes.size() > MAX_LISTENERS || inodes.contains(0L)) {
            throw new IllegalArgumentException(
                    "listeners are " + inodes + ", expected at most " + MAX_LISTENERS + ", none of them 0");
        }
        List<Long> copy = List.copyOf(inodes);
        change("listeners", written(copy), me -> with(me, me.address(), copy, me.version()));
    }

    private void change(String field, String value, UnaryOperator<Member> change) {
        changing.lock();
        try {
            requireOpen();
            Member me = self;
            server.run(
                    ANNOUNCE,
                    List.of(keys.member(me.ordinal())),
                    Bytes.of(me.incarnation()),
                    Bytes.of(field),
                    Bytes.of(value));
            self = change.apply(me);
        } finally {
            changing.unlock();
        }
    }

    private static Member with(Member me, @Nullable String address, List<Long> listeners, @Nullable String version) {
        return new Member(
                me.ordinal(),
                me.incarnation(),
                me.pid(),
                me.started(),
                me.surroundings(),
                address,
                listeners,
                version,
                Duration.ZERO);
    }

    /** @return whether this was the first call */
    boolean close() {
        changing.lock();
        try {
            boolean first = !closed;
            closed = true;
            return first;
        } finally {
            changing.unlock();
        }
    }

    /** Whether it has left in good order. */
    boolean hasLeft() {
        return left;
    }

    void leave() {
        changing.lock();
        try {
            left = true;
            Member me = self;
            server.run(LEAVE, List.of(keys.member(me.ordinal()), keys.left()), Bytes.of(me.incarnation()));
        } finally {
            changing.unlock();
        }
    }

    // the others

    /** Who is alive, by incarnation in order of ordinals, and who left in good order. */
    private record Listed(Map<Long, Member> alive, Set<Long> left) {}

    private Listed list() {
        List<Object> answer = Objects.requireNonNull(server.run(LIST, List.of(keys.members(), keys.left())));
        Set<Long> left = new HashSet<>();
        ((List<?>) answer.get(0)).forEach(incarnation -> left.add(Bytes.number(incarnation)));
        Map<Long, Member> alive = new LinkedHashMap<>();
        for (Object fields : answer.subList(1, answer.size())) {
            Member member = member(Bytes.texts((List<?>) fields));
            alive.put(member.incarnation(), member);
        }
        return new Listed(alive, left);
    }

    private static Member member(List<String> fields) {
        return new Member(
                Integer.parseInt(fields.get(0)),
                Long.parseLong(fields.get(1)),
                Long.parseLong(fields.get(2)),
                Instant.ofEpochMilli(Long.parseLong(fields.get(3))),
                new Surroundings(fields.get(4), Long.parseLong(fields.get(5)), Long.parseLong(fields.get(6))),
                said(fields.get(7)),
                Stream.of(fields.get(8).split(","))
                        .filter(inode -> !inode.isEmpty())
                        .map(Long::valueOf)
                        .toList(),
                said(fields.get(9)),
                Duration.ofMillis(Long.parseLong(fields.get(10))));
    }

    private static @Nullable String said(String text) {
        return text.isEmpty() ? null : text;
    }

    @Override
    public List<Member> all() {
        return List.copyOf(list().alive().values());
    }

    /** Those alive, by what they are called as owners. */
    Map<String, Member> owners() {
        Map<String, Member> owners = new LinkedHashMap<>();
        list().alive().values().forEach(member -> owners.put(member.ordinal() + ":" + member.incarnation(), member));
        return owners;
    }

    boolean isAlive(String owner) {
        int colon = owner.indexOf(':');
        byte[] key = keys.member(Long.parseLong(owner.substring(0, colon)));
        byte[] incarnation = server.call(commands -> commands.hget(key, Bytes.of("incarnation")));
        return incarnation != null && Bytes.text(incarnation).equals(owner.substring(colon + 1));
    }

    /**
     * Whether an owner was dead already when the watch has looked last; asks nobody. Incarnations rise, so one that is higher than those that were alive
     * then may have joined since.
     */
    boolean wasDead(String owner) {
        long incarnation = Long.parseLong(owner.substring(owner.indexOf(':') + 1));
        Map<Long, Member> alive = seen;
        return !alive.containsKey(incarnation) && alive.keySet().stream().anyMatch(other -> other > incarnation);
    }

    // from time to time

    /** Stays alive, and tells what became of the others. */
    void poll(Consumer<SharedStateEvent> events) {
        try {
            renew(events);
            if (!left) {
                compare(list(), events);
            }
        } catch (SharedStateException e) {
            if (problem == null && !left) {
                LOG.warn("member {} can't be renewed", self.ordinal(), e);
            }
            problem = e.getMessage();
        }
    }

    private void renew(Consumer<SharedStateEvent> events) {
        changing.lock();
        try {
            Member me = self;
            if (left) {
                return;
            }
            Long alive =
                    server.run(RENEW, List.of(keys.member(me.ordinal())), Bytes.of(me.incarnation()), Bytes.of(ttlMs));
            if (alive == null || alive == 0) {
                problem = lost(me);
                self = joined(me.address(), me.listeners(), me.version());
                LOG.warn("{}; it has joined anew as member {}", lost(me), self.ordinal());
                events.accept(new MembershipLost(me));
            }
            problem = null;
        } finally {
            changing.unlock();
        }
    }

    private String lost(Member me) {
        return "member " + me.ordinal() + " of " + server.location() + " was taken for dead, as it wasn't heard of for "
                + ttlMs + " ms, or the server has lost its memory: the locks and permits that it had are lost";
    }

    /** @throws LockLostException if I am another one by now */
    void requireStill(String owner, String lock) {
        if (!owner.equals(owner())) {
            throw new LockLostException(
                    "lock '" + lock + "' is lost: its holder was taken for dead, as it wasn't heard of for "
                            + ttlMs + " ms, or the server at " + server.location()
                            + " has lost its memory; what was done under it may have met what others did");
        }
    }

    private void compare(Listed now, Consumer<SharedStateEvent> events) {
        seen.forEach((incarnation, member) -> {
            if (!now.alive().containsKey(incarnation)) {
                events.accept(now.left().contains(incarnation) ? new MemberLeft(member) : new MemberDied(member));
            }
        });
        now.alive().forEach((incarnation, member) -> {
            if (!seen.containsKey(incarnation) && incarnation != self.incarnation()) {
                events.accept(new MemberJoined(member));
            }
        });
        seen = now.alive();
    }

    /** Why this is no member at this moment, or null. */
    @Nullable
    String problem() {
        return problem;
    }
}
