package io.sharedstate.benchmarks.restarts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Requests, each on a new connection and sent once, at a steady rate while there are threads for it. */
final class Load implements AutoCloseable {

    private static final int THREADS = 128;
    private static final int TIMEOUT_MS = 30_000;

    private final InetSocketAddress address;
    private final double intervalNs;
    private final long start = System.nanoTime();
    private final AtomicLong begun = new AtomicLong();
    private final Map<String, Integer> failures = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    private volatile boolean open = true;
    private volatile long ended;

    /** @param methods requests take them in turns */
    Load(int port, double perSecond, String... methods) {
        address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        intervalNs = 1e9 / perSecond;
        for (int i = 0; i < THREADS; i++) {
            threads.execute(() -> {
                while (open) {
                    long request = begun.getAndIncrement();
                    await(start + (long) (request * intervalNs));
                    send(methods[(int) (request % methods.length)]);
                }
            });
        }
    }

    private static void await(long time) {
        long left;
        while ((left = time - System.nanoTime()) > 0) {
            LockSupport.parkNanos(left);
        }
    }

    private void send(String method) {
        String doing = "connecting";
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(TIMEOUT_MS);
            socket.connect(address, TIMEOUT_MS);
            doing = "sending";
            socket.getOutputStream()
                    .write((method + " / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            doing = "waiting";
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            if (!answer.startsWith("HTTP/1.1 200") || !answer.contains("answered by")) {
                failed(method + ": "
                        + (answer.isEmpty()
                                ? "no answer"
                                : answer.lines().findFirst().get()));
            }
        } catch (IOException e) {
            failed(method + ": " + e.getMessage() + " while " + doing);
        }
    }

    private void failed(String how) {
        failures.merge(how, 1, Integer::sum);
    }

    long requests() {
        return begun.get();
    }

    /** Ends, and waits for the requests under way. */
    @Override
    public void close() {
        open = false;
        ended = System.nanoTime();
        threads.shutdown();
        try {
            if (!threads.awaitTermination(2 * TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
                throw new UncheckedIOException(new IOException("requests don't end"));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    double perSecond() {
        return requests() * 1e9 / (ended - start);
    }

    /** How often what happened. */
    Map<String, Integer> failures() {
        return failures;
    }
}
