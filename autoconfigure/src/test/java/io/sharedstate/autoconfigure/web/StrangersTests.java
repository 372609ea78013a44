package io.sharedstate.autoconfigure.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.Member;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.autoconfigure.health.SharedStateHealthAutoConfiguration;
import io.sharedstate.autoconfigure.health.SharedStateHealthIndicator;
import io.sharedstate.autoconfigure.server.PortSharingAutoConfiguration;
import io.sharedstate.autoconfigure.server.SharedPortProtocol;
import io.sharedstate.mapped.MappedEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.catalina.connector.Connector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.tomcat.TomcatWebServerFactory;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.test.util.TestSocketUtils;

@EnabledOnOs(OS.LINUX)
@ExtendWith(OutputCaptureExtension.class)
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StrangersTests {

    /** What docs/port-sharing.md promises. */
    private static final Duration PROMISE = Duration.ofSeconds(5);

    private static final String WARNING = "A stranger, which is no member of this state, listens on ";

    @TempDir
    Path directory;

    private final int port = TestSocketUtils.findAvailableTcpPort();
    private final List<Process> members = new ArrayList<>();

    @AfterEach
    void endMembers() {
        members.forEach(StrangerProcess::end);
    }

    @ParameterizedTest
    @CsvSource({
        "'', ::, '', and takes its share of the connections from the members",
        "'', 0.0.0.0, -Djava.net.preferIPv4Stack=true, and takes all IPv4 connections from the members",
        "'', 127.0.0.1, '', and takes all connections to 127.0.0.1 from the members",
        "127.0.0.1, ::, '', and gets the connections to 127.0.0.1 whenever no member listens"
    })
    void isWarnedOfWithinThePromiseAndShownUntilItIsGone(
            String ownAddress, String address, String option, String effect, CapturedOutput output) {
        try (ConfigurableApplicationContext member = member("server.address=" + ownAddress)) {
            assertThat(health(member).getStatus()).isEqualTo(Status.UP);
            try (StrangerProcess stranger =
                    StrangerProcess.on(address, port, option.isEmpty() ? new String[0] : new String[] {option})) {
                long begun = System.nanoTime();
                await().atMost(PROMISE)
                        .pollInterval(Duration.ofMillis(20))
                        .until(() -> !strangers(member).isEmpty());
                System.out.printf("warned of after %d ms%n", (System.nanoTime() - begun) / 1_000_000);
                String problem = strangers(member).get(0);
                assertThat(problem)
                        .startsWith(WARNING)
                        .contains(":" + port + " ", "pid " + stranger.pid() + " (java)", effect, "sharedstate.name");
                assertThat(health(member).getStatus()).isEqualTo(SharedStateHealthIndicator.DEGRADED);
                assertThat(health(member).getDetails())
                        .containsEntry("problems", List.of(problem))
                        .containsEntry("members", 1);
                assertThat(output).containsOnlyOnce(WARNING).containsOnlyOnce(problem);
            }
            await().until(() -> health(member).getStatus().equals(Status.UP));
            assertThat(health(member).getDetails()).doesNotContainKey("problems");
            assertThat(output).containsOnlyOnce("is gone");
        }
    }

    @Test
    void membersAreNone(CapturedOutput output) {
        try (ConfigurableApplicationContext member = member()) {
            for (int restart = 0; restart < 2; restart++) {
                Process other = startMember();
                await().until(() -> listeners(member).size() == 2);
                StrangerProcess.end(other);
                await().until(() -> listeners(member).size() == 1);
            }
            startMember();
            await().until(() -> listeners(member).size() == 2);
            assertThat(listeners(member)).allMatch(each -> each.size() == 1).doesNotHaveDuplicates();
            try (StrangerProcess stranger = StrangerProcess.on("::", port)) {
                await().until(() -> !strangers(member).isEmpty());
                assertThat(strangers(member)).singleElement().asString().contains("pid " + stranger.pid() + " ");
                assertThat(output).containsOnlyOnce(WARNING);
            }
        }
    }

    @Test
    void aMemberThatListensButHasNotAnnouncedItYetIsNone(CapturedOutput output) {
        try (ConfigurableApplicationContext member = member()) {
            members.add(StrangerProcess.start(SilentMember.class, List.of(), "" + port, directory.toString()));
            try (StrangerProcess stranger = StrangerProcess.on("::", port)) {
                await().until(() -> !strangers(member).isEmpty());
                assertThat(strangers(member)).singleElement().asString().contains("pid " + stranger.pid() + " ");
                assertThat(output).containsOnlyOnce(WARNING);
            }
        }
    }

    /** Joins, and listens as if it were still starting. */
    static final class SilentMember {

        public static void main(String... arguments) throws IOException {
            try (SharedState ignored =
                    MappedEngine.at(Path.of(arguments[1], "shop")).open()) {
                StrangerProcess.main("::", arguments[0]);
            }
        }
    }

    @Test
    void aListenerThatIsOpenedAnewIsAnnouncedAnew(CapturedOutput output) {
        try (ConfigurableApplicationContext member = member()) {
            List<Long> before = listeners(member).get(0);
            Connector connector = connectors(member)[0];
            connector.pause();
            connector.resume();
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> !listeners(member).get(0).equals(before));
            assertThat(listeners(member).get(0)).hasSize(1);
            assertThat(output).doesNotContain(WARNING);
        }
    }

    @Test
    void portsOfConnectorsThatShareAreWatchedAndOthersAreNot() {
        int shared = TestSocketUtils.findAvailableTcpPort();
        int own = TestSocketUtils.findAvailableTcpPort();
        try (ConfigurableApplicationContext member = member("test.shared=" + shared, "test.own=" + own)) {
            assertThat(listeners(member).get(0)).hasSize(2);
            try (StrangerProcess found = StrangerProcess.on("127.0.0.1", shared)) {
                await().until(() -> !strangers(member).isEmpty());
                assertThat(strangers(member)).singleElement().asString().contains("pid " + found.pid() + " ");
            }
        }
    }

    @Test
    void nobodyWatchesAPortThatIsNotShared() {
        try (ConfigurableApplicationContext member = member("sharedstate.server.port-sharing=none")) {
            assertThat(listeners(member).get(0)).hasSize(1);
            // Those of other tests are about to end.
            await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                    .extracting(Thread::getName)
                    .doesNotContain("sharedstate-strangers"));
        }
    }

    private ConfigurableApplicationContext member(String... properties) {
        return start(port, directory, properties);
    }

    private Process startMember() {
        Process member = StrangerProcess.start(StrangersTests.class, List.of(), "" + port, directory.toString());
        members.add(member);
        return member;
    }

    /** Another member: a process of its own. */
    public static void main(String... arguments) throws IOException {
        start(Integer.parseInt(arguments[0]), Path.of(arguments[1]));
        System.out.println("ready");
        while (System.in.read() >= 0) {
            // serves
        }
    }

    private static ConfigurableApplicationContext start(int port, Path directory, String... properties) {
        return new SpringApplicationBuilder(App.class)
                .properties(
                        "spring.main.banner-mode=off",
                        "server.port=" + port,
                        "sharedstate.name=shop",
                        "sharedstate.mapped.directory=" + directory,
                        "sharedstate.server.port-sharing=reuse-port")
                .properties(properties)
                .run();
    }

    private static List<String> strangers(ConfigurableApplicationContext member) {
        return member.getBean(Strangers.class).problems();
    }

    private static List<List<Long>> listeners(ConfigurableApplicationContext member) {
        return member.getBean(SharedState.class).members().all().stream()
                .map(Member::listeners)
                .filter(each -> !each.isEmpty())
                .toList();
    }

    private static Health health(ConfigurableApplicationContext member) {
        return Objects.requireNonNull(
                member.getBean(SharedStateHealthIndicator.class).health(true));
    }

    private static Connector[] connectors(ConfigurableApplicationContext member) {
        TomcatWebServer server =
                (TomcatWebServer) Objects.requireNonNull(((ServletWebServerApplicationContext) member).getWebServer());
        return server.getTomcat().getService().findConnectors();
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        SharedStateAutoConfiguration.class,
        SharedStateWebAutoConfiguration.class,
        SharedStateHealthAutoConfiguration.class,
        HealthContributorAutoConfiguration.class,
        HealthContributorRegistryAutoConfiguration.class,
        PortSharingAutoConfiguration.class,
        TomcatServletWebServerAutoConfiguration.class
    })
    static class App {

        @Bean
        WebServerFactoryCustomizer<TomcatWebServerFactory> connectors(Environment environment) {
            return factory -> {
                add(factory, SharedPortProtocol.class.getName(), environment.getProperty("test.shared"));
                add(factory, TomcatWebServerFactory.DEFAULT_PROTOCOL, environment.getProperty("test.own"));
            };
        }

        private static void add(TomcatWebServerFactory factory, String protocol, @Nullable String port) {
            if (port != null) {
                Connector connector = new Connector(protocol);
                connector.setPort(Integer.parseInt(port));
                factory.addAdditionalConnectors(connector);
            }
        }
    }
}
