package io.sharedstate.autoconfigure.console;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/**
 * Takes a snapshot each second, and soon after each event, for all viewers together, on a thread that is there only while there are
 * viewers.
 *
 * <p>It stops before the web server does, which waits for requests that are being answered: a stream would be one for ever.
 */
final class Sampler implements SmartLifecycle {

    static final String THREAD = "sharedstate-console";

    /** Events often come in crowds: these are shown together. */
    private static final int CROWD_MS = 100;

    private final Supplier<String> snapshots;
    private final int periodMs;

    // No viewer is called with this object's monitor held: one that fails calls back.
    private final Set<Viewer> viewers = new LinkedHashSet<>();
    private @Nullable ScheduledExecutorService thread;
    private @Nullable String newest;
    private boolean soon;
    private boolean stopped;

    /** @param snapshots doesn't throw */
    Sampler(Supplier<String> snapshots, int periodMs) {
        this.snapshots = snapshots;
        this.periodMs = periodMs;
    }

    /** Shows the state to a viewer until it is removed; ends it if this has stopped. */
    void add(Viewer viewer) {
        boolean refused;
        String snapshot;
        synchronized (this) {
            refused = stopped;
            snapshot = newest;
            if (!refused) {
                viewers.add(viewer);
                if (thread == null) {
                    thread = startSampling();
                }
            }
        }
        if (refused) {
            viewer.end();
        } else if (snapshot != null) {
            viewer.show(snapshot);
        }
    }

    private ScheduledExecutorService startSampling() {
        ScheduledExecutorService started = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, THREAD);
            thread.setDaemon(true);
            return thread;
        });
        started.scheduleWithFixedDelay(this::sample, 0, periodMs, TimeUnit.MILLISECONDS);
        return started;
    }

    synchronized void remove(Viewer viewer) {
        if (viewers.remove(viewer) && viewers.isEmpty()) {
            endSampling();
        }
    }

    // The thread isn't interrupted: that would close a channel it may be reading from.
    private void endSampling() {
        if (thread != null) {
            thread.shutdown();
        }
        thread = null;
        newest = null;
        soon = false;
    }

    /** Takes the next snapshot now rather than in a second. */
    synchronized void sampleSoon() {
        if (thread != null && !soon) {
            soon = true;
            thread.schedule(this::sample, CROWD_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void sample() {
        synchronized (this) {
            soon = false;
        }
        String snapshot = snapshots.get();
        List<Viewer> present;
        synchronized (this) {
            newest = viewers.isEmpty() ? null : snapshot;
            present = new ArrayList<>(viewers);
        }
        present.forEach(viewer -> viewer.show(snapshot));
    }

    @Override
    public synchronized void start() {
        // Until it is stopped it works as it is.
        stopped = false;
    }

    @Override
    public void stop() {
        List<Viewer> left;
        synchronized (this) {
            stopped = true;
            left = new ArrayList<>(viewers);
            viewers.clear();
            endSampling();
        }
        left.forEach(Viewer::end);
    }

    @Override
    public synchronized boolean isRunning() {
        return !stopped;
    }
}
