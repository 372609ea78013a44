package io.sharedstate.autoconfigure.prometheus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusOutputFormat.CONTENT_TYPE_004;
import static org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusOutputFormat.CONTENT_TYPE_OPENMETRICS_100;
import static org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusOutputFormat.CONTENT_TYPE_PROTOBUF;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.sharedstate.mapped.MappedEngine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class ClusterRegistryTests {

    private final MappedEngine engine = MappedEngine.heap();
    private final List<Instance> instances = new ArrayList<>();

    @AfterEach
    void stop() {
        instances.forEach(Instance::close);
    }

    private Instance start() {
        Instance instance = Instance.of(engine);
        instances.add(instance);
        return instance;
    }

    private void crash(Instance instance) {
        instances.remove(instance);
        instance.close();
    }

    /** What an application has, more or less: all kinds of meters that Micrometer makes something of. */
    private static void meter(Instance instance, int factor) {
        instance.meters.counter("orders", "shop", "north \"1\"").increment(factor);
        instance.meters.counter("orders", "shop", "south").increment(2 * factor);
        Gauge.builder("heap", () -> 100.5 * factor)
                .description("Room")
                .baseUnit("bytes")
                .register(instance.meters);
        Timer timer = Timer.builder("requests")
                .description("Requests, all of them")
                .publishPercentileHistogram()
                .register(instance.meters);
        timer.record(Duration.ofMillis(3L * factor));
        Timer.builder("calls")
                .publishPercentiles(0.5, 0.99)
                .register(instance.meters)
                .record(Duration.ofMillis(20));
        instance.meters.summary("sizes").record(17);
        instance.meters.more().longTaskTimer("tasks").start();
        FunctionCounter.builder("sharedstate.queue.redelivered", instance, ignored -> 7)
                .tag("name", "orders")
                .register(instance.meters);
    }

    @Test
    void anyInstanceAnswersForAllWithTheSameSeries() {
        Instance first = start();
        Instance second = start();
        Instance third = start();
        int factor = 1;
        for (Instance each : instances) {
            meter(each, factor++);
            each.tell();
        }

        List<String> lines = first.lines();
        assertThat(lines)
                .contains(
                        "orders_total{member=\"0\",shop=\"south\"} 2.0",
                        "orders_total{member=\"1\",shop=\"south\"} 4.0",
                        "orders_total{member=\"2\",shop=\"south\"} 6.0",
                        "orders_total{member=\"2\",shop=\"north \\\"1\\\"\"} 3.0",
                        "heap_bytes{member=\"1\"} 201.0",
                        "requests_seconds_count{member=\"2\"} 1",
                        "requests_seconds_bucket{member=\"1\",le=\"+Inf\"} 1",
                        "calls_seconds_count{member=\"1\"} 1",
                        "sharedstate_member_up{member=\"2\"} 1.0");
        assertThat(second.lines().stream().map(ClusterRegistryTests::series))
                .containsExactlyElementsOf(
                        lines.stream().map(ClusterRegistryTests::series).toList());
        assertThat(third.lines()).hasSameSizeAs(lines);
    }

    private static String series(String line) {
        return line.startsWith("#") ? line : line.substring(0, line.lastIndexOf(' '));
    }

    @Test
    void everyFamilyIsDescribedOnce() {
        Instance first = start();
        Instance second = start();
        instances.forEach(each -> meter(each, 1));
        second.tell();

        assertThat(first.lines().stream().filter(line -> line.startsWith("#")))
                .doesNotHaveDuplicates()
                .contains("# HELP heap_bytes Room", "# TYPE heap_bytes gauge", "# TYPE requests_seconds histogram");
        assertThat(first.scrape(CONTENT_TYPE_OPENMETRICS_100).lines().filter(line -> line.startsWith("#")))
                .doesNotHaveDuplicates()
                .contains("# TYPE orders counter")
                .last()
                .isEqualTo("# EOF");
    }

    @Test
    void exemplarsAndHistogramsKeepTheirForm() {
        Instance first = start();
        Instance second = start();
        meter(second, 1);
        second.tell();
        second.meters.close();

        assertThat(first.scrape(CONTENT_TYPE_OPENMETRICS_100).lines())
                .anyMatch(
                        line -> line.startsWith(
                                "orders_total{member=\"1\",shop=\"south\"} 2.0 # {span_id=\"00f067aa0ba902b7\",trace_id=\"4bf92f3577b34da6a3ce929d0e0e4736\"} 2.0 "))
                .anyMatch(line ->
                        line.startsWith("requests_seconds_bucket{member=\"1\",le=\"0.003145726\"} 1 # {span_id="));
    }

    @Test
    void protobufIsAnsweredToo() {
        Instance first = start();
        Instance second = start();
        meter(second, 1);
        second.tell();

        assertThat(first.scrape(CONTENT_TYPE_PROTOBUF)).contains("orders_total", "member", "south");
    }

    @Test
    void theAnsweringInstancesOwnSeriesAreLive() {
        Instance first = start();
        first.tell();
        first.meters.counter("orders").increment();

        assertThat(first.lines()).contains("orders_total{member=\"0\"} 1.0");
    }

    @Test
    void whatIsOfTheStateAppearsOnceAndWithoutTheOrdinal() {
        Instance first = start();
        Instance second = start();
        for (Instance each : instances) {
            meter(each, 1);
            each.meters.counter("sharedstate.listener.calls").increment();
            each.meters
                    .counter("cache.gets", "cache", "books", "cache.manager", "cacheManager")
                    .increment(5);
            each.meters
                    .counter("cache.gets", "cache", "books", "cache.manager", "local")
                    .increment(3);
            each.tell();
        }

        assertThat(second.lines())
                .contains(
                        "sharedstate_queue_redelivered_total{name=\"orders\"} 7.0",
                        "cache_gets_total{cache=\"books\",cache_manager=\"cacheManager\"} 5.0",
                        "cache_gets_total{cache=\"books\",cache_manager=\"local\",member=\"0\"} 3.0",
                        "cache_gets_total{cache=\"books\",cache_manager=\"local\",member=\"1\"} 3.0",
                        "sharedstate_listener_calls_total{member=\"0\"} 1.0",
                        "sharedstate_listener_calls_total{member=\"1\"} 1.0")
                .filteredOn(line -> line.startsWith("sharedstate_queue_") || line.contains("cacheManager"))
                .hasSize(2);
    }

    @Test
    void aTagOfThatNameIsKeptUnderAnother() {
        Instance first = start();
        Instance second = start();
        second.meters.counter("visits", "member", "Groucho").increment();
        second.meters
                .counter("fees", "member", "Groucho", "exported_member", "Harpo")
                .increment();
        second.tell();

        assertThat(first.lines())
                .contains(
                        "visits_total{exported_member=\"Groucho\",member=\"1\"} 1.0",
                        "fees_total{exported_exported_member=\"Groucho\",exported_member=\"Harpo\",member=\"1\"} 1.0");
    }

    @Test
    void theCommonTagIsThatLabelAlready() {
        Instance first = start();
        Instance second = Instance.withCommonTag(engine);
        instances.add(second);
        second.meters.counter("visits", "member", "1").increment();
        second.meters.counter("visits", "member", "0").increment();
        second.tell();

        assertThat(first.lines())
                .contains("visits_total{member=\"1\"} 1.0", "visits_total{exported_member=\"0\",member=\"1\"} 1.0");
    }

    @Test
    void whatADeadMemberCountedStaysUntilItsOrdinalIsTakenAgain() {
        Instance first = start();
        Instance second = start();
        meter(second, 1);
        second.tell();
        crash(second);

        assertThat(first.lines())
                .contains(
                        "orders_total{member=\"1\",shop=\"south\"} 2.0",
                        "requests_seconds_count{member=\"1\"} 1",
                        "calls_seconds_count{member=\"1\"} 1",
                        "sharedstate_member_up{member=\"1\"} 0.0")
                .noneMatch(line -> line.startsWith("heap_bytes{member=\"1\"}"));

        Instance successor = start();
        successor.meters.counter("orders", "shop", "south").increment();
        successor.tell();

        assertThat(first.lines())
                .contains("orders_total{member=\"1\",shop=\"south\"} 1.0", "sharedstate_member_up{member=\"1\"} 1.0")
                .noneMatch(line -> line.startsWith("requests_seconds_count{member=\"1\"}"));
    }

    @Test
    void whatAnAnswerHasShownNoLaterOneTakesBackThoughWhoGaveItHasDied() {
        Instance first = start();
        Instance second = start();
        second.meters.counter("orders").increment();
        second.tell();
        second.meters.counter("orders").increment();
        assertThat(second.lines()).contains("orders_total{member=\"1\"} 2.0");
        crash(second);

        assertThat(first.lines()).contains("orders_total{member=\"1\"} 2.0");
    }

    @Test
    void ofConflictingTypesTheYoungestMembersIsShownWhicheverInstanceAnswers(CapturedOutput output) {
        Instance old = start();
        Instance young = start();
        old.meters.counter("load").increment();
        young.meters.gauge("load.total", 0.5);
        Gauge.builder("level", () -> 1).description("Old").register(old.meters);
        Gauge.builder("level", () -> 2).description("New").register(young.meters);
        instances.forEach(Instance::tell);

        for (Instance each : instances) {
            assertThat(each.lines().stream().filter(line -> line.contains("load") || line.contains("level")))
                    .containsExactlyInAnyOrder(
                            "# HELP load  ",
                            "# TYPE load gauge",
                            "load{member=\"1\"} 0.5",
                            "# HELP level New",
                            "# TYPE level gauge",
                            "level{member=\"0\"} 1.0",
                            "level{member=\"1\"} 2.0");
            each.lines();
        }
        assertThat(output.toString().lines().filter(line -> line.contains("Members report 'load")))
                .hasSize(2);
    }

    @Test
    void namesThatAreAskedForAreThoseOfAllMembers() {
        Instance first = start();
        Instance second = start();
        instances.forEach(each -> {
            meter(each, 1);
            each.tell();
        });

        assertThat(second.lines("heap_bytes", "orders").stream().filter(line -> !line.startsWith("#")))
                .containsExactlyInAnyOrder(
                        "heap_bytes{member=\"0\"} 100.5",
                        "heap_bytes{member=\"1\"} 100.5",
                        "orders_total{member=\"0\",shop=\"north \\\"1\\\"\"} 1.0",
                        "orders_total{member=\"0\",shop=\"south\"} 2.0",
                        "orders_total{member=\"1\",shop=\"north \\\"1\\\"\"} 1.0",
                        "orders_total{member=\"1\",shop=\"south\"} 2.0");
    }

    @Test
    void whatAnotherVersionToldIsLeftOutWithAWarning(CapturedOutput output) {
        Instance first = start();
        Instance second = start();
        second.snapshots.tell(new byte[] {99, 1, 2, 3});
        first.meters.counter("orders").increment();

        assertThat(first.lines()).contains("orders_total{member=\"0\"} 1.0").noneMatch(line -> line.contains("\"1\""));
        first.lines();
        assertThat(output.toString().split(Pattern.quote("The series of member 1 can't be read"), -1))
                .hasSize(2);
    }

    @Test
    void promtoolHasNothingToSayAgainstIt() throws Exception {
        Instance first = start();
        Instance second = start();
        instances.forEach(each -> {
            meter(each, 1);
            each.tell();
        });
        crash(second);
        Process promtool;
        try {
            promtool = new ProcessBuilder("promtool", "check", "metrics", "--extended")
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            assumeTrue(false, "promtool is not on the PATH: install Prometheus");
            return;
        }
        // It wants a description of everything, which not all of these have.
        String described = Stream.of(first.scrape(CONTENT_TYPE_004).split("\n"))
                .map(line -> line.startsWith("# HELP") ? line.stripTrailing() + " It is described." : line)
                .reduce("", (text, line) -> text + line + "\n");
        promtool.getOutputStream().write(described.getBytes(StandardCharsets.UTF_8));
        promtool.getOutputStream().close();

        String said = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(promtool.waitFor()).as(said).isZero();
    }
}
