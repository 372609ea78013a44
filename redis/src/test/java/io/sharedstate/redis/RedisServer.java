package io.sharedstate.redis;

import static org.junit.jupiter.api.Assumptions.abort;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.SocketOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;

/** A real server, in a process of its own if there is a {@code redis-server} on the PATH, else in a container of the image {@code test.image.redis}. */
final class RedisServer implements AutoCloseable {

    private static final String LOOPBACK = InetAddress.getLoopbackAddress().getHostAddress();
    private static final int PORT = 6379;

    private static RedisServer shared;

    private final int port;
    private final AutoCloseable running;

    private RedisServer(int port, AutoCloseable running) {
        this.port = port;
        this.running = running;
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
        return start(freePort(), options);
    }

    static RedisServer start(int port, String... options) {
        Path binary = binary();
        return binary == null ? inContainer(options) : inProcess(binary, port, options);
    }

    private static Path binary() {
        return Stream.of(System.getenv("PATH").split(":"))
                .map(directory -> Path.of(directory, "redis-server"))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
    }

    private static RedisServer inProcess(Path binary, int port, String... options) {
        List<String> command = new ArrayList<>(List.of(
                binary.toString(), "--port", "" + port, "--bind", LOOPBACK, "--save", "", "--appendonly", "no"));
        command.addAll(List.of(options));
        try {
            Process process = new ProcessBuilder(command)
                    .directory(Path.of(System.getProperty("java.io.tmpdir")).toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            RedisServer server = new RedisServer(port, () -> {
                process.destroyForcibly();
                process.waitFor(10, TimeUnit.SECONDS);
            });
            Awaitility.await().until(server::listens);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static RedisServer inContainer(String... options) {
        if (!DockerClientFactory.instance().isDockerAvailable()) {
            abort("needs redis-server on the PATH, or a Docker engine");
        }
        List<String> command = new ArrayList<>(List.of("redis-server", "--save", "", "--appendonly", "no"));
        command.addAll(List.of(options));
        GenericContainer<?> container = new GenericContainer<>(System.getProperty("test.image.redis", "redis:7.0"))
                .withCommand(command.toArray(String[]::new))
                .withExposedPorts(PORT);
        container.start();
        return new RedisServer(container.getMappedPort(PORT), container);
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean listens() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
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

    /** As if it had been started anew, empty. */
    void forgetEverything() {
        LettuceConnectionFactory connections = connections();
        new Server(connections).call(commands -> commands.flushall());
        connections.destroy();
    }

    @Override
    public void close() {
        try {
            running.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
