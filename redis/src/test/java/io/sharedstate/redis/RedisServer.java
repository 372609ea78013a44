package io.sharedstate.redis;

import static org.junit.jupiter.api.Assumptions.abort;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.SocketOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.springframework.data.redis.connection.RedisConfiguration;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.util.FileSystemUtils;
import org.testcontainers.containers.GenericContainer;

/**
 * A real server, in a process of its own, of the program that the system property {@code test.server} names; or in a container of the image
 * that {@code test.image.server} names.
 */
class RedisServer implements AutoCloseable {

    static final String LOOPBACK = InetAddress.getLoopbackAddress().getHostAddress();
    private static final String PROGRAM = System.getProperty("test.server", "redis-server");

    private static RedisServer shared;

    private final int port;

    private RedisServer(int port) {
        this.port = port;
    }

    /** One for all tests that don't harm it. */
    static synchronized RedisServer shared() {
        if (shared == null) {
            shared = start();
            Runtime.getRuntime().addShutdownHook(new Thread(shared::close));
        }
        return shared;
    }

    /** One of its own, empty, that keeps nothing. */
    static RedisServer start(String... options) {
        String image = System.getProperty("test.image.server", "");
        return image.isEmpty() ? Own.start(options) : Contained.start(image, options);
    }

    int port() {
        return port;
    }

    /** Connections of one process. */
    LettuceConnectionFactory connections() {
        return connections(port, "");
    }

    static LettuceConnectionFactory connections(int port, String password) {
        RedisStandaloneConfiguration where = new RedisStandaloneConfiguration(LOOPBACK, port);
        where.setPassword(password);
        return connections(where);
    }

    static LettuceConnectionFactory connections(RedisConfiguration where) {
        LettuceClientConfiguration client = LettuceClientConfiguration.builder()
                .commandTimeout(Duration.ofSeconds(10))
                .shutdownTimeout(Duration.ZERO)
                .clientOptions(ClientOptions.builder()
                        .socketOptions(SocketOptions.builder()
                                .connectTimeout(Duration.ofSeconds(2))
                                .build())
                        .build())
                .build();
        LettuceConnectionFactory factory = new LettuceConnectionFactory(where, client);
        boolean interrupted = Thread.interrupted(); // which Netty's timer would forget when it starts
        factory.afterPropertiesSet();
        factory.start();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return factory;
    }

    /** What it says to a command. */
    <R> R ask(Server.Command<R> command) {
        LettuceConnectionFactory connections = connections();
        try {
            return new Server(connections).call(command);
        } finally {
            connections.destroy();
        }
    }

    /** As if it had been started anew, empty. */
    void forgetEverything() {
        ask(commands -> commands.flushall());
    }

    @Override
    public void close() {}

    private static List<String> keepingNothing(String program, String... options) {
        List<String> command = new ArrayList<>(List.of(program, "--save", "", "--appendonly", "no"));
        command.addAll(List.of(options));
        return command;
    }

    /** Below those that the kernel gives to clients, who may be anyone before a server is there. */
    static int freePort() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(20_000, 32_768);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (BindException e) {
                // Somebody is there: another one.
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** A process of its own, with a directory, that can be killed, stopped, and started again. */
    static final class Own extends RedisServer {

        private final List<String> command;
        private final Path directory;
        private Process process;

        private Own(int port, List<String> command, Path directory) {
            super(port);
            this.command = command;
            this.directory = directory;
        }

        static Own start(String... options) {
            int port = freePort();
            List<String> command = keepingNothing(binary(), options);
            command.addAll(List.of("--port", "" + port, "--bind", LOOPBACK));
            return start(new Own(port, command, directory()));
        }

        /** One that is reached by TLS alone; paths of PEM files. */
        static Own startWithTls(Path certificate, Path key, String... options) {
            int port = freePort();
            List<String> command = keepingNothing(binary(), options);
            command.addAll(List.of("--port", "0", "--tls-port", "" + port, "--bind", LOOPBACK));
            command.addAll(List.of("--tls-cert-file", certificate.toString(), "--tls-key-file", key.toString()));
            return start(new Own(port, command, directory()));
        }

        /** A sentinel that lets a replica take over, half a second after the primary was heard of last. */
        static Own sentinelOf(RedisServer primary) {
            int port = freePort();
            Path directory = directory();
            Path settings = directory.resolve("sentinel.conf");
            try {
                Files.writeString(settings, """
                        port %d
                        bind %s
                        sentinel monitor shop %s %d 1
                        sentinel down-after-milliseconds shop 500
                        sentinel failover-timeout shop 2000
                        """.formatted(port, LOOPBACK, LOOPBACK, primary.port()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return start(new Own(port, List.of(binary(), settings.toString(), "--sentinel"), directory));
        }

        private static Own start(Own server) {
            server.startAgain();
            return server;
        }

        private static Path directory() {
            try {
                return Files.createTempDirectory("sharedstate-redis");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static String binary() {
            return Stream.of(System.getenv("PATH").split(":"))
                    .map(directory -> Path.of(directory).resolve(PROGRAM))
                    .filter(Files::isExecutable)
                    .findFirst()
                    .map(Path::toString)
                    .orElseGet(() -> abort("needs " + PROGRAM + ", of Redis 7.0 or newer or of Valkey, on the PATH"));
        }

        /** At the same place, with what it has kept. */
        void startAgain() {
            try {
                process = new ProcessBuilder(command)
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Awaitility.await().until(this::listens);
        }

        private boolean listens() {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
                return socket.isConnected();
            } catch (IOException e) {
                return false;
            }
        }

        /** By SIGKILL. */
        void kill() {
            try {
                process.destroyForcibly();
                process.waitFor(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        /** By SIGSTOP, until it is killed or goes on. */
        void stop() {
            Signals.send("STOP", process);
        }

        void goOn() {
            Signals.send("CONT", process);
        }

        @Override
        public void close() {
            kill();
            try {
                FileSystemUtils.deleteRecursively(directory);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static final class Contained extends RedisServer {

        private static final int PORT = 6379;

        private final GenericContainer<?> container;

        private Contained(GenericContainer<?> container) {
            super(container.getMappedPort(PORT));
            this.container = container;
        }

        static Contained start(String image, String... options) {
            List<String> command = keepingNothing("redis-server", options);
            command.addAll(List.of("--protected-mode", "no"));
            GenericContainer<?> container = new GenericContainer<>(image)
                    .withCommand(command.toArray(String[]::new))
                    .withExposedPorts(PORT);
            container.start();
            return new Contained(container);
        }

        @Override
        public void close() {
            container.close();
        }
    }
}
