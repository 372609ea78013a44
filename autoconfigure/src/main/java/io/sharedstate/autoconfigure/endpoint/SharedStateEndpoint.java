package io.sharedstate.autoconfigure.endpoint;

import io.sharedstate.DeadLetter;
import io.sharedstate.Kind;
import io.sharedstate.LockStatus;
import io.sharedstate.MapStatistics;
import io.sharedstate.Member;
import io.sharedstate.QueueStatistics;
import io.sharedstate.SemaphoreStatus;
import io.sharedstate.SharedKeyedRateLimiter;
import io.sharedstate.SharedQueue;
import io.sharedstate.SharedRateLimiter;
import io.sharedstate.SharedState;
import io.sharedstate.SharedValue;
import io.sharedstate.TopicStatistics;
import io.sharedstate.autoconfigure.scheduling.Jobs;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;

/**
 * Actuator endpoint that shows who is attached to the state and every name in it, whichever process made it, but no content of values,
 * maps, regions and messages. It changes state, for all members, only with {@code management.endpoint.sharedstate.access=unrestricted}.
 */
@Endpoint(id = "sharedstate", defaultAccess = Access.READ_ONLY)
public class SharedStateEndpoint {

    /** So many dead letters of a queue are shown. */
    private static final int MAX_DEAD_LETTERS = 100;

    private final SharedState state;
    private final ListableBeanFactory beans;

    private final Changes changes;

    /** @param beans what this application declares; of others' values and rate limiters less is known */
    public SharedStateEndpoint(SharedState state, ListableBeanFactory beans) {
        this.state = state;
        this.beans = beans;
        this.changes = new Changes(state);
    }

    @ReadOperation
    public SharedStateDescriptor sharedState() {
        return new SharedStateDescriptor(
                state.engine(),
                state.location(),
                state.size(),
                state.members().self().ordinal(),
                state.members().capacity(),
                state.members().all(),
                byName(Kind.COUNTER, name -> state.counter(name).get()),
                byName(Kind.ADDER, name -> state.adder(name).sum()),
                byName(Kind.LOCK, name -> LockDescriptor.of(state.lock(name).status())),
                values(),
                seen(Kind.MAP, state::mapStatistics),
                state.names(Kind.REGION),
                rateLimiters(),
                keyedRateLimiters(),
                seen(Kind.QUEUE, state::queueStatistics),
                seen(Kind.TOPIC, state::topicStatistics),
                seen(Kind.SEMAPHORE, name -> state.semaphoreStatus(name).map(SemaphoreDescriptor::of)),
                jobs());
    }

    /**
     * One queue with its dead letters; null if there is none.
     *
     * @param kind {@code queues}
     */
    @ReadOperation
    public @Nullable QueueDescriptor queue(@Selector String kind, @Selector String name) {
        return kind.equals("queues") && state.names(Kind.QUEUE).contains(name)
                ? state.findQueue(name).map(QueueDescriptor::of).orElse(null)
                : null;
    }

    /**
     * Changes what has a name.
     *
     * @param kind as in what is shown of all: {@code counters}, {@code queues}, ...
     * @param action {@code reset} of counters and adders, {@code requeue-dead-letters} or {@code remove-dead-letters} of queues
     */
    @WriteOperation
    public WebEndpointResponse<?> change(@Selector String kind, @Selector String name, @Nullable String action) {
        return changes.change(kind, name, action);
    }

    /** Removes a name with what it holds, as {@link SharedState#remove} does. */
    @DeleteOperation
    public WebEndpointResponse<?> remove(@Selector String kind, @Selector String name) {
        return changes.remove(kind, name);
    }

    private <T> Map<String, T> byName(Kind kind, Function<String, T> describe) {
        Map<String, T> descriptors = new LinkedHashMap<>();
        state.names(kind).forEach(name -> descriptors.put(name, describe.apply(name)));
        return descriptors;
    }

    /** Without what is removed meanwhile. */
    private <T> Map<String, T> seen(Kind kind, Function<String, Optional<T>> look) {
        Map<String, T> seen = new LinkedHashMap<>();
        state.names(kind).forEach(name -> look.apply(name).ifPresent(it -> seen.put(name, it)));
        return seen;
    }

    private Map<String, ValueDescriptor> values() {
        Map<String, ValueDescriptor> descriptors = byName(Kind.VALUE, name -> new ValueDescriptor(null, null));
        beans.getBeanProvider(SharedValue.class)
                .forEach(value -> descriptors.computeIfPresent(
                        value.name(), (name, unknown) -> new ValueDescriptor(value.version(), value.maxSize())));
        return descriptors;
    }

    private Map<String, RateLimiterDescriptor> rateLimiters() {
        Map<String, RateLimiterDescriptor> descriptors =
                byName(Kind.RATE_LIMITER, name -> new RateLimiterDescriptor(null, null, null, null));
        beans.getBeanProvider(SharedRateLimiter.class)
                .forEach(limiter -> descriptors.computeIfPresent(
                        limiter.name(),
                        (name, unknown) -> new RateLimiterDescriptor(
                                limiter.available(),
                                limiter.limit().permits(),
                                limiter.limit().per(),
                                limiter.limit().burst())));
        return descriptors;
    }

    private Map<String, KeyedRateLimiterDescriptor> keyedRateLimiters() {
        Map<String, KeyedRateLimiterDescriptor> descriptors =
                byName(Kind.KEYED_RATE_LIMITER, name -> new KeyedRateLimiterDescriptor(null, null, null, null, null));
        beans.getBeanProvider(SharedKeyedRateLimiter.class)
                .forEach(limiter -> descriptors.computeIfPresent(
                        limiter.name(),
                        (name, unknown) -> new KeyedRateLimiterDescriptor(
                                limiter.keys(),
                                limiter.forgotten(),
                                limiter.limit().permits(),
                                limiter.limit().per(),
                                limiter.limit().burst())));
        return descriptors;
    }

