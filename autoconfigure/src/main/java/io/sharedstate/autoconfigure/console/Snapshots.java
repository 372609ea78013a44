package io.sharedstate.autoconfigure.console;

import io.sharedstate.Kind;
import io.sharedstate.LockStatus;
import io.sharedstate.MapStatistics;
import io.sharedstate.Member;
import io.sharedstate.QueueStatistics;
import io.sharedstate.RateLimit;
import io.sharedstate.SemaphoreStatus;
import io.sharedstate.SharedKeyedRateLimiter;
import io.sharedstate.SharedRateLimiter;
import io.sharedstate.SharedState;
import io.sharedstate.TopicStatistics;
import io.sharedstate.autoconfigure.SharedStateProperties;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.json.JsonWriter;

/**
 * Makes snapshots of the state, as JSON for the page: who is attached, names and figures, what happened; no content of anything. What takes
 * long to look at is looked at seldom.
 */
final class Snapshots implements Supplier<String> {

    private static final Log log = LogFactory.getLog(Snapshots.class);

    private final SharedState state;
    private final SharedStateProperties properties;
    private final String application;
    private final ObjectProvider<SharedRateLimiter> rateLimiters;
    private final ObjectProvider<SharedKeyedRateLimiter> keyedRateLimiters;
    private final RecentEvents events;
    private final Seldom<List<Map<String, @Nullable Object>>> queues;
    private final Seldom<List<String>> problems;
    private boolean failed;

    /** How many names of each kind there are beside those that are shown, if there are any. */
    private final Map<String, Integer> more = new LinkedHashMap<>();

    Snapshots(
            SharedState state,
            SharedStateProperties properties,
            String application,
            ObjectProvider<SharedRateLimiter> rateLimiters,
            ObjectProvider<SharedKeyedRateLimiter> keyedRateLimiters,
            RecentEvents events) {
        this.state = state;
        this.properties = properties;
        this.application = application;
        this.rateLimiters = rateLimiters;
        this.keyedRateLimiters = keyedRateLimiters;
        this.events = events;
        this.queues = new Seldom<>(() -> rows(Kind.QUEUE, state::queueStatistics, this::queue));
        this.problems = new Seldom<>(state::problems);
    }

    /** Doesn't throw: what fails is shown, and logged once. */
    @Override
    public String get() {
        Map<String, @Nullable Object> snapshot = new LinkedHashMap<>();
        snapshot.put("application", application);
        snapshot.put("time", Instant.now().toEpochMilli());
        try {
            snapshot.putAll(look());
            failed = false;
        } catch (RuntimeException e) {
            if (!failed) {
                failed = true;
                log.warn("The console can't look at the state; trying again", e);
            }
            snapshot.put("failure", String.valueOf(e.getMessage()));
        }
        snapshot.put(
                "events", events.newestFirst().stream().map(Snapshots::event).toList());
        return JsonWriter.standard().writeToString(snapshot);
    }

    private Map<String, @Nullable Object> look() {
        more.clear();
        Member self = state.members().self();
        List<Member> alive = state.members().all();
        Map<String, @Nullable Object> seen = new LinkedHashMap<>();
        seen.put("engine", state.engine());
        seen.put("location", state.location());
        seen.put("bytes", state.size());
        seen.put("self", self.ordinal());
        seen.put("pid", self.pid());
        seen.put("capacity", state.members().capacity());
        seen.put("members", members(alive));
        seen.put(
                "counters",
                rows(Kind.COUNTER, name -> Optional.of(state.counter(name).get()), Snapshots::count));
        seen.put(
                "adders", rows(Kind.ADDER, name -> Optional.of(state.adder(name).sum()), Snapshots::count));
        seen.put("locks", rows(Kind.LOCK, name -> Optional.of(state.lock(name).status()), this::lock));
        seen.put("maps", rows(Kind.MAP, state::mapStatistics, this::map));
        seen.put("queues", queues.get());
        seen.put("queuesAge", queues.age().toMillis());
        seen.put("semaphores", rows(Kind.SEMAPHORE, state::semaphoreStatus, Snapshots::semaphore));
        seen.put("topics", rows(Kind.TOPIC, state::topicStatistics, Snapshots::topic));
        seen.put("limiters", limiters());
        seen.put("values", state.names(Kind.VALUE).size());
        seen.put("regions", state.names(Kind.REGION).size());
        seen.put("problems", problems.get());
        seen.put("more", new LinkedHashMap<>(more));
        return seen;
    }

    /** Those that are declared, and others until there are as many as may be shown; without what is removed meanwhile. */
    private <T> List<Map<String, @Nullable Object>> rows(
            Kind kind, Function<String, Optional<T>> look, Description<T> describe) {
        List<String> names = state.names(kind);
        Set<String> declared = properties.declared(kind);
        int others = Math.max(0, properties.console().maxNames() - declared.size());
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        int hidden = 0;
        for (String name : names) {
            if (!declared.contains(name) && --others < 0) {
                hidden++;
                continue;
            }
            look.apply(name).ifPresent(seen -> {
                Map<String, @Nullable Object> row = new LinkedHashMap<>();
                row.put("name", name);
                describe.describe(name, seen, row);
                rows.add(row);
            });
        }
        if (hidden > 0) {
            more.put(kind.label(), hidden);
        }
        return rows;
    }

