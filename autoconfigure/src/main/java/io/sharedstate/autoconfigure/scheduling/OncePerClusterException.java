package io.sharedstate.autoconfigure.scheduling;

import io.sharedstate.autoconfigure.diagnostics.ActionableException;

/** A method can't be a job. */
final class OncePerClusterException extends ActionableException {

    private static final long serialVersionUID = 1L;

    OncePerClusterException(String description, String action) {
        super(description, action);
    }
}
