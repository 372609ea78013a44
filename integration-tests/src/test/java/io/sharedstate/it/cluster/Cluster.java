package io.sharedstate.it.cluster;

import static org.awaitility.Awaitility.await;

import io.sharedstate.it.shop.Ports;
import io.sharedstate.it.shop.Shop;
import io.sharedstate.it.shop.Trained;
import io.sharedstate.redis.ServerUnderTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.springframework.util.FileSystemUtils;

/** {@code sample-app/cluster} as it runs, with a port and a state directory of its own. */
final class Cluster implements AutoCloseable {

    private static final Path SCRIPT = Path.of(System.getProperty("sample-app.home", "../sample-app"), "cluster")
            .toAbsolutePath();
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private final int port;
    private final Path directory;
    private final Path temporary;
    private final Path log;
    private Process script;

    private Cluster(int port, String... arguments) throws IOException {
        this.port = port;
        directory = Files.isDirectory(SHARED_MEMORY)
                ? Files.createTempDirectory(SHARED_MEMORY, "sharedstate-it-")
                : Files.createTempDirectory("sharedstate-it-");
        log = Files.createTempFile("cluster-", ".log");
        temporary = Files.createDirectory(directory.resolve("tmp"));
        Trained.arguments(); // which the script looks for
        script = start(arguments);
    }

    private Process start(String... arguments) throws IOException {
        return builder(Map.of(), arguments)
                .redirectOutput(Redirect.appendTo(log.toFile()))
                .start();
    }

    private ProcessBuilder builder(Map<String, String> environment, String... arguments) {
        // Should this JVM be killed, the script is told to stop. A JVM in the background of a shell ignores SIGINT, and
        // so would the script.
        List<String> command = new ArrayList<>(List.of("setpriv", "--pdeathsig", "TERM", "--"));
        command.addAll(List.of("env", "--default-signal=INT", SCRIPT.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment()
                .putAll(Map.of(
                        "PORT", Integer.toString(port),
                        "JAVA_HOME", System.getProperty("java.home"),
                        "SHAREDSTATE_MAPPED_DIRECTORY", directory.toString(),
                        "TMPDIR", temporary.toString(),
                        // A Tomcat that is killed leaves its directories.
                        "JDK_JAVA_OPTIONS", Shop.JVM_OPTIONS + " -Djava.io.tmpdir=" + temporary,
                        // Each request on a connection of its own, so that they are spread over the instances.
                        "SERVER_TOMCAT_MAX_KEEP_ALIVE_REQUESTS", "1"));
        builder.environment().putAll(environment);
        return builder;
    }

    /** The arguments for a state on a server, where a member that has said nothing for so long is dead. */
    static List<String> on(ServerUnderTest server, Duration memberTtl) {
        return List.of(
                "--engine",
                "redis",
                "--spring.data.redis.port=" + server.port(),
                "--sharedstate.redis.member-ttl=" + memberTtl);
    }

    /** Starts the script. */
    static Cluster run(int port, String... arguments) throws IOException {
        return new Cluster(port, arguments);
    }

    /** Starts the script and waits until all instances serve. */
    static Cluster serving(int instances, String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of(Integer.toString(instances)));
        all.addAll(List.of(arguments));
        Cluster cluster = new Cluster(Ports.free(1), all.toArray(String[]::new));
        try {
            cluster.pids(instances);
            return cluster;
        } catch (Throwable e) {
            e.addSuppressed(new IllegalStateException("log of the cluster:\n" + cluster.log()));
            cluster.close();
            throw e;
        }
    }

    int port() {
        return port;
    }

    Shop shop() {
        return new Shop("127.0.0.1", port);
    }

    Process script() {
        return script;
    }

    /** Starts the script once more, in the place of the one that ended. */
    void runAgain(String... arguments) throws IOException {
        script = start(arguments);
    }

    /** Calls the script beside the one that runs, such as with {@code reload}, and waits for its end. */
    Answer ask(String... arguments) throws IOException, InterruptedException {
        return ask(Map.of(), arguments);
    }

    Answer ask(Map<String, String> environment, String... arguments) throws IOException, InterruptedException {
        Process asking = builder(environment, arguments).start();
        String text = new String(asking.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Answer(asking.waitFor(), text);
    }

    /** @param status that the script ended with */
    record Answer(int status, String text) {}

    /** Where the instances run, and look for configuration. */
    Path directory() {
        return directory;
    }

    /** Where the script keeps how it is reached. */
    Path control() throws IOException {
        return temporary.resolve(
                "sharedstate-cluster-%s-%d".formatted(Files.getAttribute(directory, "unix:uid"), port));
    }

    /** The process ids of all instances by ordinal, once each of them has answered. */
    Map<Integer, Long> pids(int instances) {
        Shop shop = shop();
        Map<Integer, Long> pids = new HashMap<>();
        await(instances + " instances to serve")
                .atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(5))
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> {
                    Shop.Hit hits = shop.hits();
                    pids.put(hits.member(), hits.pid());
                    return pids.size() == instances;
                });
        return pids;
    }

    /** What it printed so far. */
    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        List<ProcessHandle> processes = Stream.concat(Stream.of(script.toHandle()), script.descendants())
                .toList();
        script.destroy();
        try {
            if (!script.waitFor(40, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the cluster doesn't stop:\n" + log());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            processes.forEach(ProcessHandle::destroyForcibly);
            Files.delete(log);
            FileSystemUtils.deleteRecursively(directory);
        }
    }
}
