package io.sharedstate.autoconfigure.idempotency;

import jakarta.servlet.http.HttpServletRequest;
import java.security.Principal;

/**
 * Whose key an {@code Idempotency-Key} is. Requests of different scopes never see each other's answers, whatever their keys. A bean
 * of this type takes the place of the default, {@link #PRINCIPAL}.
 */
@FunctionalInterface
public interface IdempotencyScope {

    /** The authenticated user; all who are anonymous are one scope, which no user has. */
    IdempotencyScope PRINCIPAL = request -> {
        Principal principal = request.getUserPrincipal();
        return principal == null ? "" : "user " + principal.getName();
    };

    /** What belongs to the same user, client or tenant has the same scope. */
    String scopeOf(HttpServletRequest request);
}
