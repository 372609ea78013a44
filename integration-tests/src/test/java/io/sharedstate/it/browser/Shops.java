package io.sharedstate.it.browser;

import io.sharedstate.it.shop.Ports;
import io.sharedstate.it.shop.Shop;
import io.sharedstate.it.shop.Trained;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.springframework.util.FileSystemUtils;

/** Processes of the sample application on one port. Who dies stays dead. */
final class Shops implements AutoCloseable {

    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private final int port = Ports.free(1);
    private final Path directory = Files.createTempDirectory(
            Files.isDirectory(SHARED_MEMORY) ? SHARED_MEMORY : Path.of(System.getProperty("java.io.tmpdir")),
            "sharedstate-it-");
    private final List<Process> processes = new ArrayList<>();

    Shops() throws IOException {}

    void start(int count) throws IOException {
        String trained = Trained.arguments();
        for (int i = 0; i < count; i++) {
            ProcessBuilder builder = new ProcessBuilder(
                            "setpriv",
                            "--pdeathsig",
                            "KILL",
                            "--",
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            Shop.JVM_OPTIONS,
                            "-Djava.io.tmpdir=" + directory,
                            trained)
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log-" + processes.size()).toFile());
            builder.environment().put("PORT", Integer.toString(port));
            builder.environment().put("SHAREDSTATE_MAPPED_DIRECTORY", directory.toString());
            processes.add(builder.start());
        }
        Set<Long> serving = new TreeSet<>();
        Browser.soon(count + " more shops to serve", () -> {
            try {
                serving.add(shop().hits().pid());
            } catch (IOException e) {
                return false; // nobody listens yet
            }
            return serving.size() == processes.stream().filter(Process::isAlive).count();
        });
    }

    /** Each asked on a connection of its own, so that any of the processes answers. */
    Shop shop() {
        return new Shop("127.0.0.1", port);
    }

    String address() {
        return "http://127.0.0.1:" + port;
    }

    Path state() {
        return directory.resolve("ticket-shop");
    }

    void signal(String signal, long pid) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + signal, Long.toString(pid))
                .inheritIO()
                .start()
                .waitFor();
    }

    String log() {
        StringBuilder log = new StringBuilder();
        try (var files = Files.newDirectoryStream(directory, "log-*")) {
            for (Path file : files) {
                log.append(Files.readString(file)).append('\n');
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return log.toString();
    }

    /** How long it took the processes to end once they were told to. */
    Duration stop() throws InterruptedException, IOException {
        long before = System.nanoTime();
        for (Process process : processes) {
            if (process.isAlive()) {
                process.destroy();
            }
        }
        for (Process process : processes) {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("a process doesn't stop:\n" + log());
            }
        }
        return Duration.ofNanos(System.nanoTime() - before);
    }

    @Override
    public void close() throws IOException {
        processes.forEach(Process::destroyForcibly);
        for (Process process : processes) {
            process.onExit().join();
        }
        FileSystemUtils.deleteRecursively(directory);
    }
}
