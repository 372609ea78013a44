package io.sharedstate.autoconfigure.scheduling;

import io.sharedstate.Codec;
import io.sharedstate.MapOptions;
import io.sharedstate.Member;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedState;
import io.sharedstate.WhenFull;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/** The jobs of all processes, by name. Every change of a job is one replacement of its record, by whoever saw it as it was. */
public final class Jobs {

    private static final Log log = LogFactory.getLog(Jobs.class);

    /** The map that holds them, from the first job on. */
    public static final String MAP = "sharedstate.jobs";

    /** Room for more than 500 jobs. */
    private static final long MAX_SIZE = 256 * 1024;

    private final SharedState state;
    private final Clock clock;
    private final long self;
    private final SharedMap<String, JobRecord> map;

    /** Those begun by this process and not ended. */
    private final Map<String, JobRecord> running = new ConcurrentHashMap<>();

    Jobs(SharedState state, Clock clock) {
        this.state = state;
        this.clock = clock;
        this.self = state.members().self().incarnation();
        this.map = state.map(
                MAP,
                Codec.string(),
                new JobRecord.Format(),
                MapOptions.DEFAULT.maxSize(MAX_SIZE).whenFull(WhenFull.REFUSE));
    }

    /**
     * Begins a run if this process owns the job, or takes it over.
     *
     * @param isDue whether to run a job that somebody else ran before, for what is known of it
     * @return false if it is another's, or isn't due, or is running already
     */
    boolean begin(String name, Predicate<JobRecord> isDue) {
        while (true) {
            JobRecord before = map.get(name);
            if (before != null
                    && (before.owner() == self ? before.running() : isAlive(before.owner()) || !isDue.test(before))) {
                return false;
            }
            JobRecord mine = before == null ? JobRecord.first(self, clock.millis()) : before.next(self, clock.millis());
            if (before == null ? map.putIfAbsent(name, mine) == null : map.replace(name, before, mine)) {
                running.put(name, mine);
                logTakeOver(name, before);
                return true;
            }
        }
    }

    /** Begins a run if the last one was abandoned by a member that is dead. */
    boolean beginAgain(String name) {
        JobRecord before = map.get(name);
        return before != null && before.owner() != self && before.running() && begin(name, JobRecord::running);
    }

    private static void logTakeOver(String name, @Nullable JobRecord before) {
        if (before != null && before.running()) {
            log.warn(
                    "Job '%s' is run by this process from now on: the one that ran it died before it was done, %d times so far"
                            .formatted(name, before.abandoned() + 1));
        }
    }

    /** Ends a run that {@link #begin} has begun. */
    void end(String name) {
        JobRecord mine = running.remove(name);
        if (mine != null) {
            map.replace(name, mine, mine.ended(clock.millis()));
        }
    }

    /** Leaves the job to others, unless it is running. */
    void release(String name) {
        JobRecord record = map.get(name);
        if (record != null && record.owner() == self && !record.running()) {
            map.replace(name, record, record.released());
        }
    }

    private boolean isAlive(long owner) {
        return owner != JobRecord.NOBODY && state.members().isAlive(owner);
    }

    private @Nullable Member member(long incarnation) {
        return state.members().all().stream()
                .filter(member -> member.incarnation() == incarnation)
                .findAny()
                .orElse(null);
    }

    /** All jobs that ever ran, by name. */
    public Map<String, Status> all() {
        Map<String, Status> all = new TreeMap<>();
        map.forEach((name, job) -> all.put(name, status(job)));
        return all;
    }

    private Status status(JobRecord job) {
        Member owner = job.owner() == JobRecord.NOBODY ? null : member(job.owner());
        return new Status(
                owner == null ? null : owner.ordinal(),
                job.running(),
                Instant.ofEpochMilli(job.begun()),
                job.ended() == 0 ? null : Instant.ofEpochMilli(job.ended()),
                job.runs(),
                job.abandoned());
    }

    /**
     * A job.
     *
     * @param owner ordinal of the member that runs it; null if it stopped or died, and nobody has taken the job over yet
     * @param running whether a run has begun and not ended; without an owner, it was abandoned
     * @param begun when the last run began
     * @param ended when the last run that ended did
     * @param runs how many have begun
     * @param abandoned how many of them were found abandoned
     */
    public record Status(
            @Nullable Integer owner,
            boolean running,
            Instant begun,
            @Nullable Instant ended,
            long runs,
            long abandoned) {}
}
