package io.sharedstate.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A server of its own, on loopback, that keeps nothing on the disk; gone when it is closed. */
record RedisServer(Process process, int port) implements AutoCloseable {

    static final String HOST = InetAddress.getLoopbackAddress().getHostAddress();

    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(10);

    /** Empty, which is said, if there is no {@code redis-server} on the PATH. */
    static Optional<RedisServer> startIfThere(Scratch scratch) {
        try {
            int port;
            try (ServerSocket free = new ServerSocket(0)) {
                port = free.getLocalPort();
            }
            Path log = scratch.path().resolve("redis.log");
            Process process = new ProcessBuilder(List.of(
                            "redis-server", "--port", "" + port, "--bind", HOST, "--save", "", "--appendonly", "no"))
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            // Should this process be told to stop meanwhile.
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
            awaitReady(process, port);
            return Optional.of(new RedisServer(process, port));
        } catch (IOException e) {
            System.err.println("without Redis: " + e.getMessage());
            return Optional.empty();
        }
    }

    private static void awaitReady(Process process, int port) {
        while (process.isAlive()) {
            try (Socket ready = new Socket(HOST, port)) {
                return;
            } catch (IOException e) {
                LockSupport.parkNanos(LOOK_NS);
            }
        }
        throw new UncheckedIOException(new IOException("redis-server has ended"));
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
