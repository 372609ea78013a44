package io.sharedstate.autoconfigure.server;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The accepted connections that still wait for their first request, which a server mustn't close when it stops: their clients were told that
 * they are connected.
 *
 * @param <C> what the server knows a connection by
 */
final class FirstRequests<C> {

    static final int GRACE_MS = 100;

    /** Somebody may connect and ask for nothing. */
    static final int LIMIT_MS = 1_000;

    private final Set<C> awaited = ConcurrentHashMap.newKeySet();

    void await(C connection) {
        awaited.add(connection);
    }

    /** Its first request was answered, or it was closed. */
    void forget(@Nullable C connection) {
        if (connection != null) {
            awaited.remove(connection);
        }
    }

    boolean isAwaited(C connection) {
        return awaited.contains(connection);
    }

    /** Waits {@value #GRACE_MS} ms, and up to {@value #LIMIT_MS} ms while a first request hasn't come. */
    void awaitAll() {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MS);
        try {
            Thread.sleep(GRACE_MS);
            while (!awaited.isEmpty() && System.nanoTime() < deadline) {
                Thread.sleep(5);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
