package io.sharedstate.autoconfigure.messaging;

/** A method can't be a listener. */
final class ListenerException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String action;

    ListenerException(String description, String action) {
        super(description);
        this.action = action;
    }

    /** What to do about it. */
    String action() {
        return action;
    }
}