    private List<Map<String, @Nullable Object>> members(List<Member> alive) {
        List<Member> dead = events.dead(alive);
        return Stream.concat(alive.stream(), dead.stream())
                .sorted(Comparator.comparingInt(Member::ordinal))
                .map(member -> member(member, dead.contains(member) ? "dead" : member.isHung() ? "hung" : "alive"))
                .toList();
    }

    private static Map<String, @Nullable Object> member(Member member, String sign) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("ordinal", member.ordinal());
        row.put("sign", sign);
        row.put("silence", member.silence().toMillis());
        row.put("pid", member.pid());
        row.put("address", member.address());
        row.put("version", member.version());
        row.put("started", member.started().toEpochMilli());
        return row;
    }

    /** As text: the page's numbers are exact to 53 bits only. */
    private static void count(String name, long count, Map<String, @Nullable Object> row) {
        row.put("value", Long.toString(count));
    }

    private void lock(String name, LockStatus status, Map<String, @Nullable Object> row) {
        events.abandonments(name, status.abandonments());
        LockStatus.Holder holder = status.holder();
        row.put("held", holder != null);
        if (holder != null) {
            row.put("member", holder.member() != null ? holder.member().ordinal() : null);
            row.put("pid", holder.member() != null ? holder.member().pid() : null);
            row.put("thread", holder.thread());
            row.put("alive", holder.alive());
            row.put("age", holder.age().toMillis());
            row.put("old", holder.age().compareTo(properties.console().oldLock()) >= 0);
        }
        row.put("token", Long.toString(status.fencingToken()));
        row.put("waiters", status.waiters());
        row.put("abandoned", status.abandoned());
        row.put("abandonments", status.abandonments());
        row.put("acquisitions", status.acquisitions());
        row.put("wait", status.totalWait().toNanos() / 1e6);
    }

    private void map(String name, MapStatistics map, Map<String, @Nullable Object> row) {
        events.evictions(name, map.evictions());
        row.put("entries", map.entries());
        row.put("hits", map.hits());
        row.put("misses", map.misses());
        row.put("expirations", map.expirations());
        row.put("bounded", map.bounded());
        if (map.bounded()) {
            row.put("bytes", map.bytes());
            row.put("capacity", map.capacity());
            row.put("evictions", map.evictions());
        }
    }

    private void queue(String name, QueueStatistics queue, Map<String, @Nullable Object> row) {
        events.redeliveries(name, queue.redelivered());
        row.put("depth", queue.depth());
        row.put("inWork", queue.inWork());
        row.put("deadLetters", queue.deadLetters());
        row.put("oldest", queue.oldestAge().toMillis());
        row.put("redelivered", queue.redelivered());
        row.put("bytes", queue.bytes());
        row.put("capacity", queue.capacity());
    }

    private static void semaphore(String name, SemaphoreStatus semaphore, Map<String, @Nullable Object> row) {
        row.put("permits", semaphore.permits());
        row.put("inUse", semaphore.inUse());
        row.put("waiters", semaphore.waiters());
        row.put(
                "holders",
                semaphore.holders().stream()
                        .map(holder -> List.of(holder.member().ordinal(), holder.permits()))
                        .toList());
    }

    private static void topic(String name, TopicStatistics topic, Map<String, @Nullable Object> row) {
        row.put("published", topic.published());
        row.put("subscriptions", topic.subscriptions());
        row.put("missed", topic.missed());
    }

    /** Those that this application declares: of others only the name is known. */
    private List<Map<String, @Nullable Object>> limiters() {
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        rateLimiters.orderedStream().forEach(limiter -> {
            Map<String, @Nullable Object> row = limiter(limiter.name(), limiter.limit());
            row.put("available", limiter.available());
            rows.add(row);
        });
        keyedRateLimiters.orderedStream().forEach(limiter -> {
            Map<String, @Nullable Object> row = limiter(limiter.name(), limiter.limit());
            row.put("keys", limiter.keys());
            row.put("forgotten", limiter.forgotten());
            rows.add(row);
        });
        return rows;
    }

    private static Map<String, @Nullable Object> limiter(String name, RateLimit limit) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("name", name);
        row.put("permits", limit.permits());
        row.put("per", limit.per().toMillis());
        row.put("burst", limit.burst());
        return row;
    }

    private static Map<String, Object> event(RecentEvents.Entry event) {
        return Map.of(
                "time",
                event.time().toEpochMilli(),
                "kind",
                event.kind().name().toLowerCase(Locale.ROOT),
                "text",
                event.text());
    }

    /** Puts what was seen of a name into its row. */
    private interface Description<T> {
        void describe(String name, T seen, Map<String, @Nullable Object> row);
    }

    /**
     * What takes longer to look at the more there is: looked at every {@value #REST_MS} ms, and so seldom that it takes no more than a
     * hundredth of the time.
     */
    private static final class Seldom<T> implements Supplier<T> {

        private static final int REST_MS = 2_000;

        private final Supplier<T> look;
        private @Nullable T seen;
        private long lookedAt;
        private long restNanos;

        Seldom(Supplier<T> look) {
            this.look = look;
        }

        @Override
        public T get() {
            T last = seen;
            if (last != null && age().toNanos() < restNanos) {
                return last;
            }
            long before = System.nanoTime();
            T now = look.get();
            lookedAt = System.nanoTime();
            restNanos = Math.max(Duration.ofMillis(REST_MS).toNanos(), 100 * (lookedAt - before));
            seen = now;
            return now;
        }

        Duration age() {
            return Duration.ofNanos(System.nanoTime() - lookedAt);
        }
    }
}
