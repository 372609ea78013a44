package io.sharedstate.autoconfigure.server;

import static io.sharedstate.autoconfigure.server.Instance.SHARED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DefaultServerSocketChannelConfig;
import io.netty.channel.socket.ServerSocketChannelConfig;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.reactor.netty.NettyRouteProvider;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.client.ReactorResourceFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

@EnabledOnOs(OS.LINUX)
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ExtendWith(OutputCaptureExtension.class)
class NettyReusePortTests {

    private static final String HTTP2 = "server.http2.enabled=true";

    /** What Spring says if a stopping process waits in vain. */
    private static final String TIMED_OUT = "still running after timeout";

    private final int port = Instance.freePort();
    private final List<RawConnection> connections = new ArrayList<>();
    private final ConnectionProvider client = ConnectionProvider.create("client", 2);

    private Instance start(Class<?> app, String name, String... properties) {
        return Instance.start(Server.NETTY, app, name, port, properties);
    }

    private RawConnection connect() throws IOException {
        RawConnection connection = new RawConnection(port);
        connections.add(connection);
        return connection;
    }

    @AfterEach
    void disconnect() throws IOException {
        for (RawConnection connection : connections) {
            connection.close();
        }
        client.dispose();
    }

    /** The thread that accepts is held, so that they stay in the kernel's queue. Stock Reactor Netty resets them. */
    @Test
    void connectionsQueuedInTheKernelAreAnsweredBeforeTheProcessStops() throws Exception {
        CountDownLatch holding = new CountDownLatch(1);
        CompletableFuture<Void> released = new CompletableFuture<>();
        try (Instance one = start(OwnLoops.class, "one", SHARED)) {
            EventLoop acceptor = one.context()
                    .getBean(ReactorResourceFactory.class)
                    .getLoopResources()
                    .onServerSelect(true)
                    .next();
            acceptor.execute(() -> {
                holding.countDown();
                released.join();
            });
            holding.await();
            for (int i = 0; i < 50; i++) {
                connect().send("/");
            }
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(one::close);
            await().until(() -> ((SingleThreadEventExecutor) acceptor).pendingTasks() > 0);
            released.complete(null);
            for (RawConnection connection : connections) {
                assertThat(connection.answer())
                        .startsWith("HTTP/1.1 200")
                        .containsIgnoringCase("connection: close")
                        .contains("one HTTP/1.1");
            }
            stopped.join();
        }
    }

    private boolean nobodyListens() throws IOException {
        try {
            connect();
            return false;
        } catch (ConnectException e) {
            return true;
        }
    }

    @Test
    void aConnectionIsClosedAfterAnAnswerThatBeganBeforeTheStop(CapturedOutput output) throws Exception {
        try (Instance one = start(Routes.class, "one", SHARED)) {
            RawConnection begun = connect();
            begun.send("/begun");
            assertThat(begun.answerUntil("begun")).doesNotContainIgnoringCase("connection: close");
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(one::close);
            await().until(this::nobodyListens);
            one.held().released.complete(null);
            assertThat(begun.answer()).contains("ended");
            stopped.join();
        }
        assertThat(output).doesNotContain(TIMED_OUT);
    }

