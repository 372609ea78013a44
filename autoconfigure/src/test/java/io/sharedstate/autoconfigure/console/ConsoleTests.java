package io.sharedstate.autoconfigure.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sharedstate.SharedState;
import io.sharedstate.SharedStateEvent;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.mapped.MappedEngine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.jetty.autoconfigure.reactive.JettyReactiveWebServerAutoConfiguration;
import org.springframework.boot.jetty.autoconfigure.servlet.JettyServletWebServerAutoConfiguration;
import org.springframework.boot.reactor.netty.autoconfigure.NettyReactiveWebServerAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.tomcat.autoconfigure.reactive.TomcatReactiveWebServerAutoConfiguration;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.boot.web.server.context.ConfigurableWebServerApplicationContext;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.util.unit.DataSize;
import org.springframework.web.reactive.config.EnableWebFlux;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The console on every web server. */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ExtendWith(OutputCaptureExtension.class)
class ConsoleTests {

    private static final String CONSOLE = "sharedstate.console.enabled=true";

    private final MappedEngine engine = MappedEngine.heap();
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private final List<AutoCloseable> closing = new ArrayList<>();

    enum Server {
        TOMCAT(TomcatApp.class, WebApplicationType.SERVLET),
        JETTY(JettyApp.class, WebApplicationType.SERVLET),
        NETTY(NettyApp.class, WebApplicationType.REACTIVE),
        TOMCAT_REACTIVE(TomcatReactiveApp.class, WebApplicationType.REACTIVE),
        JETTY_REACTIVE(JettyReactiveApp.class, WebApplicationType.REACTIVE);

        final Class<?> app;
        final WebApplicationType type;

        Server(Class<?> app, WebApplicationType type) {
            this.app = app;
            this.type = type;
        }
    }

    /** A running application. */
    private record Instance(ConfigurableWebServerApplicationContext context) implements AutoCloseable {

        int port() {
            return Objects.requireNonNull(context.getWebServer()).getPort();
        }

        URI at(String path) {
            return URI.create("http://localhost:" + port() + path);
        }

        SharedState state() {
            return context.getBean(SharedState.class);
        }

        @Override
        public void close() {
            context.close();
        }
    }

    private Instance start(Server server, String... properties) {
        Instance instance =
                new Instance((ConfigurableWebServerApplicationContext) new SpringApplicationBuilder(server.app)
                        .web(server.type)
                        .initializers(context -> context.getBeanFactory().registerSingleton("state", engine.open()))
                        .properties("spring.main.banner-mode=off", "server.port=0", "spring.application.name=shop")
                        .properties(properties)
                        .run());
        closing.add(instance);
        return instance;
    }

    /** A page that is open. */
    private final class Page implements AutoCloseable {

        private final BufferedReader in;

        Page() throws Exception {
            HttpResponse<InputStream> response = client.send(
                    HttpRequest.newBuilder(instance().at("/sharedstate/events")).build(), BodyHandlers.ofInputStream());
            assertThat(response.headers().firstValue("Content-Type").orElseThrow())
                    .startsWith("text/event-stream");
            in = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
            closing.add(0, this);
        }

        JsonNode next() throws IOException {
            String line;
            while ((line = in.readLine()) != null) {
                if (line.startsWith("data:")) {
                    return new JsonMapper().readTree(line.substring("data:".length()));
                }
            }
            throw new IOException("the stream has ended");
        }

        JsonNode nextWith(String pointer, String value) throws IOException {
            JsonNode next = next();
            for (int i = 0; i < 30 && !next.at(pointer).asString("").equals(value); i++) {
                next = next();
            }
            assertThat(next.at(pointer).asString("")).as(next.toString()).isEqualTo(value);
            return next;
        }

        void awaitEnd() throws IOException {
            while (in.readLine() != null) {}
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    /** A page whose socket is full soon, so that what is written to it is left with the server. */
    private Socket stalledPage() throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress(
                InetAddress.getLoopbackAddress(), instance().port()));
        socket.getOutputStream()
                .write("GET /sharedstate/events HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.UTF_8));
        return socket;
    }

    private Instance instance() {
        return (Instance) closing.get(closing.size() - 1);
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : closing) {
            each.close();
        }
        await().until(SamplerTests::threads, count -> count == 0);
    }

    private HttpResponse<String> get(Instance instance, String path) throws Exception {
        return client.send(HttpRequest.newBuilder(instance.at(path)).build(), BodyHandlers.ofString());
    }

