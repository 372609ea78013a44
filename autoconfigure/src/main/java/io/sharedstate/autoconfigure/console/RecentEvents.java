package io.sharedstate.autoconfigure.console;

import io.sharedstate.Member;
import io.sharedstate.SharedStateEvent;
import io.sharedstate.SharedStateEvent.LockAbandoned;
import io.sharedstate.SharedStateEvent.MemberDied;
import io.sharedstate.SharedStateEvent.MemberJoined;
import io.sharedstate.SharedStateEvent.MemberLeft;
import io.sharedstate.SharedStateEvent.MembershipLost;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The last {@value #CAPACITY} things that happened, as far as this process knows: the events that it was told of, and what has grown in the
 * statistics of locks, maps and queues between two looks at them.
 */
final class RecentEvents {

    static final int CAPACITY = 100;

    private static final int MAX_COUNTS = 10_000;

    /** So long a dead member is among the members, unless its ordinal is taken. */
    private static final Duration MOURNING = Duration.ofMinutes(5);

    /** What happened. */
    enum Kind {
        JOINED,
        LEFT,
        DIED,
        LOST,
        ABANDONED,
        EVICTED,
        REDELIVERED
    }

    /** @param text for a person to read; names in it are text, never markup */
    record Entry(Instant time, Kind kind, String text) {}

    private record Death(Instant time, Member member) {}

    /** The newest first. */
    private final Deque<Entry> entries = new ArrayDeque<>();

    private final Map<Integer, Death> deaths = new HashMap<>();

    /** What was counted when it was looked at last; of names that come and go, the last. */
    private final Map<Counted, Long> counts = new LinkedHashMap<>(16, 0.75f, true) {

        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Counted, Long> eldest) {
            return size() > MAX_COUNTS;
        }
    };

    private record Counted(Kind kind, String name) {}

    synchronized void add(SharedStateEvent event) {
        if (event instanceof MemberJoined joined) {
            add(Kind.JOINED, describe(joined.member()) + " joined");
        } else if (event instanceof MemberLeft left) {
            add(Kind.LEFT, describe(left.member()) + " left");
        } else if (event instanceof MemberDied died) {
            deaths.put(died.member().ordinal(), new Death(Instant.now(), died.member()));
            add(Kind.DIED, describe(died.member()) + " died");
        } else if (event instanceof MembershipLost lost) {
            add(Kind.LOST, "This process was taken for dead, as " + describe(lost.member()) + ", and has joined anew");
        } else if (event instanceof LockAbandoned abandoned) {
            counts.computeIfPresent(new Counted(Kind.ABANDONED, abandoned.lock()), (lock, count) -> count + 1);
            add(
                    Kind.ABANDONED,
                    "This process took over the lock '%s' of a dead holder, with token %d; what it guards %s"
                            .formatted(
                                    abandoned.lock(),
                                    abandoned.fencingToken(),
                                    abandoned.repaired() ? "was repaired" : "was not repaired"));
        }
    }

    private static String describe(Member member) {
        return "Member " + member.ordinal() + " (pid " + member.pid()
                + (member.address() != null ? ", " + member.address() : "") + ")";
    }

    private void add(Kind kind, String text) {
        if (entries.size() == CAPACITY) {
            entries.removeLast();
        }
        entries.addFirst(new Entry(Instant.now(), kind, text));
    }

    /** Holders of a lock that were found dead, by all processes since it was created. */
    synchronized void abandonments(String lock, long count) {
        long more = grown(Kind.ABANDONED, lock, count);
        if (more > 0) {
            add(
                    Kind.ABANDONED,
                    "The lock '%s' was taken over from a dead holder%s"
                            .formatted(lock, more > 1 ? ", " + more + " times" : ""));
        }
    }

    synchronized void evictions(String map, long count) {
        long more = grown(Kind.EVICTED, map, count);
        if (more > 0) {
            add(Kind.EVICTED, "%,d %s of the map '%s' made room".formatted(more, more > 1 ? "entries" : "entry", map));
        }
    }

    synchronized void redeliveries(String queue, long count) {
        long more = grown(Kind.REDELIVERED, queue, count);
        if (more > 0) {
            add(
                    Kind.REDELIVERED,
                    "%,d %s of the queue '%s' received again"
                            .formatted(more, more > 1 ? "messages were" : "message was", queue));
        }
    }

    /** 0 at the first look. */
    private long grown(Kind kind, String name, long count) {
        Long before = counts.put(new Counted(kind, name), count);
        return before == null ? 0 : count - before;
    }

    synchronized List<Entry> newestFirst() {
        return new ArrayList<>(entries);
    }

    /** Those that died not long ago and whose ordinals nobody has taken. */
    synchronized List<Member> dead(List<Member> alive) {
        Instant forgotten = Instant.now().minus(MOURNING);
        deaths.values().removeIf(death -> death.time().isBefore(forgotten));
        alive.forEach(member -> deaths.remove(member.ordinal()));
        return deaths.values().stream().map(Death::member).toList();
    }
}
