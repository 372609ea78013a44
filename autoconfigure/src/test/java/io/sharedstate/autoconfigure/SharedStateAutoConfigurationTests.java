package io.sharedstate.autoconfigure;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.sharedstate.Codec;
import io.sharedstate.CodecFactory;
import io.sharedstate.Kind;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.diagnostics.Analyses;
import io.sharedstate.autoconfigure.endpoint.SharedStateEndpointAutoConfiguration;
import io.sharedstate.autoconfigure.health.SharedStateHealthAutoConfiguration;
import io.sharedstate.autoconfigure.management.ManagementPortAutoConfiguration;
import io.sharedstate.autoconfigure.metrics.SharedStateMetricsAutoConfiguration;
import io.sharedstate.autoconfigure.web.SharedStateWebAutoConfiguration;
import io.sharedstate.mapped.MappedEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurationPackage;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@ExtendWith(OutputCaptureExtension.class)
class SharedStateAutoConfigurationTests {

    private final ApplicationContextRunner runner =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(SharedStateAutoConfiguration.class));

    private final ApplicationContextRunner onHeap = runner.withPropertyValues("sharedstate.engine=heap");

    @TempDir
    Path directory;

    private ApplicationContextRunner mapped() {
        return runner.withPropertyValues("sharedstate.mapped.directory=" + directory);
    }

    @Test
    void givesTheStateAndACounterWithoutAnyDeclaration() {
        onHeap.run(context -> {
            assertThat(context).hasSingleBean(SharedState.class).hasBean("sharedCounter");
            assertThat(context.getBean(SharedState.class).engine()).isEqualTo("heap");
        });
    }

    @Test
    void isAbsentWhenDisabled() {
        onHeap.withPropertyValues("sharedstate.enabled=false")
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean(SharedState.class)
                        .doesNotHaveBean("sharedCounter"));
    }

    @Test
    void backsOffFromAStateOfTheUsersOwn() {
        onHeap.withUserConfiguration(OwnState.class).run(context -> {
            assertThat(context).hasSingleBean(SharedState.class).hasBean("own");
            assertThat(context.getBean("own", SharedState.class).names(Kind.COUNTER))
                    .containsExactly("shared");
        });
    }

    @Test
    void startsWithNothingOptionalOnTheClassPath() {
        onHeap.withConfiguration(AutoConfigurations.of(
                        SharedStateEndpointAutoConfiguration.class,
                        SharedStateHealthAutoConfiguration.class,
                        SharedStateMetricsAutoConfiguration.class,
                        ManagementPortAutoConfiguration.class,
                        SharedStateWebAutoConfiguration.class))
                .withClassLoader(new FilteredClassLoader(
                        "org.springframework.boot.actuate",
                        "org.springframework.boot.health",
                        "org.springframework.boot.micrometer",
                        "org.springframework.boot.web",
                        "io.micrometer",
                        "tools.jackson"))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(SharedState.class)
                        .doesNotHaveBean(CodecFactory.class));
    }

    @Test
    void joinsTheDirectoryOfTheNameAndLeavesItWithTheContext() {
        mapped().withPropertyValues("sharedstate.name=shop").run(context -> {
            SharedState state = context.getBean(SharedState.class);
            assertThat(state.engine()).isEqualTo("mapped");
            assertThat(state.location()).contains(directory.resolve("shop").toString());
            try (SharedState other = MappedEngine.at(directory.resolve("shop")).open()) {
                assertThat(other.members().all()).hasSize(2);
                context.close();
                assertThat(other.members().all()).hasSize(1);
                assertThat(other.names(Kind.COUNTER)).containsExactly("shared");
            }
        });
    }

    @Test
    void closesTheStateAfterTheWebServerHasStopped() {
        onHeap.withBean(StopsLikeTheWebServer.class).run(context -> {
            SharedState state = context.getBean(SharedState.class);
            StopsLikeTheWebServer server = context.getBean(StopsLikeTheWebServer.class);
            context.close();
            assertThat(server.membersSeenAtStop).isEqualTo(1);
            assertThatIllegalStateException().isThrownBy(() -> state.names(Kind.COUNTER));
        });
    }

    @Test
    void takesTheApplicationsNameByDefault() {
        mapped().withPropertyValues("spring.application.name=ticket-shop")
                .run(context -> assertThat(context.getBean(SharedState.class).location())
                        .contains(directory.resolve("ticket-shop").toString()));
    }

    @Test
    void takesTheBasePackageIfTheApplicationsNameIsNoName() {
        mapped().withPropertyValues("spring.application.name=Ticket Shop")
                .withUserConfiguration(Application.class)
                .run(context -> assertThat(context.getBean(SharedState.class).location())
                        .contains(directory
                                .resolve("io.sharedstate.autoconfigure")
                                .toString()));
    }

    @Test
    void saysHowToNameTheStateIfNothingDoes() {
        mapped().withPropertyValues("spring.application.name=Ticket Shop").run(context -> {
            assertThat(context).hasFailed();
            assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                    .contains(
                            "sharedstate.name", "spring.application.name is 'Ticket Shop'", "base package is not set");
        });
    }

    @Test
    void refusesANameThatLeavesTheDirectory() {
        mapped().withPropertyValues("sharedstate.name=../other").run(context -> {
            assertThat(context).hasFailed();
            assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                    .contains("'../other'", "sharedstate.name", "letters, digits");
        });
    }

    @Test
    void refusesUnknownKeysAndNamesThem() {
        onHeap.withPropertyValues("sharedstate.conters.orders.initial=1").run(context -> {
            assertThat(context).hasFailed();
            assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                    .contains("sharedstate.conters.orders.initial");
        });
    }

    @Test
    void refusesUnknownKeysOfACounterAndNamesThem() {
        onHeap.withPropertyValues("sharedstate.counters.orders.inital=1").run(context -> {
            assertThat(context).hasFailed();
            assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                    .contains("sharedstate.counters.orders.inital");
        });
    }

    @Test
    void saysWhatToDoAboutASymbolicLinkInTheDirectorysPlace() throws IOException {
        Files.createSymbolicLink(directory.resolve("shop"), Files.createDirectory(directory.resolve("elsewhere")));
        mapped().withPropertyValues("sharedstate.name=shop").run(context -> {
            assertThat(context).hasFailed();
            FailureAnalysis analysis = Analyses.of(context.getStartupFailure());
            assertThat(analysis.getDescription()).contains("symbolic link", "elsewhere");
            assertThat(analysis.getAction()).contains("sharedstate.mapped.directory");
        });
    }

    @Test
    void saysWhatToDoAboutAForeignFile() throws IOException {
        Path state = Files.createDirectory(
                directory.resolve("shop"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.writeString(state.resolve("members.dat"), "not ours".repeat(1_000));
        mapped().withPropertyValues("sharedstate.name=shop").run(context -> {
            assertThat(context).hasFailed();
            FailureAnalysis analysis = Analyses.of(context.getStartupFailure());
            assertThat(analysis.getDescription()).contains("members.dat");
            assertThat(analysis.getAction()).contains("sharedstate.name");
        });
    }

    @Test
    void saysWhatToDoAboutOneMemberTooMany() {
        ApplicationContextRunner forOne =
                mapped().withPropertyValues("sharedstate.name=shop", "sharedstate.mapped.max-members=1");
        forOne.run(first -> forOne.run(second -> {
            assertThat(first).hasNotFailed();
            assertThat(second).hasFailed();
            FailureAnalysis analysis = Analyses.of(second.getStartupFailure());
            assertThat(analysis.getDescription()).contains("all 1 places");
            assertThat(analysis.getAction()).contains("sharedstate.mapped.max-members");
        }));
    }

    @Test
    void saysWhatToDoAboutAValueOfAnotherType() {
        ApplicationContextRunner shop = mapped().withPropertyValues("sharedstate.name=shop");
        shop.withPropertyValues("sharedstate.values.limit.type=java.lang.String")
                .run(context -> assertThat(context).hasNotFailed());
        shop.withPropertyValues("sharedstate.values.limit.type=java.lang.Long").run(context -> {
            assertThat(context).hasFailed();
            FailureAnalysis analysis = Analyses.of(context.getStartupFailure());
            assertThat(analysis.getDescription()).contains("'limit'", "utf-8", "int64");
            assertThat(analysis.getAction()).contains("sharedstate.values.<name>.type");
        });
    }

    @Test
    void logsOneLineAtStartUp(CapturedOutput output) {
        mapped().withPropertyValues("sharedstate.name=shop").run(context -> {
            SharedState state = context.getBean(SharedState.class);
            assertThat(output.getOut().lines().filter(line -> line.contains("Shared state (mapped)")))
                    .singleElement()
                    .asString()
                    .contains(
                            "INFO",
                            state.location(),
                            "member 0",
                            "1 of at most 64",
                            String.format("%,d bytes", state.size()));
        });
    }

    @Test
    void writesValuesWithTheApplicationsJsonMapper() {
        onHeap.withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class))
                .withPropertyValues("spring.jackson.property-naming-strategy=SNAKE_CASE")
                .run(context -> {
                    CodecFactory codecs = context.getBean(CodecFactory.class);
                    assertThat(new String(codecs.codec(Seat.class).encode(new Seat(7)), UTF_8))
                            .isEqualTo("{\"row_number\":7}");
                    SharedState state = context.getBean(SharedState.class);
                    state.value("seat", Seat.class).set(new Seat(8));
                    assertThat(state.value("seat", Seat.class).get()).isEqualTo(new Seat(8));
                });
    }

    @Test
    void leavesCodecsToTheUser() {
        onHeap.withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class))
                .withBean(CodecFactory.class, () -> SharedStateAutoConfigurationTests::noCodec)
                .run(context -> assertThat(context).hasSingleBean(CodecFactory.class));
    }

    private static <T> Codec<T> noCodec(Class<T> type) {
        throw new IllegalArgumentException("no codec for " + type);
    }

    record Seat(int rowNumber) {}

    static class StopsLikeTheWebServer implements SmartLifecycle {

        private final SharedState state;
        private boolean running;
        private int membersSeenAtStop;

        StopsLikeTheWebServer(SharedState state) {
            this.state = state;
        }

        @Override
        public void start() {
            running = true;
        }

        @Override
        public void stop() {
            running = false;
            membersSeenAtStop = state.members().all().size();
        }

        @Override
        public boolean isRunning() {
            return running;
        }

        @Override
        public int getPhase() {
            return WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE;
        }
    }

    @AutoConfigurationPackage
    @Configuration(proxyBeanMethods = false)
    static class Application {}

    @Configuration(proxyBeanMethods = false)
    static class OwnState {

        @Bean
        SharedState own() {
            return MappedEngine.heap().open();
        }
    }
}
