package io.sharedstate.autoconfigure.session;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/** Looks for sessions that have expired, from time to time, while the context runs. Every process does: none is needed for it. */
final class SessionCleanup implements SmartLifecycle {

    private static final Log log = LogFactory.getLog(SessionCleanup.class);
    private static final long STOP_SECONDS = 5;

    private final SharedSessionRepository repository;
    private final Duration interval;
    private volatile @Nullable ScheduledExecutorService thread;

    SessionCleanup(SharedSessionRepository repository, Duration interval) {
        this.repository = repository;
        this.interval = interval;
    }

    @Override
    public void start() {
        ScheduledExecutorService started = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread daemon = new Thread(task, "sharedstate-sessions");
            daemon.setDaemon(true);
            return daemon;
        });
        thread = started;
        var unused = started.scheduleWithFixedDelay(
                this::cleanUp, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    // What is thrown would end it.
    private void cleanUp() {
        try {
            int removed = repository.removeExpired();
            log.debug(removed + " sessions have expired");
        } catch (RuntimeException e) {
            log.warn("Expired sessions stay for now; trying again in " + interval, e);
        }
    }

    @Override
    public void stop() {
        ScheduledExecutorService stopping = thread;
        thread = null;
        if (stopping != null) {
            stopping.shutdown();
            try {
                stopping.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public boolean isRunning() {
        return thread != null;
    }
}
