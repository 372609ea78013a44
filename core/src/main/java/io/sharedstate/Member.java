package io.sharedstate;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A process attached to the state (strictly, one {@link SharedState} in it). Two are equal if they are the same membership, whatever it has
 * told, and was heard of it, since.
 *
 * @param ordinal the smallest number free when it joined, from 0; a restarted process gets its number back
 * @param incarnation never used twice in one state, higher for each member that joins
 * @param pid its process id, as it sees it itself: in a container often 1
 * @param started when it joined
 * @param surroundings where it runs: within them its process id and listeners mean something
 * @param address host:port of its server, or null if it has none or hasn't said
 * @param listeners inodes of the sockets its server listens on; empty if it has none or hasn't said
 * @param version of its application, or null if it hasn't said
 * @param silence how long its process had shown no sign of life when it was looked at; as a rule, less than a second
 */
public record Member(
        int ordinal,
        long incarnation,
        long pid,
        Instant started,
        Surroundings surroundings,
        @Nullable String address,
        List<Long> listeners,
        @Nullable String version,
        Duration silence) {

    /** Who shows no sign of life for longer than this is shown as hung. */
    public static final Duration HUNG_AFTER = Duration.ofSeconds(5);

    /**
     * Whether the process hangs: it is stopped, or in a long pause of its garbage collector, or has no processor to run on. It is to be
     * shown, and decides nothing: who hangs is alive, and keeps what it has, until the engine says that it is dead.
     */
    public boolean isHung() {
        return silence.compareTo(HUNG_AFTER) > 0;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Member that && incarnation == that.incarnation && pid == that.pid;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(incarnation);
    }
}
