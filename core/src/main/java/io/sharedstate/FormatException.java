package io.sharedstate;

/** A file isn't what it should be: foreign, damaged, of another layout version, or from another host. */
public class FormatException extends SharedStateException {

    private static final long serialVersionUID = 1;

    public FormatException(String message) {
        super(message);
    }

    public FormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
