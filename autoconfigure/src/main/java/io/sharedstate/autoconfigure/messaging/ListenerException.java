package io.sharedstate.autoconfigure.messaging;

import io.sharedstate.autoconfigure.diagnostics.ActionableException;

/** A method can't be a listener. */
final class ListenerException extends ActionableException {

    private static final long serialVersionUID = 1L;

    ListenerException(String description, String action) {
        super(description, action);
    }
}
