package io.sharedstate.engine;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a member does from time to time, on a thread of its own. */
public final class Watch {

    private static final Logger LOG = LoggerFactory.getLogger(Watch.class);

    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(task -> Events.daemon(task, "sharedstate-watch"));

    public void every(long periodMs, Runnable task) {
        thread.scheduleWithFixedDelay(() -> run(task), periodMs, periodMs, TimeUnit.MILLISECONDS);
    }

    private static void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            LOG.warn("a periodic task failed; it goes on", e);
        }
    }

    public void close() {
        thread.shutdownNow();
    }
}
