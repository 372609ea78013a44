package io.sharedstate.autoconfigure.server;

import static io.sharedstate.autoconfigure.server.Instance.SHARED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.PortInUseException;

@ParameterizedClass
@EnumSource(Server.class)
@EnabledOnOs(OS.LINUX)
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReusePortTests {

    @Parameter
    private Server server = Server.TOMCAT;

    private final int port = Instance.freePort();
    private final List<RawConnection> connections = new ArrayList<>();

    private Instance start(String name, String... properties) {
        return Instance.start(server, name, port, properties);
    }

    private RawConnection connect() throws IOException {
        RawConnection connection = new RawConnection(port);
        connections.add(connection);
        return connection;
    }

    private void connectMany() throws IOException {
        for (int i = 0; i < 50; i++) {
            connect();
        }
    }

    @AfterEach
    void disconnect() throws IOException {
        for (RawConnection connection : connections) {
            connection.close();
        }
    }

    @Test
    void twoProcessesServeOnePort() throws IOException {
        try (Instance one = start("one", SHARED);
                Instance two = start("two", SHARED)) {
            assertThat(one.server().getPort()).isEqualTo(two.server().getPort()).isEqualTo(port);
            List<String> answers = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                answers.add(RawConnection.get(port));
            }
            assertThat(answers).allMatch(answer -> answer.startsWith("HTTP/1.1 200"));
            assertThat(answers).anyMatch(answer -> answer.contains("one HTTP/1.1"));
            assertThat(answers).anyMatch(answer -> answer.contains("two HTTP/1.1"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sharedstate.server.port-sharing=none", SHARED})
    void aPortIsNotSharedWithAProcessThatDoesNotShareIt(String second) {
        try (Instance one = start("one")) {
            assertThat(one.server().getPort()).isEqualTo(port);
            assertThatThrownBy(() -> start("two", second))
                    .hasRootCauseInstanceOf(BindException.class)
                    .hasStackTraceContaining(PortInUseException.class.getName());
        }
    }

    /** The acceptor waits for a place among the connections, so that all others stay in the kernel's queue. */
    @ParameterizedTest
    @ValueSource(strings = {"graceful", "immediate"})
    @ExtendWith(OutputCaptureExtension.class)
    void queuedConnectionsAreAnsweredBeforeTheProcessStops(String shutdown, CapturedOutput output) throws IOException {
        try (Instance one = start("one", SHARED, server.maxConnections(1), "server.shutdown=" + shutdown)) {
            RawConnection first = connect();
            connectMany();
            for (RawConnection connection : connections.subList(1, connections.size())) {
                connection.send("/");
            }
            one.close();
            for (RawConnection connection : connections.subList(1, connections.size())) {
                assertThat(connection.answer()).startsWith("HTTP/1.1 200").contains("one HTTP/1.1");
            }
            assertThat(first.answer()).isEmpty();
            assertThat(output).doesNotContain("connection count");
        }
    }

    /** With stock servers, those that are queued are reset, and those that are accepted are closed. */
    @ParameterizedTest
    @ValueSource(strings = {"graceful", "immediate"})
    void connectionsThatTheKernelHasCompletedAreAnsweredBeforeTheProcessStops(String shutdown) throws Exception {
        try (Instance one = start("one", SHARED, "server.shutdown=" + shutdown)) {
            connectMany();
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(one::close);
            awaitThatNobodyListens();
            for (RawConnection connection : connections) {
                connection.send("/");
            }
            for (RawConnection connection : connections) {
                assertThat(connection.answer())
                        .startsWith("HTTP/1.1 200")
                        .containsIgnoringCase("connection: close")
                        .contains("one HTTP/1.1");
            }
            stopped.join();
        }
    }

    /** By connections that ask for nothing: the kernel may reset one that it completes while the listener closes. */
    private void awaitThatNobodyListens() {
        await().pollInterval(Duration.ofMillis(5)).until(() -> {
            try (RawConnection probe = new RawConnection(port)) {
                return false;
            } catch (ConnectException e) {
                return true;
            }
        });
    }

    @Test
    void aClientThatKeepsItsConnectionIsToldToLeave() throws Exception {
        try (Instance one = start("one", SHARED)) {
            RawConnection kept = connect();
            kept.send("/");
            assertThat(kept.answerUntil("main]"))
                    .startsWith("HTTP/1.1 200")
                    .doesNotContainIgnoringCase("connection: close");
            connect(); // Its first request is awaited.
            connect().send("/held");
            one.held().reached.join();
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(one::close);
            awaitThatNobodyListens();
            kept.send("/");
            assertThat(kept.answer()).containsIgnoringCase("connection: close").contains("one HTTP/1.1");
            one.held().released.complete(null);
            stopped.join();
        }
    }

    @Test
    void anHttp2ClientIsToldToLeave() throws Exception {
        try (Instance one = start("one", SHARED, "server.http2.enabled=true")) {
            RawConnection kept = connect();
            kept.beginHttp2();
            RawConnection held = connect();
            held.send("/held");
            one.held().reached.join();
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(one::close);
            awaitThatNobodyListens();
            assertThat(kept.requestUntilGoAway()).isZero();
            assertThat(stopped).isNotDone();
            one.held().released.complete(null);
            assertThat(held.answer()).startsWith("HTTP/1.1 200").contains("one HTTP/1.1");
            stopped.join();
        }
    }

    @Test
    void aRequestUnderWayIsFinishedWhileTheOtherProcessTakesAllNewConnections() throws Exception {
        try (Instance one = start("one", SHARED)) {
            RawConnection held = connect();
            held.send("/held");
            one.held().reached.join();
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(one::close);
            awaitThatNobodyListens();
            try (Instance two = start("two", SHARED)) {
                for (int i = 0; i < 50; i++) {
                    assertThat(RawConnection.get(port)).contains("two HTTP/1.1");
                }
                assertThat(stopped).isNotDone();
                one.held().released.complete(null);
                assertThat(held.answer()).startsWith("HTTP/1.1 200").contains("one HTTP/1.1");
                stopped.join();
                assertThat(two.server().getPort()).isEqualTo(port);
            }
        }
    }

    /** It has begun after the shutdown has, on a connection that was accepted last of all. */
    @Test
    void aLateRequestIsFinished() throws Exception {
        try (Instance one = start("one", SHARED)) {
            connectMany();
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(one::close);
            awaitThatNobodyListens();
            RawConnection held = connections.remove(0);
            held.send("/held");
            one.held().reached.join();
            disconnect();
            if (server != Server.NETTY) { // Which has its port until the end.
                await().until(() -> one.server().getPort() == -1);
            }
            assertThat(stopped).isNotDone();
            one.held().released.complete(null);
            assertThat(held.answer()).startsWith("HTTP/1.1 200").contains("one HTTP/1.1");
            stopped.join();
        }
    }

    @Test
    void theContextServesAgainAfterStopAndStart() throws Exception {
        try (Instance one = start("one", SHARED)) {
            for (int i = 0; i < 3; i++) {
                one.context().stop();
                assertThatThrownBy(() -> new RawConnection(port)).isInstanceOf(ConnectException.class);
                one.context().start();
                assertThat(one.server().getPort()).isEqualTo(port);
                assertThat(RawConnection.get(port)).contains("one HTTP/1.1");
                RawConnection kept = connect();
                kept.send("/");
                assertThat(kept.answerUntil("main]")).doesNotContainIgnoringCase("connection: close");
            }
        }
    }

    @Test
    void anAddressIsBound() throws IOException {
        try (Instance one = start("one", SHARED, "server.address=127.0.0.2")) {
            assertThatThrownBy(() -> new RawConnection(port)).isInstanceOf(ConnectException.class);
            assertThat(one.server().getPort()).isEqualTo(port);
        }
    }

    @Test
    void http2WithoutTlsIsSpoken() throws Exception {
        try (Instance one = start("one", SHARED, "server.http2.enabled=true")) {
            HttpClient client =
                    HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + port))
                    .build();
            assertThat(client.send(request, BodyHandlers.ofString()).body()).startsWith("one HTTP/2");
            assertThat(one.server().getPort()).isEqualTo(port);
        }
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21)
    void virtualThreadsServe() throws IOException {
        try (Instance one = start("one", SHARED, "spring.threads.virtual.enabled=true")) {
            assertThat(RawConnection.get(port))
                    .contains(server == Server.NETTY ? "one HTTP/1.1 Thread" : "one HTTP/1.1 VirtualThread");
            assertThat(one.server().getPort()).isEqualTo(port);
        }
    }

    /** Without {@code tcp_migrate_req}, the kernel may drop a connection that is half made when a listener closes. */
    @Test
    void requestsAreAnsweredWhileOneProcessAfterTheOtherIsRestarted() throws Exception {
        int stops = 10;
        boolean migrates =
                Files.readString(Path.of("/proc/sys/net/ipv4/tcp_migrate_req")).startsWith("1");
        Instance[] instances = {start("zero", SHARED), start("one", SHARED)};
        try (Load load = new Load(port)) {
            for (int i = 0; i < stops; i++) {
                load.awaitMore(50);
                instances[i % 2].close();
                instances[i % 2] = start("again", SHARED);
            }
            assertThat(load.stop()).hasSizeLessThanOrEqualTo(migrates ? 0 : stops);
        } finally {
            for (Instance instance : instances) {
                instance.close();
            }
        }
    }
}
