package io.sharedstate.autoconfigure.server;

import static io.sharedstate.autoconfigure.server.Instance.SHARED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.catalina.connector.Connector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.web.WebEndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementContextAutoConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.servlet.autoconfigure.actuate.web.ServletManagementContextAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.tomcat.TomcatWebServerFactory;
import org.springframework.boot.tomcat.autoconfigure.actuate.web.server.TomcatServletManagementContextAutoConfiguration;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.test.util.TestSocketUtils;

@EnabledOnOs(OS.LINUX)
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReusePortTests {

    private final int port = TestSocketUtils.findAvailableTcpPort();

    @Test
    void twoProcessesServeOnePort() throws IOException {
        try (Instance one = Instance.start("one", port, SHARED);
                Instance two = Instance.start("two", port, SHARED)) {
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
        try (Instance one = Instance.start("one", port)) {
            assertThat(one.server().getPort()).isEqualTo(port);
            assertThatThrownBy(() -> Instance.start("two", port, second))
                    .hasRootCauseInstanceOf(BindException.class)
                    .hasStackTraceContaining(PortInUseException.class.getName());
        }
    }

    /**
     * The acceptor waits for a place among the connections, so that all others stay in the kernel's queue until the process is stopped. Stock
     * Tomcat resets them.
     */
    @ParameterizedTest
    @ValueSource(strings = {"graceful", "immediate"})
    @ExtendWith(OutputCaptureExtension.class)
    void connectionsQueuedInTheKernelAreAnsweredBeforeTheProcessStops(String shutdown, CapturedOutput output)
            throws IOException {
        List<RawConnection> queued = new ArrayList<>();
        try (Instance one = Instance.start(
                        "one", port, SHARED, "server.tomcat.max-connections=1", "server.shutdown=" + shutdown);
                RawConnection first = new RawConnection(port)) {
            for (int i = 0; i < 50; i++) {
                queued.add(new RawConnection(port, "/"));
            }
            one.close();
            for (RawConnection connection : queued) {
                assertThat(connection.answer())
                        .startsWith("HTTP/1.1 200")
                        .containsIgnoringCase("connection: close")
                        .contains("one HTTP/1.1");
            }
            assertThat(first.answer()).isEmpty();
            assertThat(output).doesNotContain("connection count");
        } finally {
            for (RawConnection connection : queued) {
                connection.close();
            }
        }
    }

    @Test
    void aRequestUnderWayIsFinishedWhileTheOtherProcessTakesAllNewConnections() throws Exception {
        try (Instance one = Instance.start("one", port, SHARED);
                RawConnection held = new RawConnection(port, "/held")) {
            one.answers().held.await();
            try (Instance two = Instance.start("two", port, SHARED)) {
                CompletableFuture<Void> stopped = CompletableFuture.runAsync(one::close);
                await().until(() -> one.server().getPort() == -1);
                for (int i = 0; i < 50; i++) {
                    assertThat(RawConnection.get(port)).contains("two HTTP/1.1");
                }
                assertThat(stopped).isNotDone();
                one.answers().released.countDown();
                assertThat(held.answer()).startsWith("HTTP/1.1 200").contains("one HTTP/1.1");
                stopped.join();
            }
        }
    }

    /** Tomcat ends its own wait for connections by a connection, which would reach any process. */
    @Test
    void stoppingAndStartingConnectsToNobody() throws Exception {
        try (Instance one = Instance.start("one", port, SHARED);
                SharedListener bystander =
                        new ReusePortListener(new InetSocketAddress((InetAddress) null, port), 100, socket -> {})) {
            Connector connector = one.server().getTomcat().getConnector();
            for (int i = 0; i < 10; i++) {
                connector.stop();
                connector.start();
            }
            assertThat(bystander.channel().accept()).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aConnectorServesAgainAfterStopAndStart(boolean bindOnInit) throws Exception {
        try (Instance one = Instance.start(
                BindOnInit.class,
                "one",
                port,
                SHARED,
                "bind-on-init=" + bindOnInit,
                "server.tomcat.max-connections=1")) {
            Connector connector = one.server().getTomcat().getConnector();
            for (int i = 0; i < 3; i++) {
                connector.stop();
                assertThatThrownBy(() -> new RawConnection(port)).isInstanceOf(ConnectException.class);
                connector.start();
                assertThat(RawConnection.get(port)).contains("one HTTP/1.1");
                assertThat(RawConnection.get(port)).contains("one HTTP/1.1");
            }
        }
    }

    @Test
    void aPausedConnectorLeavesThePortToOthersUntilItIsResumed() throws Exception {
        try (Instance one = Instance.start("one", port, SHARED)) {
            Connector connector = one.server().getTomcat().getConnector();
            connector.pause();
            assertThatThrownBy(() -> new RawConnection(port)).isInstanceOf(ConnectException.class);
            connector.resume();
            assertThat(RawConnection.get(port)).contains("one HTTP/1.1");
        }
    }

    @Test
    void aConnectorThatTheApplicationAddsSharesItsPortWithTheSameProtocol() throws IOException {
        int additional = TestSocketUtils.findAvailableTcpPort();
        String property = "additional-port=" + additional;
        try (Instance one = Instance.start(AdditionalConnector.class, "one", port, SHARED, property);
                Instance two = Instance.start(AdditionalConnector.class, "two", port, SHARED, property)) {
            one.close();
            assertThat(RawConnection.get(additional)).contains("two HTTP/1.1");
            assertThat(RawConnection.get(port)).contains("two HTTP/1.1");
        }
    }

    @Test
    void theManagementPortIsNotShared() throws IOException {
        int management = TestSocketUtils.findAvailableTcpPort();
        try (Instance one =
                Instance.start(Managed.class, "one", port, SHARED, "management.server.port=" + management)) {
            assertThatThrownBy(() ->
                            Instance.start(Managed.class, "two", port, SHARED, "management.server.port=" + management))
                    .hasRootCauseInstanceOf(BindException.class);
            try (Instance two = Instance.start(Managed.class, "two", port, SHARED, "management.server.port=0")) {
                one.close();
                assertThat(two.server().getPort()).isEqualTo(port);
                assertThat(RawConnection.get(port)).contains("two HTTP/1.1");
            }
        }
    }

    @Test
    void aListenerThatIsNotAPortIsRefused() {
        String setting = "unixDomainSocketPath=/nowhere/socket";
        assertThatThrownBy(() -> Instance.start(OtherListener.class, "one", port, SHARED, "listener=" + setting))
                .rootCause()
                .isInstanceOf(PortSharingException.class)
                .hasMessageContaining("'" + setting + "'");
    }

    @Test
    void anAddressIsBound() throws IOException {
        try (Instance one = Instance.start("one", port, SHARED, "server.address=127.0.0.2")) {
            assertThatThrownBy(() -> new RawConnection(port)).isInstanceOf(ConnectException.class);
            assertThat(one.server().getPort()).isEqualTo(port);
        }
    }

    @Test
    void http2WithoutTlsIsSpoken() throws Exception {
        try (Instance one = Instance.start("one", port, SHARED, "server.http2.enabled=true")) {
            HttpClient client =
                    HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + port))
                    .build();
            assertThat(client.send(request, BodyHandlers.ofString()).body()).startsWith("one HTTP/2");
        }
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21)
    void virtualThreadsServe() throws IOException {
        try (Instance one = Instance.start("one", port, SHARED, "spring.threads.virtual.enabled=true")) {
            assertThat(RawConnection.get(port)).contains("one HTTP/1.1 VirtualThread");
            assertThat(one.server().getPort()).isEqualTo(port);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import(Instance.App.class)
    @ImportAutoConfiguration({
        EndpointAutoConfiguration.class,
        WebEndpointAutoConfiguration.class,
        ManagementContextAutoConfiguration.class,
        ServletManagementContextAutoConfiguration.class,
        TomcatServletManagementContextAutoConfiguration.class
    })
    static class Managed {}

    @Configuration(proxyBeanMethods = false)
    @Import(Instance.App.class)
    static class BindOnInit {

        @Bean
        WebServerFactoryCustomizer<TomcatWebServerFactory> bindOnInit(Environment environment) {
            String bindOnInit = environment.getRequiredProperty("bind-on-init");
            return factory ->
                    factory.addConnectorCustomizers(connector -> connector.setProperty("bindOnInit", bindOnInit));
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import(Instance.App.class)
    static class AdditionalConnector {

        @Bean
        WebServerFactoryCustomizer<TomcatWebServerFactory> additionalConnector(Environment environment) {
            return factory -> {
                Connector connector = new Connector(SharedPortProtocol.class.getName());
                connector.setPort(environment.getRequiredProperty("additional-port", Integer.class));
                factory.addAdditionalConnectors(connector);
            };
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import(Instance.App.class)
    static class OtherListener {

        @Bean
        WebServerFactoryCustomizer<TomcatWebServerFactory> otherListener(Environment environment) {
            String[] setting = environment.getRequiredProperty("listener").split("=", 2);
            return factory ->
                    factory.addConnectorCustomizers(connector -> connector.setProperty(setting[0], setting[1]));
        }
    }
}
