package io.sharedstate.autoconfigure.server;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Clients that send one request after the other, each on a new connection. */
final class Load implements AutoCloseable {

    private final List<Thread> clients = new ArrayList<>();
    private final AtomicInteger answers = new AtomicInteger();
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    private volatile boolean stopped;

    Load(int port) {
        for (int i = 0; i < 3; i++) {
            Thread client = new Thread(() -> run(port), "client-" + i);
            clients.add(client);
            client.start();
        }
    }

    private void run(int port) {
        while (!stopped) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1)); // Leaves the servers some processor time.
            try {
                String answer = RawConnection.get(port);
                if (answer.startsWith("HTTP/1.1 200")) {
                    answers.incrementAndGet();
                } else {
                    failures.add("answer: " + answer);
                }
            } catch (IOException e) {
                failures.add(e.toString());
            }
        }
    }

    void awaitMore(int count) {
        int before = answers.get();
        await().until(() -> answers.get() >= before + count);
    }

    /** The failures of all requests. */
    List<String> stop() {
        close();
        return List.copyOf(failures);
    }

    @Override
    public void close() {
        stopped = true;
        try {
            for (Thread client : clients) {
                client.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
