package io.sharedstate.autoconfigure.messaging;

import io.micrometer.observation.ObservationRegistry;
import io.sharedstate.Delivery;
import io.sharedstate.SharedQueue;
import java.time.Duration;
import java.util.Objects;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/** One of the threads that call a method with the messages of a queue. */
final class QueueWorker<T> implements Worker {

    private static final Log log = LogFactory.getLog(SharedQueueListener.class);

    private static final Duration LONGEST_RETRY_DELAY = Duration.ofMinutes(5);

    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final SharedQueue<T> queue;
    private final ListenerMethod method;
    private final Duration retryDelay;
    private final ObservationRegistry observations;

    /** The thread while it waits for a message, and may be interrupted. */
    private @Nullable Thread waiting;

    private boolean stopped;

    /** Used by the worker's thread alone. */
    private boolean failing;

    QueueWorker(SharedQueue<T> queue, ListenerMethod method, Duration retryDelay, ObservationRegistry observations) {
        this.queue = queue;
        this.method = method;
        this.retryDelay = retryDelay;
        this.observations = observations;
    }

    @Override
    public void run() {
        while (beginToWait()) {
            Delivery<T> delivery = receive();
            if (delivery != null) {
                handle(new DecidedDelivery<>(delivery));
            }
        }
    }

    private @Nullable Delivery<T> receive() {
        try {
            return receiveOrPause();
        } catch (InterruptedException e) {
            return null; // to see whether it is to stop
        } finally {
            endToWait();
        }
    }

    private @Nullable Delivery<T> receiveOrPause() throws InterruptedException {
        try {
            Delivery<T> delivery = queue.receive();
            failing = false;
            return delivery;
        } catch (RuntimeException e) {
            String failed = "queue '%s': receiving failed; it is tried again each %s".formatted(queue.name(), PAUSE);
            if (failing) {
                log.debug(failed, e);
            } else {
                log.error(failed + ", which is logged no more until it has worked", e);
            }
            failing = true;
            Thread.sleep(PAUSE.toMillis());
            return null;
        }
    }

    private synchronized boolean beginToWait() {
        waiting = stopped ? null : Thread.currentThread();
        return !stopped;
    }

    private synchronized void endToWait() {
        waiting = null;
        Thread.interrupted(); // by stop, which has no use for it any more
    }

    @Override
    public synchronized void stop() {
        stopped = true;
        if (waiting != null) {
            waiting.interrupt();
        }
    }

    private void handle(DecidedDelivery<T> delivery) {
        method.call(
                ListenerMethod.observation(observations, "queue", queue.name()),
                () -> method.takesEnvelope() ? delivery : Objects.requireNonNull(delivery.value()),
                () -> end(delivery),
                e -> failed(delivery, e));
    }

    private static String end(DecidedDelivery<?> delivery) {
        String decision = delivery.decision();
        if (decision == null) {
            delivery.done();
            return "done";
        }
        return decision;
    }

    private void failed(DecidedDelivery<T> delivery, Throwable failure) {
        String what = "queue '%s': attempt %d at a message failed; ".formatted(queue.name(), delivery.attempts());
        String decision = delivery.decision();
        if (decision != null) {
            log.warn(what + "it had been " + decision + " before", failure);
            return;
        }
        Duration delay = delay(retryDelay, delivery.attempts());
        try {
            delivery.retry(delay);
            log.warn(what + "the next one is in " + delay + " unless it was the last", failure);
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
            log.warn(what + "it is received again as soon as this process has left the shared state", failure);
        }
    }

    /** @param attempts so far */
    static Duration delay(Duration first, int attempts) {
        Duration longest = first.compareTo(LONGEST_RETRY_DELAY) > 0 ? first : LONGEST_RETRY_DELAY;
        Duration delay = first;
        for (int attempt = 1; attempt < attempts && delay.compareTo(longest) < 0; attempt++) {
            delay = delay.multipliedBy(2);
        }
        return delay.compareTo(longest) < 0 ? delay : longest;
    }
}
