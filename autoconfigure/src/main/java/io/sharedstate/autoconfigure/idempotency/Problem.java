package io.sharedstate.autoconfigure.idempotency;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What an {@code Idempotency-Key} may be refused for, as {@code application/problem+json} (RFC 9457). */
enum Problem {
    MISSING(
            400,
            "Idempotency-Key is missing",
            "This operation needs a key of its own in that header, so that a repetition isn't carried out again."),
    INVALID(
            400,
            "Idempotency-Key is invalid",
            "The header has to be there once, with 1 to 255 printable ASCII characters, optionally in double quotes."),
    IN_FLIGHT(
            409,
            "A request with this Idempotency-Key is being carried out",
            "Repeat the request later to get its answer."),
    OUTCOME_UNKNOWN(
            409,
            "The outcome of the request with this Idempotency-Key is unknown",
            "The server that carried it out ended before it answered. Find out what was done, then use another key."),
    NOT_REPLAYABLE(
            409,
            "The answer to the request with this Idempotency-Key was not kept",
            "The request was carried out, but its answer was too large to be kept."),
    OTHER_PAYLOAD(
            422,
            "Idempotency-Key is used for another request",
            "The first request with this key had another payload. Use a key of its own for each request."),
    FULL(503, "No room for another Idempotency-Key", "The request wasn't carried out. Repeat it later.");

    private final int status;
    private final String title;
    private final String detail;

    Problem(int status, String title, String detail) {
        this.status = status;
        this.title = title;
        this.detail = detail;
    }

    /** {@code urn:problem-type:idempotency-key-missing}, ... */
    String type() {
        return "urn:problem-type:idempotency-key-"
                + name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** @param retryAfter in seconds */
    void answer(HttpServletResponse response, @Nullable Integer retryAfter) throws IOException {
        byte[] body = "{\"type\":\"%s\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\"}"
                .formatted(type(), title, status, detail)
                .getBytes(StandardCharsets.UTF_8);
        response.setStatus(status);
        if (retryAfter != null) {
            response.setHeader("Retry-After", retryAfter.toString());
        }
        response.setContentType("application/problem+json");
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }
}
