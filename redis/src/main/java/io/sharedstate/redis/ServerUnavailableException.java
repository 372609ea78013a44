package io.sharedstate.redis;

import io.sharedstate.SharedStateException;

/** The server can't be reached, or doesn't answer in time. Whether the last call was carried out, once, is not known. */
public class ServerUnavailableException extends SharedStateException {

    private static final long serialVersionUID = 1;

    public ServerUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
