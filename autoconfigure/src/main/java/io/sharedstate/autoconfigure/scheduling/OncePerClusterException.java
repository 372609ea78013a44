package io.sharedstate.autoconfigure.scheduling;

/** A method can't be a job. */
final class OncePerClusterException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String action;

    OncePerClusterException(String description, String action) {
        super(description);
        this.action = action;
    }

    /** What to do about it. */
    String action() {
        return action;
    }
}
