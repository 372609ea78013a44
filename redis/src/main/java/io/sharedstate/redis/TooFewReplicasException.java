package io.sharedstate.redis;

import io.sharedstate.SharedStateException;

/** A lock or permits were taken, fewer replicas than asked for heard of it in time, and so it was given back. */
public class TooFewReplicasException extends SharedStateException {

    private static final long serialVersionUID = 1;

    public TooFewReplicasException(String message) {
        super(message);
    }
}
