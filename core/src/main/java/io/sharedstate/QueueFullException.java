package io.sharedstate;

/** A queue has no room for a message, which is not in the queue. */
public class QueueFullException extends SharedStateException {

    private static final long serialVersionUID = 1;

    public QueueFullException(String message) {
        super(message);
    }
}
