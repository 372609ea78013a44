package io.sharedstate.it.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.it.shop.Crowd;
import io.sharedstate.it.shop.Shop;
import io.sharedstate.it.shop.Shop.Event;
import io.sharedstate.it.shop.Shop.Hit;
import io.sharedstate.it.shop.Shop.Ticket;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** {@code sample-app/docker/compose-redis.yaml}: two hosts with two instances each, and a server. */
@Requires(
        command = "docker version && { docker compose version || docker-compose version; }",
        otherwise = "no Docker engine answers, or there is neither 'docker compose' nor 'docker-compose'")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(900)
class ComposeRedisTests {

    private static final String PROJECT =
            "sharedstate-it-redis-" + ProcessHandle.current().pid();
    private static final int INSTANCES = 4;
    private static final int CUSTOMERS = 8;
    private static final int SEATS = 100;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private final Command commands = new Command(
            Launcher.HOME.resolve("docker"),
            Map.of(
                    "COMPOSE_PROJECT_NAME",
                    PROJECT,
                    "PORT",
                    "0",
                    "APP_IMAGE",
                    PROJECT,
                    "JRE_IMAGE",
                    Containers.image("test.image.jre"),
                    "NGINX_IMAGE",
                    Containers.image("test.image.nginx"),
                    "REDIS_IMAGE",
                    Containers.image("test.image.redis")));

    private String compose(String arguments) throws IOException, InterruptedException {
        return commands.shell(
                "if docker compose version >/dev/null 2>&1; then compose='docker compose'; else compose=docker-compose; fi;"
                        + " $compose -f compose-redis.yaml " + arguments);
    }

    @BeforeAll
    void start() throws Exception {
        try {
            compose("up -d --build");
        } catch (Throwable e) {
            stop();
            throw e;
        }
    }

    @AfterAll
    void stop() throws Exception {
        compose("down -v --rmi local -t 5");
        commands.shell("docker rmi " + PROJECT + " 2>&1 || true");
    }

    @Test
    void nothingThatWasAnsweredIsLostOrDoneTwiceThoughAnInstanceIsKilledAndThenAWholeHost() throws Exception {
        System.out.printf("ComposeRedisTests: seed %d%n", seed);
        Shop shop = new Shop("127.0.0.1", Command.port(compose("port proxy 8080")));
        AtomicInteger buyers = new AtomicInteger();
        Callable<Optional<Ticket>> buy = () -> shop.buy("concert", "buyer-" + buyers.incrementAndGet());
        try (Crowd<Hit> crowd = new Crowd<>(CUSTOMERS, shop::hit)) {
            awaitMembers(crowd, INSTANCES);
            killInstances("host-" + (1 + random.nextInt(2)) + "-" + (random.nextBoolean() ? "a" : "b"));
            awaitMembers(crowd, INSTANCES);

            Set<Integer> members = membersFrom(crowd, crowd.answered() - 200);
            int sellUntil = 20 + random.nextInt(SEATS / 2);
            try (Crowd<Optional<Ticket>> buying = new Crowd<>(CUSTOMERS, buy)) {
                soon("sales", () -> buying.answered() >= sellUntil);
                int lost = 1 + random.nextInt(2);
                compose("kill host-%1$d-a host-%1$d-b host-%1$d".formatted(lost));
                soon("the event to be sold out", () -> buying.answers().contains(Optional.<Ticket>empty()));
                buying.sendHome();

                Event event = shop.event("concert");
                List<Ticket> sold =
                        buying.answers().stream().flatMap(Optional::stream).toList();
                assertThat(event.stock()).isZero();
                assertThat(event.tickets()).hasSize(SEATS);
                assertThat(event.tickets()).extracting(Ticket::buyer).doesNotHaveDuplicates();
                assertThat(sold).doesNotHaveDuplicates().isSubsetOf(event.tickets());
                assertThat(sold).hasSizeGreaterThanOrEqualTo(SEATS - buying.cut());
            }
            int answered = crowd.answered();
            soon("hits of those that are left", () -> crowd.answered() >= answered + 200);
            assertThat(membersFrom(crowd, answered)).hasSize(2).isSubsetOf(members);
            crowd.sendHome();

            List<Hit> answers = crowd.answers();
            assertThat(answers).extracting(Hit::value).doesNotHaveDuplicates();
            assertThat(shop.hits().value()).isBetween((long) answers.size(), (long) answers.size() + crowd.cut());
            System.out.printf(
                    "ComposeRedisTests: %,d hits answered though an instance and a host were killed, %d cut%n",
                    answers.size(), crowd.cut());
        } catch (Throwable e) {
            System.out.printf("ComposeRedisTests: log of the containers:%n%s%n", compose("logs --no-color"));
            throw e;
        }
    }

    private void killInstances(String service) throws IOException, InterruptedException {
        Containers containers = new Containers(
                commands,
                "--filter label=com.docker.compose.project=%s --filter label=com.docker.compose.service=%s"
                        .formatted(PROJECT, service));
        for (String process : containers.processes()) {
            containers.kill(process);
        }
    }

    /** Waits until so many members have answered from now on. */
    private static void awaitMembers(Crowd<Hit> crowd, int count) {
        int answered = crowd.answered();
        soon(count + " members", () -> membersFrom(crowd, answered).size() >= count);
    }

    private static Set<Integer> membersFrom(Crowd<Hit> crowd, int answered) {
        return crowd.answers().stream().skip(answered).map(Hit::member).collect(Collectors.toSet());
    }

    private static void soon(String what, Callable<Boolean> condition) {
        await(what)
                .atMost(Duration.ofMinutes(5))
                .pollInterval(Duration.ofMillis(200))
                .until(condition);
    }
}
