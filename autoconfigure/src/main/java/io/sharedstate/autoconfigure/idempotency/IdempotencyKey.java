package io.sharedstate.autoconfigure.idempotency;

import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The header {@code Idempotency-Key} (draft-ietf-httpapi-idempotency-key-header). */
final class IdempotencyKey {

    static final String HEADER = "Idempotency-Key";

    /** A String of RFC 9651, or the same without its quotes, as most clients send it. */
    private static final Pattern LEGAL = Pattern.compile("\"([ -~&&[^\"\\\\]]{1,255})\"|([!-~&&[^\"\\\\]]{1,255})");

    private IdempotencyKey() {}

    static boolean isIn(HttpServletRequest request) {
        return request.getHeader(HEADER) != null;
    }

    /** The key of an exchange: of this client key, for this scope, method and path only; null if the client's isn't legal. */
    static @Nullable String of(HttpServletRequest request, IdempotencyScope scope) {
        List<String> values = Collections.list(request.getHeaders(HEADER));
        Matcher matcher = LEGAL.matcher(values.get(0).strip());
        if (values.size() != 1 || !matcher.matches()) {
            return null;
        }
        String key = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
        return digest(scope.scopeOf(request), request.getMethod(), request.getRequestURI(), key);
    }

    /** Of a fixed size, and the key, which may be a secret, isn't in the state. */
    private static String digest(String... parts) {
        MessageDigest digest = FingerprintedRequest.sha256();
        for (String part : parts) {
            byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
            digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
            digest.update(bytes);
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