    private Map<String, Jobs.Status> jobs() {
        Jobs all = state.names(Kind.MAP).contains(Jobs.MAP)
                ? beans.getBeanProvider(Jobs.class).getIfAvailable()
                : null;
        return all == null ? Map.of() : all.all();
    }

    /**
     * The state at one moment.
     *
     * @param bytes that the state takes
     * @param self ordinal of the member that answers
     * @param capacity how many members there can be
     * @param members those alive
     * @param counters what each counter is at
     * @param adders the sum of each adder
     * @param maps what became of each map
     * @param regions names
     * @param queues what is in each queue
     * @param topics what became of each topic
     * @param jobs methods that are run once for all
     */
    public record SharedStateDescriptor(
            String engine,
            String location,
            long bytes,
            int self,
            int capacity,
            List<Member> members,
            Map<String, Long> counters,
            Map<String, Long> adders,
            Map<String, LockDescriptor> locks,
            Map<String, ValueDescriptor> values,
            Map<String, MapStatistics> maps,
            List<String> regions,
            Map<String, RateLimiterDescriptor> rateLimiters,
            Map<String, KeyedRateLimiterDescriptor> keyedRateLimiters,
            Map<String, QueueStatistics> queues,
            Map<String, TopicStatistics> topics,
            Map<String, SemaphoreDescriptor> semaphores,
            Map<String, Jobs.Status> jobs) {}

    /**
     * A lock.
     *
     * @param owner null if the lock is free
     * @param abandoned whether a holder died and nobody has put right what the lock guards
     * @param abandonments how often a holder was found dead
     */
    public record LockDescriptor(
            @Nullable OwnerDescriptor owner,
            long fencingToken,
            int waiters,
            boolean abandoned,
            long abandonments,
            long acquisitions,
            Duration totalWait) {

        static LockDescriptor of(LockStatus status) {
            LockStatus.Holder holder = status.holder();
            return new LockDescriptor(
                    holder != null ? OwnerDescriptor.of(holder) : null,
                    status.fencingToken(),
                    status.waiters(),
                    status.abandoned(),
                    status.abandonments(),
                    status.acquisitions(),
                    status.totalWait());
        }
    }

    /**
     * Who holds a lock.
     *
     * @param ordinal null, like {@code pid}, if the member is dead and its ordinal has been taken by another
     * @param alive false: dead, and nobody has taken the lock over since
     */
    public record OwnerDescriptor(
            @Nullable Integer ordinal, @Nullable Long pid, String thread, Duration age, boolean alive) {

        static OwnerDescriptor of(LockStatus.Holder holder) {
            Member member = holder.member();
            return new OwnerDescriptor(
                    member != null ? member.ordinal() : null,
                    member != null ? member.pid() : null,
                    holder.thread(),
                    holder.age(),
                    holder.alive());
        }
    }

    /**
     * A value.
     *
     * @param version null, like {@code maxSize}, if this application doesn't declare the value
     */
    public record ValueDescriptor(
            @Nullable Long version, @Nullable Integer maxSize) {}

    /**
     * A rate limiter. All are null if this application doesn't declare it.
     *
     * @param available how many permits could be had at once now
     */
    public record RateLimiterDescriptor(
            @Nullable Long available,
            @Nullable Long permits,
            @Nullable Duration per,
            @Nullable Long burst) {}

    /**
     * A rate limiter with a limit for each key. All are null if this application doesn't declare it.
     *
     * @param keys how many are remembered
     * @param forgotten how many were, for want of room, before all their permits were there again
     */
    public record KeyedRateLimiterDescriptor(
            @Nullable Long keys,
            @Nullable Long forgotten,
            @Nullable Long permits,
            @Nullable Duration per,
            @Nullable Long burst) {}

    /**
     * A semaphore.
     *
     * @param waiters threads that wait for permits
     * @param holders how many permits each live member has that has some, by ordinal
     */
    public record SemaphoreDescriptor(int permits, int inUse, int waiters, Map<Integer, Integer> holders) {

        static SemaphoreDescriptor of(SemaphoreStatus status) {
            Map<Integer, Integer> holders = new LinkedHashMap<>();
            status.holders().forEach(holder -> holders.put(holder.member().ordinal(), holder.permits()));
            return new SemaphoreDescriptor(status.permits(), status.inUse(), status.waiters(), holders);
        }
    }

    /**
     * A queue.
     *
     * @param deadLetters the first that were offered
     */
    public record QueueDescriptor(QueueStatistics statistics, List<DeadLetterDescriptor> deadLetters) {

        static QueueDescriptor of(SharedQueue<?> queue) {
            Instant now = Instant.now();
            return new QueueDescriptor(
                    queue.statistics(),
                    queue.deadLetters(MAX_DEAD_LETTERS).stream()
                            .map(letter -> DeadLetterDescriptor.of(letter, now))
                            .toList());
        }
    }

    /**
     * A dead letter, without what it says.
     *
     * @param attempts how often it was received
     * @param age since it was offered
     */
    public record DeadLetterDescriptor(int attempts, Instant offered, Duration age) {

        static DeadLetterDescriptor of(DeadLetter<?> letter, Instant now) {
            return new DeadLetterDescriptor(
                    letter.attempts(), letter.offered(), Duration.between(letter.offered(), now));
        }
    }
}
