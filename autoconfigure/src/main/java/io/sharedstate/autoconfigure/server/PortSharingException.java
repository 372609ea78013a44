package io.sharedstate.autoconfigure.server;

/** The port can't be shared as asked for. */
final class PortSharingException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String action;

    PortSharingException(String description, String action) {
        super(description);
        this.action = action;
    }

    /** What to do about it. */
    String action() {
        return action;
    }
}
