package io.sharedstate.redis;

import io.sharedstate.SharedStateException;

/** The server is too old, or can't do what is asked of it. */
public class UnsupportedServerException extends SharedStateException {

    private static final long serialVersionUID = 1;

    public UnsupportedServerException(String message) {
        super(message);
    }
}