    @ParameterizedTest
    @EnumSource
    void servesThePageItsStyleAndItsScriptAndNothingElse(Server server) throws Exception {
        Instance instance = start(server, CONSOLE);
        HttpResponse<String> from = get(instance, "/sharedstate");
        assertThat(from.statusCode()).isEqualTo(302);
        assertThat(from.headers().firstValue("Location")).hasValue("sharedstate/");

        HttpResponse<String> page = get(instance, "/sharedstate/");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Type").orElseThrow())
                .isEqualToIgnoringCase("text/html;charset=UTF-8");
        assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
                .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
                .doesNotContain("unsafe");
        assertThat(page.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
        assertThat(page.body())
                .contains("<html lang=\"en\">", "href=\"console.css\"", "src=\"console.js\"")
                .doesNotContain("style=")
                .doesNotContainPattern("<script(?![^>]* src=)|\\son[a-z]+=|https?://(?!www.w3.org/2000/svg)");

        HttpResponse<String> style = get(instance, "/sharedstate/console.css");
        assertThat(style.headers().firstValue("Content-Type").orElseThrow())
                .isEqualToIgnoringCase("text/css;charset=UTF-8");
        assertThat(style.body()).contains("prefers-color-scheme").doesNotContain("@import", "url(");
        HttpResponse<String> script = get(instance, "/sharedstate/console.js");
        assertThat(script.headers().firstValue("Content-Type").orElseThrow())
                .isEqualToIgnoringCase("text/javascript;charset=UTF-8");
        assertThat(script.body()).contains("EventSource").doesNotContain("innerHTML", "eval(");
        assertThat(get(instance, "/sharedstate/package-info.class").statusCode())
                .isEqualTo(404);
        assertThat(get(instance, "/sharedstate/../console.js").statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @EnumSource
    void onlyReads(Server server) throws Exception {
        Instance instance = start(server, CONSOLE);
        for (String path : List.of("/sharedstate", "/sharedstate/", "/sharedstate/events")) {
            for (String method : List.of("POST", "PUT", "DELETE", "PATCH")) {
                HttpRequest request = HttpRequest.newBuilder(instance.at(path))
                        .method(method, BodyPublishers.noBody())
                        .build();
                assertThat(client.send(request, BodyHandlers.discarding()).statusCode())
                        .as(method + " " + path)
                        .isIn(404, 405);
            }
        }
        HttpRequest head = HttpRequest.newBuilder(instance.at("/sharedstate/"))
                .method("HEAD", BodyPublishers.noBody())
                .build();
        assertThat(client.send(head, BodyHandlers.discarding()).statusCode()).isIn(200, 404, 405);
        assertThat(SamplerTests.threads()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void streamsTheStateToAllWhoLookAndCostsNothingOnceTheyHaveGone(Server server, CapturedOutput output)
            throws Exception {
        Instance instance = start(server, CONSOLE);
        assertThat(output).contains("Console of the shared state at '/sharedstate'");
        instance.state().counter("hits", 41);
        assertThat(SamplerTests.threads()).isZero();
        Page one = new Page();
        Page two = new Page();
        assertThat(one.next().at("/application").asString()).isEqualTo("shop");
        one.nextWith("/counters/0/value", "41");
        instance.state().counter("hits").incrementAndGet();
        one.nextWith("/counters/0/value", "42");
        two.nextWith("/counters/0/value", "42");
        assertThat(SamplerTests.threads()).isOne();

        one.close();
        two.next();
        two.next();
        two.close();
        await().until(SamplerTests::threads, count -> count == 0);
        assertThat(output).doesNotContain("ERROR", "WARN", "Exception");
    }

    @ParameterizedTest
    @EnumSource
    void eventsAreShownWithoutWaitingForTheNextSecond(Server server) throws Exception {
        Instance instance = start(server, CONSOLE);
        Page page = new Page();
        page.next();
        instance.context().publishEvent(new SharedStateEvent.LockAbandoned("stock", 7, false));
        assertThat(page.nextWith("/events/0/kind", "abandoned")
                        .at("/events/0/text")
                        .asString())
                .contains("'stock'");
    }

    /** Were it not ended first, the web server would wait for it, as for any request, until this test has timed out. */
    @ParameterizedTest
    @EnumSource
    void anOpenPageDoesNotHoldUpAShutdown(Server server, CapturedOutput output) throws Exception {
        Instance instance =
                start(server, CONSOLE, "server.shutdown=graceful", "spring.lifecycle.timeout-per-shutdown-phase=10m");
        Page page = new Page();
        page.next();
        instance.close();
        page.awaitEnd();
        assertThat(output).contains("Graceful shutdown complete").doesNotContain("ERROR", "WARN");
    }

    @ParameterizedTest
    @EnumSource
    void aPageThatTakesNothingHoldsUpNeitherTheOthersNorAShutdown(Server server) throws Exception {
        Instance instance = start(
                server,
                CONSOLE,
                "sharedstate.console.max-names=100000",
                "server.shutdown=graceful",
                "spring.lifecycle.timeout-per-shutdown-phase=10m");
        for (int i = 0; i < 20_000; i++) {
            instance.state().counter("counter-with-a-name-of-a-certain-length-" + i);
        }
        try (Socket stalled = stalledPage()) {
            Page other = new Page();
            DataSize sent = DataSize.ofMegabytes(12);
            for (long bytes = 0; bytes < sent.toBytes(); ) {
                instance.context().publishEvent(new SharedStateEvent.LockAbandoned("stock", 7, false));
                bytes += other.next().toString().length();
            }
            instance.close();
            other.awaitEnd();
            assertThat(stalled.isClosed()).isFalse();
        }
    }

    @Test
    void anotherPathIsAnotherPlace() throws Exception {
        Instance instance = start(
                Server.TOMCAT,
                CONSOLE,
                "sharedstate.console.path=/internal/state",
                "server.servlet.context-path=/shop");
        assertThat(get(instance, "/shop/internal/state").headers().firstValue("Location"))
                .hasValue("state/");
        assertThat(get(instance, "/shop/internal/state/").body()).contains("console.js");
        assertThat(get(instance, "/shop/sharedstate/").statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @EnumSource(names = {"TOMCAT", "NETTY"})
    void thereIsNoneUnlessItIsAskedFor(Server server) throws Exception {
        Instance instance = start(server);
        assertThat(get(instance, "/sharedstate/").statusCode()).isEqualTo(404);
        assertThat(instance.context().getBeansOfType(Sampler.class)).isEmpty();
    }

    @Test
    void aPathThatCantBeIsRefused() {
        for (String path : List.of("", "/", "sharedstate", "/sharedstate/", "/a/../b", "/a*", "/{a}")) {
            assertThatThrownBy(() -> start(Server.TOMCAT, CONSOLE, "sharedstate.console.path=" + path))
                    .as(path)
                    .rootCause()
                    .isInstanceOf(InvalidConfigurationPropertyValueException.class)
                    .hasMessageContaining("sharedstate.console.path");
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        SharedStateAutoConfiguration.class,
        ConsoleAutoConfiguration.class,
        TomcatServletWebServerAutoConfiguration.class
    })
    static class TomcatApp {}

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        SharedStateAutoConfiguration.class,
        ConsoleAutoConfiguration.class,
        JettyServletWebServerAutoConfiguration.class
    })
    static class JettyApp {}

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        SharedStateAutoConfiguration.class,
        ConsoleAutoConfiguration.class,
        NettyReactiveWebServerAutoConfiguration.class
    })
    @Import(WebFlux.class)
    static class NettyApp {

        /** Of its own: by default all instances of this JVM would have the same, which end with the first of them. */
        @Bean
        ReactorResourceFactory resources() {
            ReactorResourceFactory resources = new ReactorResourceFactory();
            resources.setUseGlobalResources(false);
            resources.setShutdownQuietPeriod(Duration.ZERO);
            return resources;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        SharedStateAutoConfiguration.class,
        ConsoleAutoConfiguration.class,
        TomcatReactiveWebServerAutoConfiguration.class
    })
    @Import(WebFlux.class)
    static class TomcatReactiveApp {}

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        SharedStateAutoConfiguration.class,
        ConsoleAutoConfiguration.class,
        JettyReactiveWebServerAutoConfiguration.class
    })
    @Import(WebFlux.class)
    static class JettyReactiveApp {}

    @Configuration(proxyBeanMethods = false)
    @EnableWebFlux
    static class WebFlux {

        @Bean
        HttpHandler handler(ApplicationContext context) {
            return WebHttpHandlerBuilder.applicationContext(context).build();
        }
    }
}
