package io.sharedstate.autoconfigure.prometheus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.sharedstate.Kind;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.autoconfigure.metrics.SharedStateMetricsAutoConfiguration;
import io.sharedstate.autoconfigure.snapshot.MemberSnapshots;
import io.sharedstate.autoconfigure.snapshot.Teller;
import io.sharedstate.mapped.MappedEngine;
import io.sharedstate.redis.ServerUnderTest;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusMetricsExportAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusOutputFormat;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusScrapeEndpoint;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;

@ExtendWith(OutputCaptureExtension.class)
class SharedStatePrometheusAutoConfigurationTests {

    private static final String CLUSTER = "sharedstate.metrics.scope=cluster";
    private static final String SHARED_PORT = "sharedstate.server.port-sharing=reuse-port";

    private final MappedEngine engine = MappedEngine.heap();

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    MetricsAutoConfiguration.class,
                    CompositeMeterRegistryAutoConfiguration.class,
                    PrometheusMetricsExportAutoConfiguration.class,
                    SharedStateAutoConfiguration.class,
                    SharedStateMetricsAutoConfiguration.class,
                    SharedStatePrometheusAutoConfiguration.class))
            .withBean(SharedState.class, engine::open)
            .withPropertyValues("management.endpoints.web.exposure.include=prometheus");

    private static String scrape(ApplicationContext context) {
        return scrape(context.getBean(PrometheusScrapeEndpoint.class));
    }

    private static String scrape(PrometheusScrapeEndpoint endpoint) {
        byte[] body =
                endpoint.scrape(PrometheusOutputFormat.CONTENT_TYPE_004, null).getBody();
        return new String(Objects.requireNonNull(body), StandardCharsets.UTF_8);
    }

    private void assertScope(String scope, String... properties) {
        runner.withPropertyValues(properties).run(context -> {
            context.getBean(MeterRegistry.class).counter("orders").increment();
            assertThat(context).hasNotFailed().hasSingleBean(PrometheusScrapeEndpoint.class);
            if (scope.equals("cluster")) {
                assertThat(scrape(context)).contains("\norders_total{member=\"0\"} 1.0\n");
                assertThat(context).hasSingleBean(Teller.class);
            } else {
                assertThat(scrape(context)).contains("\norders_total 1.0\n");
                assertThat(context).doesNotHaveBean(Teller.class);
                assertThat(context.getBean(SharedState.class).names(Kind.MAP)).isEmpty();
            }
        });
    }

    @Test
    void theScopeIsTheInstanceWhereItsPortIsItsOwn() {
        assertScope("instance");
        assertScope("instance", SHARED_PORT, "server.port=0");
        assertScope("instance", SHARED_PORT, "management.server.port=9000");
    }

    @Test
    void theScopeIsTheClusterWhereThePortIsShared() {
        assertScope("cluster", SHARED_PORT);
        assertScope("cluster", SHARED_PORT, "server.port=9000", "management.server.port=9000");
        assertScope("cluster", "sharedstate.server.port-sharing=inherited", "server.port=0");
    }

    @Test
    void theScopeCanBeChosen() {
        assertScope("instance", "sharedstate.metrics.scope=instance", SHARED_PORT);
        assertScope("cluster", CLUSTER);
        assertScope("cluster", CLUSTER, "management.server.port=9000");
    }

    @Test
    void theFiguresOfTheStateAreThereOnceWithoutTheOrdinal() {
        runner.withPropertyValues(CLUSTER, "sharedstate.metrics.common-tag=true")
                .run(context -> assertThat(scrape(context))
                        .contains("\nsharedstate_members 1.0\n", "\nsharedstate_counter{name=\"shared\"} 0.0\n"));
    }

    @Test
    void whatIsCountedUntilTheEndIsTold() {
        try (SharedState other = engine.open()) {
            runner.withPropertyValues(CLUSTER, "sharedstate.metrics.interval=1h")
                    .run(context -> {
                        await().until(() -> other.mapStatistics("sharedstate.metrics")
                                        .orElseThrow()
                                        .entries()
                                == 1);
                        context.getBean(MeterRegistry.class).counter("orders").increment();
                    });
            assertThat(scrape(other))
                    .contains("\norders_total{member=\"1\"} 1.0\n", "\nsharedstate_member_up{member=\"1\"} 0.0\n");
        }
    }

    @Test
    void figuresAreToldAgainAndAgain() {
        try (SharedState other = engine.open()) {
            runner.withPropertyValues(CLUSTER, "sharedstate.metrics.interval=10ms")
                    .run(context -> {
                        for (int orders = 1; orders <= 3; orders++) {
                            context.getBean(MeterRegistry.class)
                                    .counter("orders")
                                    .increment();
                            String expected = "\norders_total{member=\"1\"} " + orders + ".0\n";
                            await().until(() -> scrape(other).contains(expected));
                        }
                    });
        }
    }

    /** What another member answers. */
    private static String scrape(SharedState other) {
        ClusterRegistry registry = new ClusterRegistry(
                new PrometheusRegistry(),
                new MemberSeries(false, List.of()),
                other,
                new MemberSnapshots(other, Clock.systemUTC(), "sharedstate.metrics", Instance.ROOM));
        return scrape(new PrometheusScrapeEndpoint(registry, null));
    }

    @Test
    void onAServerAnyMemberAnswersForAllToo() {
        ApplicationContextRunner onServer = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        MetricsAutoConfiguration.class,
                        CompositeMeterRegistryAutoConfiguration.class,
                        PrometheusMetricsExportAutoConfiguration.class,
                        DataRedisAutoConfiguration.class,
                        SharedStateAutoConfiguration.class,
                        SharedStatePrometheusAutoConfiguration.class))
                .withPropertyValues(
                        "management.endpoints.web.exposure.include=prometheus",
                        "sharedstate.engine=redis",
                        "sharedstate.name=test-" + UUID.randomUUID(),
                        "spring.data.redis.port=" + ServerUnderTest.shared().port(),
                        CLUSTER);
        onServer.run(first -> {
            onServer.run(second -> {
                second.getBean(MeterRegistry.class).counter("orders").increment();
                assertThat(scrape(second)).contains("\norders_total{member=\"1\"} 1.0\n");
                second.getBean(MeterRegistry.class).counter("orders").increment();
                assertThat(scrape(first)).contains("\nsharedstate_member_up{member=\"1\"} 1.0\n");
            });
            assertThat(scrape(first))
                    .contains("\norders_total{member=\"1\"} 2.0\n", "\nsharedstate_member_up{member=\"1\"} 0.0\n");
        });
    }

    @Test
    void whatThereIsNoRoomForIsSaidOnceWithWhatToDo(CapturedOutput output) {
        runner.withPropertyValues(CLUSTER, "sharedstate.metrics.interval=10ms", "sharedstate.metrics.max-size=64KB")
                .run(context -> {
                    for (int i = 0; i < 1000; i++) {
                        context.getBean(MeterRegistry.class).counter("orders", "number", Integer.toString(i));
                    }
                    await().until(() -> output.getOut().contains("The other members can't be told the series"));
                    assertThat(scrape(context)).contains("orders_total{member=\"0\",number=\"999\"} 0.0");
                });
        assertThat(output.getOut().lines().filter(line -> line.contains("can't be told")))
                .singleElement()
                .asString()
                .contains("map 'sharedstate.metrics'", "'sharedstate.metrics.max-size' (now 65536B) higher");
    }

    @Test
    void aMeaninglessIntervalIsRefused() {
        runner.withPropertyValues(CLUSTER, "sharedstate.metrics.interval=0s")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("sharedstate.metrics.interval"));
    }

    @Test
    void theApplicationsOwnEndpointIsLeftAlone() {
        runner.withPropertyValues(CLUSTER)
                .withBean(
                        "own",
                        PrometheusScrapeEndpoint.class,
                        () -> new PrometheusScrapeEndpoint(new PrometheusRegistry(), null))
                .run(context -> assertThat(context)
                        .hasSingleBean(PrometheusScrapeEndpoint.class)
                        .doesNotHaveBean(Teller.class));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "management.endpoints.web.exposure.include=health",
                "management.prometheus.metrics.export.enabled=false",
                "sharedstate.enabled=false"
            })
    void nothingIsToldThatNobodyCanAskFor(String property) {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        MetricsAutoConfiguration.class,
                        CompositeMeterRegistryAutoConfiguration.class,
                        PrometheusMetricsExportAutoConfiguration.class,
                        SharedStateAutoConfiguration.class,
                        SharedStatePrometheusAutoConfiguration.class))
                .withPropertyValues(
                        "management.endpoints.web.exposure.include=prometheus",
                        "sharedstate.engine=heap",
                        "sharedstate.name=test",
                        CLUSTER,
                        property)
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(Teller.class));
    }

    @Test
    void withoutPrometheusThereIsNothing() {
        runner.withPropertyValues(CLUSTER)
                .withClassLoader(new FilteredClassLoader(PrometheusMeterRegistry.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(Teller.class));
    }
}
