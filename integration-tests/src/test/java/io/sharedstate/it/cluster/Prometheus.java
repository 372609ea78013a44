package io.sharedstate.it.cluster;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sharedstate.it.shop.Ports;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.springframework.util.FileSystemUtils;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A Prometheus server that scrapes one port, twice a second. */
final class Prometheus implements AutoCloseable {

    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient client = HttpClient.newHttpClient();
    private final Path directory;
    private final int port = Ports.free(1);
    private final Process process;

    private Prometheus(int target) throws IOException {
        directory = Files.createTempDirectory("prometheus-it-");
        Path configuration = Files.writeString(directory.resolve("prometheus.yml"), """
                global: {scrape_interval: 500ms, scrape_timeout: 400ms}
                scrape_configs:
                  - job_name: shop
                    metrics_path: /actuator/prometheus
                    static_configs: [{targets: ["127.0.0.1:%d"]}]
                """.formatted(target));
        process = new ProcessBuilder(
                        "setpriv",
                        "--pdeathsig",
                        "KILL",
                        "prometheus",
                        "--config.file=" + configuration,
                        "--storage.tsdb.path=" + directory.resolve("data"),
                        "--web.listen-address=127.0.0.1:" + port)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
    }

    static Prometheus scraping(int target) throws IOException {
        assumeTrue(
                isInstalled(),
                "prometheus is not on the PATH: install Prometheus (on Debian: the package 'prometheus')");
        Prometheus prometheus = new Prometheus(target);
        try {
            await("Prometheus to have scraped")
                    .atMost(Duration.ofMinutes(1))
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .until(() -> prometheus.query("up == 1").size() == 1);
            return prometheus;
        } catch (Throwable e) {
            prometheus.close();
            throw e;
        }
    }

    private static boolean isInstalled() {
        try {
            new ProcessBuilder("prometheus", "--version").start().destroyForcibly();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * What has been counted by all series of a counter, ever: all that was added, also to one that began anew. That one
     * did is seen by when its process was started, as it may have counted more than the one before it until it is read.
     */
    double counted(String selector) throws IOException, InterruptedException {
        Map<String, NavigableMap<Double, Double>> started = new HashMap<>();
        for (JsonNode series : query("process_start_time_seconds[1h]")) {
            started.put(member(series), samples(series));
        }
        double counted = 0;
        for (JsonNode series : query(selector + "[1h]")) {
            NavigableMap<Double, Double> starts = started.get(member(series));
            double before = 0;
            double startedBefore = 0;
            for (Map.Entry<Double, Double> sample : samples(series).entrySet()) {
                double start = starts.floorEntry(sample.getKey()).getValue();
                counted += start == startedBefore ? sample.getValue() - before : sample.getValue();
                before = sample.getValue();
                startedBefore = start;
            }
        }
        return counted;
    }

    private static String member(JsonNode series) {
        return series.at("/metric/member").asString();
    }

    /** The values of a series by the time at which they were read, in seconds. */
    private static NavigableMap<Double, Double> samples(JsonNode series) {
        NavigableMap<Double, Double> samples = new TreeMap<>();
        for (JsonNode sample : series.get("values")) {
            samples.put(
                    sample.get(0).asDouble(), Double.parseDouble(sample.get(1).asString()));
        }
        return samples;
    }

    /** When a member that died told those of its figures that have been read last. */
    Instant lastTold(int member, Instant died) throws IOException, InterruptedException {
        Instant last = Instant.EPOCH;
        for (JsonNode series : query("sharedstate_member_snapshot_age_seconds{member=\"" + member + "\"}[1h]")) {
            for (Map.Entry<Double, Double> age : samples(series).entrySet()) {
                Instant told = Instant.ofEpochMilli((long) ((age.getKey() - age.getValue()) * 1000));
                if (told.isAfter(last) && told.isBefore(died)) { // and not by whoever took its place
                    last = told;
                }
            }
        }
        return last;
    }

    private JsonNode query(String query) throws IOException, InterruptedException {
        URI uri = URI.create(
                "http://127.0.0.1:" + port + "/api/v1/query?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8));
        HttpResponse<String> answer = client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
        if (answer.statusCode() != 200) { // it isn't ready yet
            throw new IOException(answer + ": " + answer.body());
        }
        return JSON.readTree(answer.body()).at("/data/result");
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        } finally {
            FileSystemUtils.deleteRecursively(directory);
        }
    }
}
