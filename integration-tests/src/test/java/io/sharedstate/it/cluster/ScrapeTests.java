package io.sharedstate.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.it.shop.Crowd;
import io.sharedstate.it.shop.Shop;
import io.sharedstate.it.shop.Shop.Hit;
import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Three instances behind one port, where Prometheus gets an answer by any of them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ScrapeTests {

    private static final int CUSTOMERS = 8;
    private static final String HITS =
            "http_server_requests_seconds_count{method=\"POST\",status=\"200\",uri=\"/hits\"}";

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private Cluster cluster;

    /** The arguments that say which engine it is, and where. */
    abstract List<String> engine();

    @BeforeAll
    void start() throws IOException {
        cluster = Cluster.serving(3, engine().toArray(String[]::new));
    }

    @AfterAll
    void stop() throws IOException {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void allInstancesAnswerWithTheSameSeries() {
        Set<Integer> members = cluster.pids(3).keySet();
        List<Scrape> scrapes = new ArrayList<>();
        // An instance's first answers and the first collections of garbage are series of their own.
        await("thirty answers in a row with the same series")
                .atMost(Duration.ofMinutes(1))
                .pollInterval(Duration.ofMillis(1))
                .until(() -> {
                    Scrape scrape = Scrape.of(cluster.port());
                    if (!scrapes.isEmpty() && !scrapes.get(0).series().equals(scrape.series())) {
                        scrapes.clear();
                    }
                    scrapes.add(scrape);
                    return scrapes.size() == 30;
                });

        assertThat(scrapes).extracting(Scrape::answeredBy).containsAll(members);
        for (int member : members) {
            assertThat(scrapes.get(0).series()).contains("process_uptime_seconds{member=\"" + member + "\"}");
        }
        assertThat(scrapes.get(0).series())
                .contains("sharedstate_counter{name=\"hits\"}")
                .noneMatch(series -> series.startsWith("sharedstate_counter{member"));
    }

    private record Answer(Hit hit, Instant at) {}

    @Test
    void prometheusCountsWhatTheClientsDoThoughInstancesAreKilled() throws Exception {
        System.out.printf("prometheusCountsWhatTheClientsDoThoughInstancesAreKilled: seed %d%n", seed);
        Shop shop = cluster.shop();
        try (Prometheus prometheus = Prometheus.scraping(cluster.port());
                Crowd<Answer> crowd = new Crowd<>(CUSTOMERS, () -> new Answer(shop.hit(), Instant.now()))) {
            Map<Hit, Instant> victims = new LinkedHashMap<>();
            for (int deaths = 0; deaths < 2; deaths++) {
                int killAfter = crowd.answered() + 500 + random.nextInt(500);
                await("hits").atMost(Duration.ofMinutes(1)).until(() -> crowd.answered() >= killAfter);
                Hit victim = shop.hits();
                ProcessHandle process = ProcessHandle.of(victim.pid()).orElseThrow();
                process.destroyForcibly();
                process.onExit().join();
                victims.put(victim, Instant.now());
                await("another in the place of the killed one")
                        .atMost(Duration.ofMinutes(2))
                        .until(() -> cluster.pids(3), pids -> !pids.containsValue(victim.pid()));
            }
            crowd.sendHome();

            long lost = 0;
            for (Map.Entry<Hit, Instant> death : victims.entrySet()) {
                Hit victim = death.getKey();
                Instant told = prometheus.lastTold(victim.member(), death.getValue());
                System.out.printf(
                        "Prometheus heard of what a victim had counted until %,d ms before its death%n",
                        Duration.between(told, death.getValue()).toMillis());
                // Figures are told every second and asked for every half.
                assertThat(told).isAfter(death.getValue().minus(Duration.ofSeconds(15)));
                // An answer reaches the client before it counts.
                lost += crowd.answers().stream()
                        .filter(it -> it.hit().pid() == victim.pid() && it.at().isAfter(told.minusMillis(100)))
                        .count();
            }
            // Whom it counts last hears of his answer before the figures do, if only just.
            int answered = crowd.answered();
            long least = answered - lost;
            await("Prometheus to have counted " + answered + " hits, but for " + lost)
                    .atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(prometheus.counted(HITS)).isGreaterThanOrEqualTo(least));
            assertThat(prometheus.counted(HITS)).isLessThanOrEqualTo(answered + crowd.cut());
            System.out.printf(
                    "%,d hits answered, %d of these after a victim's last word, %d cut, %,.0f counted%n",
                    answered, lost, crowd.cut(), prometheus.counted(HITS));
        }
    }

    @Test
    void theSeriesOfAHungInstanceStayAndTheOthersAnswerForIt() throws Exception {
        Map.Entry<Integer, Long> hung = cluster.pids(3).entrySet().iterator().next();
        int member = hung.getKey();
        Set<String> before = ofMember(member, answer(-1, 0));
        signal("STOP", hung.getValue());
        try {
            Scrape scrape = answer(member, 3);
            assertThat(scrape.members(true)).contains(member);
            assertThat(ofMember(member, scrape)).containsAll(before);
        } finally {
            signal("CONT", hung.getValue());
        }
    }

    /** The first answer that has figures of a member so old. */
    private Scrape answer(int member, double age) {
        return await("an answer")
                .atMost(Duration.ofSeconds(30))
                .ignoreExceptionsInstanceOf(HttpTimeoutException.class)
                .until(() -> Scrape.of(cluster.port()), it -> member < 0 || it.age(member) >= age);
    }

    private static Set<String> ofMember(int member, Scrape scrape) {
        return scrape.series().stream()
                .filter(series -> series.contains("member=\"" + member + "\""))
                .collect(Collectors.toSet());
    }

    private static void signal(String signal, long pid) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(pid))
                        .start()
                        .waitFor())
                .isZero();
    }
}
