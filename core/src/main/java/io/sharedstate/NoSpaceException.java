package io.sharedstate;

/** The disk or tmpfs has no room for a file; nothing was changed. */
public class NoSpaceException extends SharedStateException {

    private static final long serialVersionUID = 1;

    public NoSpaceException(String message) {
        super(message);
    }

    public NoSpaceException(String message, Throwable cause) {
        super(message, cause);
    }
}
