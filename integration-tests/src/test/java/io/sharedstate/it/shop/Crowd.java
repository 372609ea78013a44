package io.sharedstate.it.shop;

import java.io.IOException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Customers who all do the same, again and again, until they are sent home.
 *
 * @param <T> what they get for it
 */
public final class Crowd<T> implements AutoCloseable {

    /** What they leave of the processors is for the instances that start meanwhile. */
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private final Queue<T> answers = new ConcurrentLinkedQueue<>();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger cut = new AtomicInteger();
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private final ExecutorService threads;
    private volatile boolean open = true;

    public Crowd(int size, Callable<T> call) {
        threads = Executors.newFixedThreadPool(size);
        for (int i = 0; i < size; i++) {
            threads.execute(() -> {
                while (open) {
                    call(call);
                    LockSupport.parkNanos(PAUSE_NS);
                }
            });
        }
    }

    private void call(Callable<T> call) {
        try {
            answers.add(call.call());
            answered.incrementAndGet();
        } catch (IOException e) {
            cut.incrementAndGet();
        } catch (Exception e) {
            failure.compareAndSet(null, e);
            open = false;
        }
    }

    public List<T> answers() {
        throwFailure();
        return List.copyOf(answers);
    }

    public int answered() {
        throwFailure();
        return answered.get();
    }

    /** How many calls were not answered. */
    public int cut() {
        return cut.get();
    }

    private void throwFailure() {
        Exception e = failure.get();
        if (e != null) {
            throw new IllegalStateException("a customer was sent away", e);
        }
    }

    /** Waits for the calls that are under way. */
    public void sendHome() throws InterruptedException {
        open = false;
        threads.shutdown();
        if (!threads.awaitTermination(30, TimeUnit.SECONDS)) {
            throw new IllegalStateException("customers are still there");
        }
        throwFailure();
    }

    @Override
    public void close() {
        open = false;
        threads.shutdownNow();
    }
}
