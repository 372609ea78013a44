package io.sharedstate.autoconfigure.diagnostics;

/** A start is refused, and whoever refuses it knows what is to be done. */
public abstract class ActionableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String action;

    protected ActionableException(String description, String action) {
        super(description);
        this.action = action;
    }

    /** What to do about it. */
    public final String action() {
        return action;
    }
}
