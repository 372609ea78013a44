package io.sharedstate;

/**
 * What an entry of a map or a message of a topic holds can't be read: its codec failed, perhaps because it was written by a version of
 * the application with another class. An entry is as it was, and can be replaced or removed; a subscription goes on with the next message.
 */
public class CodecException extends SharedStateException {

    private static final long serialVersionUID = 1;

    public CodecException(String message, Throwable cause) {
        super(message, cause);
    }
}
