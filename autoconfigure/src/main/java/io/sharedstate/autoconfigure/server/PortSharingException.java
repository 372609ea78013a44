package io.sharedstate.autoconfigure.server;

import io.sharedstate.autoconfigure.diagnostics.ActionableException;

/** The port can't be shared as asked for. */
final class PortSharingException extends ActionableException {

    private static final long serialVersionUID = 1L;

    PortSharingException(String description, String action) {
        super(description, action);
    }
}
