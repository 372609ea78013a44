package io.sharedstate.redis;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** Does something in a thread of its own: the common pool may have but one for all that waits here. */
final class Aside {

    private static final Executor THREAD = task -> {
        Thread thread = new Thread(task, "aside");
        thread.setDaemon(true);
        thread.start();
    };

    private Aside() {}

    static <T> CompletableFuture<T> get(Supplier<T> task) {
        return CompletableFuture.supplyAsync(task, THREAD);
    }

    static CompletableFuture<Void> run(Runnable task) {
        return CompletableFuture.runAsync(task, THREAD);
    }
}
