package io.sharedstate.it.shop;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Customers who all do the same, again and again, until they are sent home.
 *
 * @param <T> what they get for it
 */
public final class Crowd<T> implements AutoCloseable {

    private final Queue<T> answers = new ConcurrentLinkedQueue<>();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger cut = new AtomicInteger();
    private final List<Future<?>> customers = new ArrayList<>();
    private final ExecutorService threads;
    private volatile boolean open = true;

    public Crowd(int size, Callable<T> call) {
        threads = Executors.newFixedThreadPool(size);
        for (int i = 0; i < size; i++) {
            customers.add(threads.submit(() -> {
                while (open) {
                    call(call);
                }
                return null;
            }));
        }
    }

    private void call(Callable<T> call) throws Exception {
        T answer;
        try {
            answer = call.call();
        } catch (IOException e) {
            cut.incrementAndGet();
            return;
        }
        answers.add(answer);
        answered.incrementAndGet();
    }

    public List<T> answers() {
        return List.copyOf(answers);
    }

    public int answered() {
        return answered.get();
    }

    /** How many calls were not answered. */
    public int cut() {
        return cut.get();
    }

    /** Waits for the calls that are under way, and throws what went wrong with any. */
    public void sendHome() throws ExecutionException, InterruptedException {
        open = false;
        for (Future<?> customer : customers) {
            customer.get();
        }
    }

    @Override
    public void close() throws InterruptedException {
        open = false;
        threads.shutdownNow();
        if (!threads.awaitTermination(30, TimeUnit.SECONDS)) {
            throw new IllegalStateException("customers are still there");
        }
    }
}
