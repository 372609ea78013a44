package io.sharedstate.autoconfigure.idempotency;

import io.sharedstate.MapFullException;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedState;
import io.sharedstate.ValueTooLargeException;
import io.sharedstate.autoconfigure.idempotency.Exchange.Answered;
import io.sharedstate.autoconfigure.idempotency.Exchange.InFlight;
import java.util.Optional;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * The exchanges of all processes, by key. An exchange that is in flight belongs to the member that carries it out; should
 * that one die, nobody knows how far it came.
 */
final class Exchanges {

    private static final Log log = LogFactory.getLog(Exchanges.class);

    private final SharedState state;
    private final SharedMap<String, Exchange> map;
    private final InFlight own;

    Exchanges(SharedState state, SharedMap<String, Exchange> map) {
        this.state = state;
        this.map = map;
        this.own = new InFlight(state.members().self().incarnation());
    }

    /**
     * Begins the exchange of a key, if it is the first.
     *
     * @return what there is already; empty if there was nothing, and the caller has to carry the request out
     * @throws MapFullException if there is no room for another key
     */
    Optional<Exchange> begin(String key) {
        return Optional.ofNullable(map.putIfAbsent(key, own));
    }

    /** Begins an exchange anew that a dead member has left; returns whether the caller has to carry it out. */
    boolean beginAgain(String key, InFlight abandoned) {
        return map.replace(key, abandoned, own);
    }

    boolean isAbandoned(InFlight exchange) {
        return !state.members().isAlive(exchange.owner());
    }

    /** Ends an exchange that this member has begun. What doesn't fit is kept without the answer. */
    void end(String key, Answered answered) {
        try {
            map.put(key, answered);
        } catch (MapFullException | ValueTooLargeException full) {
            log.warn("An answer isn't kept: " + full.getMessage());
            endWithoutAnswer(key, new Answered(answered.fingerprint(), answered.status(), null));
        }
    }

    private void endWithoutAnswer(String key, Answered answered) {
        try {
            map.put(key, answered);
        } catch (MapFullException full) {
            log.error("A request stays in flight until its key is forgotten: " + full.getMessage());
        }
    }

    /** Forgets an exchange that this member has begun, so that the next request with its key is carried out. */
    void forget(String key) {
        map.remove(key);
    }
}
