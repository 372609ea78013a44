package io.sharedstate;

/** A map that refuses when it is full has no room for an entry; nothing was changed. */
public class MapFullException extends SharedStateException {

    private static final long serialVersionUID = 1;

    public MapFullException(String message) {
        super(message);
    }
}
