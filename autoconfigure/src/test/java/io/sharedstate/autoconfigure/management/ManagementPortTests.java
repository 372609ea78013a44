package io.sharedstate.autoconfigure.management;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.diagnostics.Analyses;
import io.sharedstate.mapped.MappedEngine;
import java.io.IOException;
import java.net.BindException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.jetty.autoconfigure.actuate.web.server.JettyServletManagementContextAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.util.TestSocketUtils;

@ExtendWith(OutputCaptureExtension.class)
class ManagementPortTests {

    @TempDir
    Path directory;

    private final List<SharedState> others = new ArrayList<>();

    @AfterEach
    void leave() {
        others.forEach(SharedState::close);
    }

    @Test
    void isTheBasePlusTheOrdinal() throws Exception {
        int base = freePorts(3);
        join(2);
        try (ConfigurableApplicationContext third = start("management.server.port=" + base, offset(1))) {
            assertThat(third.getEnvironment().getProperty("local.management.port"))
                    .isEqualTo("" + (base + 2));
            assertThat(health(base + 2)).isEqualTo(200);
            others.remove(0).close();
            try (ConfigurableApplicationContext first = start("management.server.port=" + base, offset(1))) {
                assertThat(first.getEnvironment().getProperty("local.management.port"))
                        .isEqualTo("" + base);
                assertThat(health(base)).isEqualTo(200);
                assertThat(health(base + 2)).isEqualTo(200);
            }
        }
    }

    @Test
    void mayBeFurtherApart() throws Exception {
        int base = freePorts(11);
        join(1);
        try (ConfigurableApplicationContext second = start("management.server.port=" + base, offset(10))) {
            assertThat(health(base + 10)).isEqualTo(200);
        }
    }

    @Test
    void isTheSameForAllWithoutAnOffset() throws Exception {
        int base = freePorts(1);
        join(1);
        try (ConfigurableApplicationContext second = start("management.server.port=" + base)) {
            assertThat(health(base)).isEqualTo(200);
        }
    }

    @Test
    void noManagementServerNeedsNoPort() {
        join(1);
        try (ConfigurableApplicationContext second = start("management.server.port=-1", offset(1))) {
            assertThat(second.getEnvironment().getProperty("local.management.port"))
                    .isNull();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', 1, is not set. Set it to the port of the member with ordinal 0",
        "0, 1, gives each process any free port already",
        "9000, -1, Expected a number from 0 to 65535",
        "9000, 65536, Expected a number from 0 to 65535",
        "8123, 1, is one port for everything",
        "8122, 1, 'would be 8122 + 1 × 1 = 8123, which is the server''s own port'",
        "65000, 1000, 'would be 65000 + 1 × 1000 = 66000, but 65535 is the highest'"
    })
    void whatCanNotWorkIsRefused(String base, String offset, String reason) {
        join(1);
        FailureAnalysis analysis = Analyses.of(Assertions.catchThrowable(() -> start(
                        "server.port=8123",
                        base.isEmpty() ? "ignored=" : "management.server.port=" + base,
                        "sharedstate.server.management-port-offset=" + offset)
                .close()));
        assertThat(analysis.getDescription())
                .contains("sharedstate.server.management-port-offset", "'" + offset + "'", reason);
    }

    @Test
    void aPortThatIsTakenIsExplained(CapturedOutput output) throws Exception {
        int base = freePorts(2);
        join(1);
        try (ServerSocket taken = new ServerSocket(base + 1)) {
            Throwable failure = Assertions.catchThrowable(
                    () -> start("management.server.port=" + base, offset(1)).close());
            assertThat(failure).isNotNull();
            assertThat(output)
                    .contains(
                            "Port " + taken.getLocalPort() + " was already in use",
                            "the member with ordinal 1",
                            "'management.server.port=" + base
                                    + "' + 1 × 'sharedstate.server.management-port-offset=1'");
        }
    }

    @Test
    void theServersPortBeingTakenIsExplainedByBoot(CapturedOutput output) throws Exception {
        try (ServerSocket taken = new ServerSocket(0)) {
            Throwable failure = Assertions.catchThrowable(() -> start(
                            "server.port=" + taken.getLocalPort(),
                            "management.server.port=" + (taken.getLocalPort() - 1),
                            offset(1))
                    .close());
            assertThat(failure).isNotNull();
            assertThat(output)
                    .contains("Web server failed to start. Port " + taken.getLocalPort() + " was already in use.");
        }
    }

    private void join(int members) {
        for (int i = 0; i < members; i++) {
            others.add(MappedEngine.at(directory.resolve("shop")).open());
        }
    }

    private ConfigurableApplicationContext start(String... properties) {
        return new SpringApplicationBuilder(App.class)
                .properties(
                        "spring.main.banner-mode=off",
                        "server.port=0",
                        "management.health.redis.enabled=false",
                        "sharedstate.name=shop",
                        "sharedstate.mapped.directory=" + directory)
                .properties(properties)
                .run();
    }

    private static String offset(int offset) {
        return "sharedstate.server.management-port-offset=" + offset;
    }

    private static int health(int port) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/actuator/health"))
                                .build(),
                        BodyHandlers.ofString())
                .statusCode();
    }

    /** The first of so many ports in a row, of which nobody uses the first and the last. */
    private static int freePorts(int count) throws IOException {
        while (true) {
            int first = TestSocketUtils.findAvailableTcpPort();
            try (ServerSocket last = new ServerSocket(first + count - 1)) {
                return first;
            } catch (BindException e) {
                Thread.onSpinWait(); // another one
            }
        }
    }

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration(
            exclude = JettyServletManagementContextAutoConfiguration.class) // As without Jetty on the class path.
    static class App {}
}
