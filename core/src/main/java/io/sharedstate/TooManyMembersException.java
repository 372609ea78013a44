package io.sharedstate;

/** All places for members are taken. */
public class TooManyMembersException extends SharedStateException {

    private static final long serialVersionUID = 1;

    public TooManyMembersException(String message) {
        super(message);
    }
}
