package io.sharedstate.autoconfigure.snapshot;

import io.sharedstate.MapFullException;
import io.sharedstate.ValueTooLargeException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/** Tells the other members again and again what this one has to tell. */
public final class Teller implements SmartLifecycle {

    private static final Log log = LogFactory.getLog(Teller.class);

    /** For what is being told when the application stops. */
    private static final int PATIENCE_SECONDS = 5;

    private final String subject;
    private final String advice;
    private final Duration interval;
    private final Runnable tell;
    private final boolean hasLastWord;
    private @Nullable ScheduledExecutorService thread;
    private volatile boolean failed;

    /**
     * @param subject what is told, for a person to read: "the metrics"
     * @param advice what to do if there is no room for it
     * @param tell does it
     * @param hasLastWord whether to tell it a last time, when all else in the application has stopped
     */
    public Teller(String subject, String advice, Duration interval, Runnable tell, boolean hasLastWord) {
        this.subject = subject;
        this.advice = advice;
        this.interval = interval;
        this.tell = tell;
        this.hasLastWord = hasLastWord;
    }

    @Override
    public synchronized void start() {
        thread = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "sharedstate-teller");
            thread.setDaemon(true);
            return thread;
        });
        var unused = thread.scheduleAtFixedRate(this::tryTell, 0, interval.toNanos(), TimeUnit.NANOSECONDS);
    }

    // What is thrown would end the telling.
    private void tryTell() {
        try {
            tell.run();
            failed = false;
        } catch (MapFullException | ValueTooLargeException e) {
            warnOnce(e.getMessage() + "; " + advice, null);
        } catch (RuntimeException e) {
            warnOnce("trying again", e);
        }
    }

    private void warnOnce(String why, @Nullable RuntimeException cause) {
        if (!failed) {
            failed = true;
            log.warn(
                    "The other members can't be told " + subject + " of this one, and go on with what they have: "
                            + why,
                    cause);
        }
    }

    /** The thread isn't interrupted: that would close a channel it may be reading from. */
    @Override
    public synchronized void stop() {
        ScheduledExecutorService running = thread;
        thread = null;
        if (running == null) {
            return;
        }
        running.shutdown();
        try {
            if (running.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS) && hasLastWord) {
                tryTell();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return thread != null;
    }

    /** Stops after what still counts, and before connections to a server do, whose phase is 0. */
    @Override
    public int getPhase() {
        return 1;
    }
}
