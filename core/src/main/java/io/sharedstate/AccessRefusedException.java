package io.sharedstate;

/** The directory or a file is not this user's, not writable, or not a plain one (a symbolic link, for instance). */
public class AccessRefusedException extends SharedStateException {

    private static final long serialVersionUID = 1;

    public AccessRefusedException(String message) {
        super(message);
    }

    public AccessRefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}
