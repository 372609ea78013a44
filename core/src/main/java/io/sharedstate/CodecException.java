package io.sharedstate;

/**
 * What an entry of a map holds can't be read: its codec failed, perhaps because the entry was written by a version of the
 * application with another class. The entry is as it was, and can be replaced or removed.
 */
public class CodecException extends SharedStateException {

    private static final long serialVersionUID = 1;

    public CodecException(String message, Throwable cause) {
        super(message, cause);
    }
}
