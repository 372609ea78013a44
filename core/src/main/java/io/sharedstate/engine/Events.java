package io.sharedstate.engine;

import io.sharedstate.SharedStateEvent;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings events to listeners, in order, on a thread that is there only while there is something to bring. */
public final class Events {

    private static final Logger LOG = LoggerFactory.getLogger(Events.class);

    private final List<Consumer<? super SharedStateEvent>> listeners = new CopyOnWriteArrayList<>();
    private final ExecutorService thread = new ThreadPoolExecutor(
            0, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> daemon(task, "sharedstate-events"));

    public static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    public void add(Consumer<? super SharedStateEvent> listener) {
        listeners.add(listener);
    }

    public void publish(SharedStateEvent event) {
        if (listeners.isEmpty()) {
            return;
        }
        try {
            thread.execute(() -> listeners.forEach(listener -> deliver(listener, event)));
        } catch (RejectedExecutionException e) {
            LOG.debug("not delivered after close: {}", event);
        }
    }

    private static void deliver(Consumer<? super SharedStateEvent> listener, SharedStateEvent event) {
        try {
            listener.accept(event);
        } catch (RuntimeException e) {
            LOG.warn("a listener failed on {}", event, e);
        }
    }

    public void close() {
        thread.shutdown();
    }
}
