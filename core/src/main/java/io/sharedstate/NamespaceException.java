package io.sharedstate;

/** This process's clocks are not those of the members already attached (another time namespace). */
public class NamespaceException extends SharedStateException {

    private static final long serialVersionUID = 1;

    public NamespaceException(String message) {
        super(message);
    }
}
