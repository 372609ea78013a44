package io.sharedstate;

/** An encoded value is larger than the room it was declared with; the old value stays. */
public class ValueTooLargeException extends SharedStateException {

    private static final long serialVersionUID = 1;

    public ValueTooLargeException(String message) {
        super(message);
    }
}
