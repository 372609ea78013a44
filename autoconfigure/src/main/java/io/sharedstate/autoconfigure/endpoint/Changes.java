package io.sharedstate.autoconfigure.endpoint;

import io.sharedstate.Kind;
import io.sharedstate.SharedQueue;
import io.sharedstate.SharedState;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import java.util.regex.Pattern;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;

/** What an operator does to what has a name, for all members. The log says so: nobody else does. */
final class Changes {

    private static final Log log = LogFactory.getLog(SharedStateEndpoint.class);

    private static final int CONFLICT = 409;

    private static final Pattern HYPHEN = Pattern.compile("-(.)");

    /** By what the endpoint calls those of a kind: {@code rateLimiters}. */
    private static final Map<String, Kind> KINDS = new TreeMap<>();

    static {
        for (Kind kind : Kind.values()) {
            KINDS.put(
                    HYPHEN.matcher(kind.label())
                                    .replaceAll(letter -> letter.group(1).toUpperCase(Locale.ROOT))
                            + "s",
                    kind);
        }
    }

    private final SharedState state;

    Changes(SharedState state) {
        this.state = state;
    }

    /** Why a change was not made. */
    record Refusal(String error) {}

    /** How many dead letters there were. */
    record Settled(int deadLetters) {}

    WebEndpointResponse<?> change(String kinds, String name, @Nullable String action) {
        Kind kind = KINDS.get(kinds);
        if (kind == null) {
            return unknownKind(kinds);
        }
        if (!state.names(kind).contains(name)) {
            return unknownName(kind, name);
        }
        return switch (kind + " " + action) {
            case "COUNTER reset" -> {
                state.counter(name).reset();
                yield done(kind, name, "was reset");
            }
            case "ADDER reset" -> {
                state.adder(name).reset();
                yield done(kind, name, "was reset");
            }
            case "QUEUE requeue-dead-letters" ->
                settle(name, SharedQueue::requeueDeadLetters, "dead letters were put back");
            case "QUEUE remove-dead-letters" ->
                settle(name, SharedQueue::removeDeadLetters, "dead letters were removed");
            default ->
                refused(
                        WebEndpointResponse.STATUS_BAD_REQUEST,
                        "action is " + (action == null ? "missing" : "'" + action + "'")
                                + ": expected, in a JSON object, 'reset' for counters and adders,"
                                + " 'requeue-dead-letters' or 'remove-dead-letters' for queues");
        };
    }

    private WebEndpointResponse<?> settle(String name, ToIntFunction<SharedQueue<byte[]>> settling, String what) {
        Optional<SharedQueue<byte[]>> queue = state.findQueue(name);
        if (queue.isEmpty()) {
            return unknownName(Kind.QUEUE, name);
        }
        int settled = settling.applyAsInt(queue.get());
        log.info("By an operator: %d %s of queue '%s'".formatted(settled, what, name));
        return new WebEndpointResponse<>(new Settled(settled));
    }

    WebEndpointResponse<?> remove(String kinds, String name) {
        Kind kind = KINDS.get(kinds);
        if (kind == null) {
            return unknownKind(kinds);
        }
        // asked first, as what is no name at all would be an error
        if (!state.names(kind).contains(name)) {
            return unknownName(kind, name);
        }
        try {
            return state.remove(kind, name) ? done(kind, name, "was removed") : unknownName(kind, name);
        } catch (IllegalStateException e) {
            return refused(CONFLICT, e.getMessage());
        }
    }

    private static WebEndpointResponse<?> done(Kind kind, String name, String what) {
        log.info("By an operator: %s '%s' %s".formatted(kind.label(), name, what));
        return new WebEndpointResponse<>(WebEndpointResponse.STATUS_NO_CONTENT);
    }

    private static WebEndpointResponse<?> unknownKind(String kinds) {
        return refused(
                WebEndpointResponse.STATUS_BAD_REQUEST,
                "there is no kind '" + kinds + "': expected one of " + String.join(", ", KINDS.keySet()));
    }

    private static WebEndpointResponse<?> unknownName(Kind kind, String name) {
        return refused(
                WebEndpointResponse.STATUS_NOT_FOUND,
                "there is no " + kind.label() + " '" + name + "'; the endpoint shows the names that there are");
    }

    private static WebEndpointResponse<?> refused(int status, @Nullable String why) {
        return new WebEndpointResponse<>(new Refusal(String.valueOf(why)), status);
    }
}
