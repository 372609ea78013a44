package io.sharedstate;

/**
 * The lock is no longer this process's: it was taken for dead, on an engine where a server decides that by time, and another may have
 * the lock by now. What was done under the lock since may have met what others did; who checks fencing tokens has refused it.
 */
public class LockLostException extends SharedStateException {

    private static final long serialVersionUID = 1;

    public LockLostException(String message) {
        super(message);
    }
}