    @Test
    void aWebSocketCanStillBeOpenedByAFirstRequest() throws Exception {
        try (Instance one = start(Routes.class, "one", SHARED)) {
            RawConnection first = connect();
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(one::close);
            await().until(this::nobodyListens);
            first.send(
                    "/echo",
                    "Connection: upgrade\r\n",
                    "Upgrade: websocket\r\n",
                    "Sec-WebSocket-Version: 13\r\n",
                    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n");
            assertThat(first.answerUntil("\r\n\r\n"))
                    .startsWith("HTTP/1.1 101")
                    .containsIgnoringCase("connection: upgrade");
            first.close();
            stopped.join();
        }
    }

    /** First that it should ask no more, and in the end that nothing more was answered, so that it can ask somebody else. */
    @Test
    void anHttp2ClientIsToldToGoAway() throws Exception {
        try (Instance one = start(Server.NETTY.app, "one", SHARED, HTTP2);
                Socket http2 = new Socket(InetAddress.getLoopbackAddress(), port)) {
            byte[] preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
            byte[] noSettings = {0, 0, 0, 4, 0, 0, 0, 0, 0};
            http2.getOutputStream().write(preface);
            http2.getOutputStream().write(noSettings);
            int first = http2.getInputStream().read(); // The server has understood, and sends its settings.
            one.close();
            byte[] rest = http2.getInputStream().readAllBytes();
            ByteBuffer frames = ByteBuffer.allocate(1 + rest.length)
                    .put((byte) first)
                    .put(rest)
                    .flip();
            List<Integer> lastStreams = new ArrayList<>();
            while (frames.hasRemaining()) {
                int lengthAndType = frames.getInt();
                if ((lengthAndType & 0xff) == 7) {
                    lastStreams.add(frames.getInt(frames.position() + 5));
                }
                frames.position(frames.position() + 5 + (lengthAndType >>> 8));
            }
            assertThat(lastStreams).containsExactly(Integer.MAX_VALUE, 0);
        }
    }

    @Test
    void anHttp2RequestUnderWayIsFinished(CapturedOutput output) {
        try (Instance one = start(Server.NETTY.app, "one", SHARED, HTTP2)) {
            CompletableFuture<String> held = ask("/held");
            Held app = one.held();
            app.reached.join();
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(one::close);
            await().until(this::nobodyListens);
            app.released.complete(null);
            assertThat(held.join()).startsWith("one HTTP/2.0");
            stopped.join();
        }
        assertThat(output).contains("Graceful shutdown complete").doesNotContain(TIMED_OUT);
    }

    private CompletableFuture<String> ask(String path) {
        return HttpClient.create(client)
                .protocol(HttpProtocol.H2C)
                .baseUrl("http://localhost:" + port)
                .get()
                .uri(path)
                .responseContent()
                .aggregate()
                .asString()
                .toFuture();
    }

    @Test
    void aConnectionThatAsksForNothingDoesNotKeepTheProcess() throws Exception {
        try (Instance one = start(Server.NETTY.app, "one", SHARED)) {
            RawConnection silent = connect();
            one.close();
            assertThat(silent.answer()).isEmpty();
        }
    }

    @Test
    void anImmediateShutdownDoesNotWaitForARequestUnderWay(CapturedOutput output) throws Exception {
        try (Instance one = start(Server.NETTY.app, "one", SHARED, "server.shutdown=immediate")) {
            connect().send("/held");
            Held held = one.held();
            held.reached.join();
            one.close();
            assertThat(held.released).isNotCompleted();
        }
        assertThat(output).doesNotContain(TIMED_OUT);
    }

    @Test
    void theApplicationsOwnEventLoopsServe() throws IOException {
        try (Instance one = start(OwnLoops.class, "one", SHARED)) {
            assertThat(RawConnection.get(port))
                    .containsPattern("one HTTP/1.1 Thread\\[(#\\d+,)?own-"); // With a number from JDK 19 on.
            assertThat(one.server().getPort()).isEqualTo(port);
        }
    }

    @Test
    void requestsPerConnectionAreLimited() throws IOException {
        try (Instance one = start(Server.NETTY.app, "one", SHARED, "server.netty.max-keep-alive-requests=2")) {
            RawConnection kept = connect();
            kept.send("/");
            kept.send("/");
            assertThat(kept.answer()).containsOnlyOnce("connection: close").endsWith("]");
            assertThat(one.server().getPort()).isEqualTo(port);
        }
    }

    @Test
    void anAddressThatIsNotAPortIsRefused() {
        refused(UnixSocket.class).hasMessageContaining("ServerDomainSocketChannel");
    }

    @Test
    void aTransportWithoutTheSocketOptionIsRefused() {
        refused(OwnTransport.class)
                .hasMessageContaining("SO_REUSEPORT")
                .hasMessageContaining(OwnChannel.class.getName());
    }

    private AbstractThrowableAssert<?, ?> refused(Class<?> app) {
        return assertThatThrownBy(() -> start(app, "one", SHARED)).rootCause().isInstanceOf(PortSharingException.class);
    }

    @Configuration(proxyBeanMethods = false)
    @Import(Server.NettyApp.class)
    static class Routes {

        @Bean
        NettyRouteProvider routes(Held.App app) {
            return routes -> routes.get(
                            "/begun",
                            (request, response) -> response.sendString(Flux.concat(
                                    Mono.just("begun"),
                                    Mono.fromFuture(app.held().released).thenReturn("ended"))))
                    .ws("/echo", (in, out) -> out.send(in.receive().retain()));
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import(Server.NettyApp.class)
    static class OwnLoops {

        /** With one thread that does nothing but accept. */
        @Bean
        LoopResources loops() {
            return LoopResources.create("own", 1, 2, true);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import(Server.NettyApp.class)
    static class UnixSocket {

        @Bean
        NettyServerCustomizer unixSocket() {
            return server -> server.bindAddress(() -> new DomainSocketAddress("/nowhere/socket"));
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import(Server.NettyApp.class)
    static class OwnTransport {

        @Bean
        LoopResources loops() {
            LoopResources loops = LoopResources.create("own", 1, true);
            return new LoopResources() {

                @Override
                public EventLoopGroup onServer(boolean useNative) {
                    return loops.onServer(useNative);
                }

                @Override
                public <C extends Channel> C onChannel(Class<C> type, EventLoopGroup group) {
                    return type.cast(new OwnChannel());
                }

                @Override
                public Mono<Void> disposeLater(Duration quietPeriod, Duration timeout) {
                    return loops.disposeLater(quietPeriod, timeout);
                }
            };
        }
    }

    private static final class OwnChannel extends NioServerSocketChannel {

        private final ServerSocketChannelConfig config =
                new DefaultServerSocketChannelConfig(this, javaChannel().socket());

        @Override
        public ServerSocketChannelConfig config() {
            return config;
        }
    }
}
