package io.sharedstate;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A process attached to the state (strictly, one {@link SharedState} in it).
 *
 * @param ordinal the smallest number free when it joined, from 0; a restarted process gets its number back
 * @param incarnation never used twice in one state, higher for each member that joins
 * @param pid its process id, as it sees it itself: in a container often 1
 * @param started when it joined
 * @param address host:port of its server, or null if it has none or hasn't said
 * @param listeners inodes of the sockets its server listens on; empty if it has none or hasn't said
 */
public record Member(
        int ordinal,
        long incarnation,
        long pid,
        Instant started,
        @Nullable String address,
        List<Long> listeners) {}
