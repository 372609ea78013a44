package io.sharedstate.cli;

import io.sharedstate.Kind;
import io.sharedstate.LockStatus;
import io.sharedstate.LockStatus.Holder;
import io.sharedstate.MapStatistics;
import io.sharedstate.Member;
import io.sharedstate.QueueStatistics;
import io.sharedstate.SemaphoreStatus;
import io.sharedstate.SharedState;
import io.sharedstate.TopicStatistics;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is shown of state, a record for each line; in JSON, an object. */
final class Rows {

    private Rows() {}

    record MemberRow(
            int ordinal,
            int pid,
            @Nullable String address,
            @Nullable String version,
            Duration up,
            Duration silence,
            boolean hung) {}

    static List<MemberRow> members(SharedState state) {
        Instant now = Instant.now();
        return state.members().all().stream()
                .map(member -> new MemberRow(
                        member.ordinal(),
                        (int) member.pid(),
                        member.address(),
                        member.version(),
                        Duration.between(member.started(), now),
                        member.silence(),
                        member.isHung()))
                .toList();
    }

    record LockRow(
            String name,
            @Nullable Integer holder,
            @Nullable Integer pid,
            @Nullable Boolean alive,
            @Nullable String thread,
            @Nullable Duration age,
            int waiters,
            boolean abandoned,
            long acquisitions,
            Duration totalWait,
            long abandonments,
            long fencingToken) {

        static LockRow of(LockStatus status) {
            Holder holder = status.holder();
            Member member = holder == null ? null : holder.member();
            return new LockRow(
                    status.name(),
                    member == null ? null : member.ordinal(),
                    member == null ? null : (int) member.pid(),
                    holder == null ? null : holder.alive(),
                    holder == null ? null : holder.thread(),
                    holder == null ? null : holder.age(),
                    status.waiters(),
                    status.abandoned(),
                    status.acquisitions(),
                    status.totalWait(),
                    status.abandonments(),
                    status.fencingToken());
        }
    }

    /** Those first that are held, the longest held before the others. */
    static List<LockRow> locks(SharedState state) {
        return state.names(Kind.LOCK).stream()
                .flatMap(name -> ifThere(() -> LockRow.of(state.lock(name).status())))
                .sorted(Comparator.comparing(
                        LockRow::age,
                        Comparator.nullsLast(Comparator.<Duration>naturalOrder().reversed())))
                .toList();
    }

    record MapRow(
            String name,
            long entries,
            long bytes,
            long capacity,
            double fillPercent,
            long hits,
            long misses,
            @Nullable Double hitPercent,
            long evictions,
            long expirations,
            long compactions) {

        static MapRow of(String name, MapStatistics map) {
            long reads = map.hits() + map.misses();
            return new MapRow(
                    name,
                    map.entries(),
                    map.bytes(),
                    map.capacity(),
                    percent(map.bytes(), map.capacity()),
                    map.hits(),
                    map.misses(),
                    reads == 0 ? null : percent(map.hits(), reads),
                    map.evictions(),
                    map.expirations(),
                    map.compactions());
        }
    }

    private static double percent(long part, long whole) {
        return Math.round(1_000d * part / whole) / 10d;
    }

    static List<MapRow> maps(SharedState state) {
        return all(state, Kind.MAP, state::mapStatistics, MapRow::of);
    }

    record QueueRow(
            String name,
            long depth,
            long inWork,
            long deadLetters,
            Duration oldestAge,
            long redelivered,
            long bytes,
            long capacity) {

        static QueueRow of(String name, QueueStatistics queue) {
            return new QueueRow(
                    name,
                    queue.depth(),
                    queue.inWork(),
                    queue.deadLetters(),
                    queue.oldestAge(),
                    queue.redelivered(),
                    queue.bytes(),
                    queue.capacity());
        }
    }

    static List<QueueRow> queues(SharedState state) {
        return all(state, Kind.QUEUE, state::queueStatistics, QueueRow::of);
    }

    record TopicRow(String name, long published, int subscriptions, long missed) {

        static TopicRow of(String name, TopicStatistics topic) {
            return new TopicRow(name, topic.published(), topic.subscriptions(), topic.missed());
        }
    }

    static List<TopicRow> topics(SharedState state) {
        return all(state, Kind.TOPIC, state::topicStatistics, TopicRow::of);
    }

    record SemaphoreRow(String name, int permits, int inUse, int waiters, String holders) {

        static SemaphoreRow of(String name, SemaphoreStatus semaphore) {
            return new SemaphoreRow(
                    name,
                    semaphore.permits(),
                    semaphore.inUse(),
                    semaphore.waiters(),
                    semaphore.holders().stream()
                            .map(holder ->
                                    holder.permits() + " by " + holder.member().ordinal())
                            .collect(Collectors.joining(", ")));
        }
    }

    static List<SemaphoreRow> semaphores(SharedState state) {
        return all(state, Kind.SEMAPHORE, state::semaphoreStatus, SemaphoreRow::of);
    }

    /** A row for each name that is still there. */
    private static <S, R> List<R> all(
            SharedState state, Kind kind, Function<String, Optional<S>> find, BiFunction<String, S, R> row) {
        return state.names(kind).stream()
                .flatMap(name -> find.apply(name).map(found -> row.apply(name, found)).stream())
                .toList();
    }

    /** What is made of something by its name; nothing if that was removed meanwhile, as it isn't created then. */
    static <R> Stream<R> ifThere(Supplier<R> row) {
        try {
            return Stream.of(row.get());
        } catch (UnsupportedOperationException e) {
            return Stream.empty();
        }
    }
}
