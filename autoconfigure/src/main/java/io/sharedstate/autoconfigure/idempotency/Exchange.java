package io.sharedstate.autoconfigure.idempotency;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is known of the first request with a key. */
sealed interface Exchange {

    /**
     * It is being carried out.
     *
     * @param owner incarnation of the member that does
     */
    record InFlight(long owner) implements Exchange {}

    /**
     * It was answered.
     *
     * @param fingerprint of its payload, in hexadecimal
     * @param status of the answer
     * @param replay null if the answer was too large to be kept
     */
    record Answered(
            String fingerprint, int status, @Nullable Replay replay) implements Exchange {}

    /** The rest of an answer that is kept; never compared. */
    @SuppressWarnings("ArrayRecordComponent")
    record Replay(List<Header> headers, byte[] body) {}

    /** A line of an answer's head. */
    record Header(String name, String value) {}
}
