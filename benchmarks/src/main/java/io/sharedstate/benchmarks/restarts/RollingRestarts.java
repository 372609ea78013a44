package io.sharedstate.benchmarks.restarts;

import io.sharedstate.benchmarks.restarts.Application.Server;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.util.FileSystemUtils;

/**
 * Restarts three instances, one after the other and again, by SIGTERM, while requests come in, and prints a line of the table of
 * docs/port-sharing.md. {@code benchmarks/rolling-restarts} runs it in a network of its own.
 */
final class RollingRestarts implements AutoCloseable {

    private static final int PORT = 8080;
    private static final int INSTANCES = 3;
    private static final double PER_SECOND = 2_200;

    /** How the instances share the port. */
    enum Mode {
        REUSE_PORT("reuse-port", PORT),
        /** This process's standard input is the socket. */
        INHERITED("inherited", PORT),
        /** Each on a port of its own, which it shares with nobody. */
        NGINX("reuse-port", PORT + 1);

        private final String portSharing;
        private final int firstPort;

        Mode(String portSharing, int firstPort) {
            this.portSharing = portSharing;
            this.firstPort = firstPort;
        }
    }

    private final Server server;
    private final Mode mode;
    private final Path directory;
    private final List<Process> instances = new ArrayList<>();
    private @Nullable Process nginx;

    private RollingRestarts(Server server, Mode mode) throws IOException {
        this.server = server;
        this.mode = mode;
        directory = Files.createTempDirectory(
                Files.isDirectory(Path.of("/dev/shm")) ? Path.of("/dev/shm") : Path.of("/tmp"),
                "sharedstate-restarts-");
    }

    /** @param args a server, a mode, and how many requests at least */
    public static void main(String[] args) throws IOException, InterruptedException {
        Mode mode = Mode.valueOf(args[1].toUpperCase(Locale.ROOT).replace('-', '_'));
        try (RollingRestarts restarts = new RollingRestarts(Server.valueOf(args[0].toUpperCase(Locale.ROOT)), mode)) {
            if (mode == Mode.NGINX) {
                restarts.startNginx();
            }
            System.out.println(restarts.run(Long.parseLong(args[2])));
        }
    }

    private String run(long requests) throws IOException, InterruptedException {
        for (int i = 0; i < INSTANCES; i++) {
            instances.add(start(i));
        }
        for (Process instance : instances) {
            awaitReady(instance);
        }
        int restarted = 0;
        long longestStop = 0;
        Load load = new Load(PORT, PER_SECOND, "GET", "POST");
        try (load) {
            while (load.requests() < requests || restarted % INSTANCES != 0) {
                int i = restarted++ % INSTANCES;
                Process instance = instances.get(i);
                long from = System.nanoTime();
                instance.destroy();
                if (!instance.waitFor(1, TimeUnit.MINUTES)) {
                    throw new IllegalStateException("an instance doesn't stop");
                }
                longestStop = Math.max(longestStop, System.nanoTime() - from);
                instances.set(i, start(i));
                awaitReady(instances.get(i));
            }
        }
        Map<String, Integer> failures = new TreeMap<>(load.failures());
        int failed = failures.values().stream().mapToInt(Integer::intValue).sum();
        return String.format(
                Locale.ROOT,
                "| %s | %s | %s | %,.0f | %d | %.1f s | %,d | %d%s |",
                server.name().toLowerCase(Locale.ROOT),
                mode.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                Files.readString(Path.of("/proc/sys/net/ipv4/tcp_migrate_req")).trim(),
                load.perSecond(),
                restarted,
                longestStop / 1e9,
                load.requests(),
                failed,
                failed == 0 ? "" : " " + failures);
    }

    private Process start(int instance) throws IOException {
        int port = mode == Mode.NGINX ? mode.firstPort + instance : mode.firstPort;
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // Three of them start again and again beside the load.
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "-Djava.io.tmpdir=" + directory,
                "-cp",
                System.getProperty("java.class.path"),
                Application.class.getName(),
                server.name(),
                "--spring.main.banner-mode=off",
                "--logging.level.root=warn",
                "--server.address=127.0.0.1",
                "--server.port=" + port,
                "--sharedstate.server.port-sharing=" + mode.portSharing,
                "--sharedstate.name=restarts",
                "--sharedstate.mapped.directory=" + directory.resolve("state"));
        return new ProcessBuilder(command)
                .redirectInput(mode == Mode.INHERITED ? Redirect.INHERIT : Redirect.PIPE)
                .redirectError(Redirect.INHERIT)
                .start();
    }

    private static void awaitReady(Process instance) throws IOException {
        BufferedReader output = instance.inputReader(StandardCharsets.UTF_8);
        for (String line = output.readLine(); !"ready".equals(line); line = output.readLine()) {
            if (line == null) {
                throw new IllegalStateException("an instance ended at its start; its error is above");
            }
            System.err.println(line);
        }
    }

    private void startNginx() throws IOException {
        StringBuilder upstreams = new StringBuilder();
        for (int i = 0; i < INSTANCES; i++) {
            upstreams.append("    server 127.0.0.1:").append(mode.firstPort + i).append(" max_fails=0;\n");
        }
        Path configuration = directory.resolve("nginx.conf");
        Files.writeString(configuration, """
                daemon off;
                error_log stderr crit;
                user root root;
                worker_processes 1;
                pid nginx.pid;
                events { worker_connections 1024; }
                http {
                  access_log off;
                  client_body_temp_path body;
                  proxy_temp_path proxy;
                  fastcgi_temp_path fastcgi;
                  uwsgi_temp_path uwsgi;
                  scgi_temp_path scgi;
                  proxy_connect_timeout 1s;
                  upstream instances {
                %s  }
                  server {
                    listen 127.0.0.1:%d backlog=1024;
                    location / { proxy_pass http://instances; }
                  }
                }
                """.formatted(upstreams, PORT));
        nginx = new ProcessBuilder("nginx", "-p", directory.toString(), "-c", configuration.toString(), "-e", "stderr")
                .redirectError(Redirect.INHERIT)
                .start();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        List<Process> processes = new ArrayList<>(instances);
        if (nginx != null) {
            processes.add(nginx);
        }
        processes.forEach(Process::destroy);
        for (Process process : processes) {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        }
        FileSystemUtils.deleteRecursively(directory);
    }
}
