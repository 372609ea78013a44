package io.sharedstate;

/**
 * The state refuses, and says why and what to do. The subclasses are the things that a caller or operator can do something
 * about.
 */
public class SharedStateException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public SharedStateException(String message) {
        super(message);
    }

    public SharedStateException(String message, Throwable cause) {
        super(message, cause);
    }
}
