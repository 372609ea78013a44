package io.sharedstate.autoconfigure.server;

import java.util.concurrent.CompletableFuture;

/** What {@code /held} waits for. */
final class Held {

    final CompletableFuture<Void> reached = new CompletableFuture<>();
    final CompletableFuture<Void> released = new CompletableFuture<>();

    /** An application that knows {@code /held}. */
    interface App {

        Held held();
    }
}
