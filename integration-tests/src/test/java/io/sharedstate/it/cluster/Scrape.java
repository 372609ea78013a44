package io.sharedstate.it.cluster;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What one instance answered to Prometheus.
 *
 * @param begun when it was asked
 * @param values by series
 */
record Scrape(Instant begun, Map<String, Double> values) {

    private static final String AGE = "sharedstate_member_snapshot_age_seconds{member=\"%d\"}";
    private static final HttpClient CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();

    /** The instances close each connection after an answer, so that any of them may get the next one. */
    static Scrape of(int port) throws IOException, InterruptedException {
        Instant begun = Instant.now();
        URI uri = URI.create("http://127.0.0.1:" + port + "/actuator/prometheus");
        HttpResponse<String> response = CLIENT.send(
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(2)).build(), BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IllegalStateException(response + ": " + response.body());
        }
        Map<String, Double> values = new LinkedHashMap<>();
        response.body().lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            int end = line.lastIndexOf(' ');
            if (values.put(line.substring(0, end), Double.valueOf(line.substring(end + 1))) != null) {
                throw new IllegalStateException("twice in one answer: " + line);
            }
        });
        return new Scrape(begun, values);
    }

    Set<String> series() {
        return values.keySet();
    }

    /** The ordinals of those who have said that they live, or have said so once. */
    Set<Integer> members(boolean alive) {
        return values.entrySet().stream()
                .filter(entry ->
                        entry.getKey().startsWith("sharedstate_member_up") && entry.getValue() == (alive ? 1 : 0))
                .map(entry -> Integer.valueOf(entry.getKey().replaceAll("\\D", "")))
                .collect(Collectors.toSet());
    }

    /** Who answered: his own figures are the only ones that have no age at all. */
    int answeredBy() {
        return members(true).stream()
                .filter(ordinal -> age(ordinal) == 0)
                .findAny()
                .orElseThrow();
    }

    /** How long ago a member told its figures, in seconds. */
    double age(int ordinal) {
        return values.getOrDefault(AGE.formatted(ordinal), Double.NaN);
    }
}
