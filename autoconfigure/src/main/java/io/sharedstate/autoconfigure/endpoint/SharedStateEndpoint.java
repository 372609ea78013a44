package io.sharedstate.autoconfigure.endpoint;

import io.sharedstate.Kind;
import io.sharedstate.LockStatus;
import io.sharedstate.MapStatistics;
import io.sharedstate.Member;
import io.sharedstate.SharedKeyedRateLimiter;
import io.sharedstate.SharedRateLimiter;
import io.sharedstate.SharedState;
import io.sharedstate.SharedValue;
import io.sharedstate.autoconfigure.scheduling.Jobs;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/**
 * Actuator endpoint that shows who is attached to the state and every name in it, whichever process made it. It reads only, and
 * shows no content of values, maps and regions.
 */
@Endpoint(id = "sharedstate", defaultAccess = Access.READ_ONLY)
public class SharedStateEndpoint {

    private final SharedState state;
    private final ObjectProvider<SharedValue<?>> values;
    private final ObjectProvider<SharedRateLimiter> rateLimiters;
    private final ObjectProvider<SharedKeyedRateLimiter> keyedRateLimiters;
    private final ObjectProvider<Jobs> jobs;

    /**
     * @param values those that this application declares; of others, only the names are known
     * @param rateLimiters those that this application declares; of others, only the names are known
     * @param keyedRateLimiters the same
     * @param jobs asked only if there are any
     */
    public SharedStateEndpoint(
            SharedState state,
            ObjectProvider<SharedValue<?>> values,
            ObjectProvider<SharedRateLimiter> rateLimiters,
            ObjectProvider<SharedKeyedRateLimiter> keyedRateLimiters,
            ObjectProvider<Jobs> jobs) {
        this.state = state;
        this.values = values;
        this.rateLimiters = rateLimiters;
        this.keyedRateLimiters = keyedRateLimiters;
        this.jobs = jobs;
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
                maps(),
                state.names(Kind.REGION),
                rateLimiters(),
                keyedRateLimiters(),
                jobs());
    }

    private <T> Map<String, T> byName(Kind kind, Function<String, T> describe) {
        Map<String, T> descriptors = new LinkedHashMap<>();
        state.names(kind).forEach(name -> descriptors.put(name, describe.apply(name)));
        return descriptors;
    }

    private Map<String, ValueDescriptor> values() {
        Map<String, ValueDescriptor> descriptors = byName(Kind.VALUE, name -> new ValueDescriptor(null, null));
        values.forEach(value -> descriptors.computeIfPresent(
                value.name(), (name, unknown) -> new ValueDescriptor(value.version(), value.maxSize())));
        return descriptors;
    }

    private Map<String, MapStatistics> maps() {
        Map<String, MapStatistics> maps = new LinkedHashMap<>();
        state.names(Kind.MAP)
                .forEach(name -> state.mapStatistics(name).ifPresent(statistics -> maps.put(name, statistics)));
        return maps;
    }

    private Map<String, RateLimiterDescriptor> rateLimiters() {
        Map<String, RateLimiterDescriptor> descriptors =
                byName(Kind.RATE_LIMITER, name -> new RateLimiterDescriptor(null, null, null, null));
        rateLimiters.forEach(limiter -> descriptors.computeIfPresent(
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
        keyedRateLimiters.forEach(limiter -> descriptors.computeIfPresent(
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
        Jobs all = state.names(Kind.MAP).contains(Jobs.MAP) ? jobs.getIfAvailable() : null;
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
}
