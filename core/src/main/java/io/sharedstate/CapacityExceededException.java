package io.sharedstate;

/** A table of names is full. */
public class CapacityExceededException extends SharedStateException {

    private static final long serialVersionUID = 1;

    public CapacityExceededException(String message) {
        super(message);
    }
}
