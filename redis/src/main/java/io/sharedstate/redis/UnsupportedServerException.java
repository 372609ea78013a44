package io.sharedstate.redis;

import io.sharedstate.SharedStateException;

/** The server is too old. */
public class UnsupportedServerException extends SharedStateException {

    private static final long serialVersionUID = 1;

    public UnsupportedServerException(String message) {
        super(message);
    }
}
