package io.sharedstate;

/** The file system can't be trusted with shared memory and kernel locks; a network file system, for instance. */
public class UnsupportedFileSystemException extends SharedStateException {

    private static final long serialVersionUID = 1;

    public UnsupportedFileSystemException(String message) {
        super(message);
    }
}
