package io.sharedstate.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.it.shop.Crowd;
import io.sharedstate.it.shop.Customer;
import io.sharedstate.it.shop.Customer.Account;
import io.sharedstate.it.shop.Customer.Confirmation;
import io.sharedstate.it.shop.Customer.Order;
import io.sharedstate.it.shop.Shop;
import io.sharedstate.it.shop.Shop.Forecast;
import io.sharedstate.it.shop.Shop.PriceList;
import io.sharedstate.it.shop.Shop.Prices;
import io.sharedstate.it.shop.Shop.Search;
import io.sharedstate.it.shop.Shop.Ticket;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** What Spring keeps in the shared state, on three instances, each request on a connection of its own to any of them. */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class CustomerTests {

    private static final int OK = 200;
    private static final int CREATED = 201;
    private static final int CONFLICT = 409;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SEATS = 1000;
    private static final int MATCH_SEATS = 300;
    private static final int MAILS_AT_ONCE = 2;
    private static final Duration PRICES_EVERY = Duration.ofMillis(500);

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private Cluster cluster;
    private Shop shop;

    /** The arguments that say which engine it is, and where. */
    abstract List<String> engine();

    @BeforeAll
    void start() throws IOException {
        List<String> arguments = new ArrayList<>(engine());
        arguments.addAll(List.of(
                "--shop.events.race.seats=" + SEATS,
                "--shop.events.match.seats=" + MATCH_SEATS,
                "--shop.forecast-takes=1s",
                "--shop.mail-takes=50ms",
                "--shop.prices-every=500ms",
                // who orders what is sold out uses up keys, too
                "--sharedstate.idempotency.max-size=64MB",
                "--sharedstate.rate-limiters.searches.permits=10",
                "--sharedstate.rate-limiters.searches.per=1h"));
        cluster = Cluster.serving(3, arguments.toArray(String[]::new));
        shop = cluster.shop();
    }

    @AfterAll
    void stop() throws IOException {
        if (cluster != null) {
            cluster.close();
        }
    }

    Cluster cluster() {
        return cluster;
    }

    @Test
    void aLoginHoldsOnEveryInstanceAndOutlivesTheOneItWasMadeOn() throws Exception {
        Customer customer = shop.customer();
        customer.logIn();
        Map<Integer, Long> instances = cluster.pids(3);

        int member = customer.like("race").member();
        kill(instances.get(member));

        Set<Account> accounts = new HashSet<>();
        await().atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(10))
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> {
                    accounts.add(customer.account());
                    return accounts.size() == 3;
                });
        Map<Integer, Long> now = cluster.pids(3);
        assertThat(now).doesNotContainValue(instances.get(member));
        assertThat(accounts)
                .containsExactlyInAnyOrderElementsOf(now.keySet().stream()
                        .map(each -> new Account("ann", "race", each))
                        .toList());
        customer.logOut();
        for (int i = 0; i < 20; i++) {
            assertThat(customer.accountStatus()).isEqualTo(401);
        }
    }

    @Test
    void anOrderThatIsSentAgainUntilItIsAnsweredIsPlacedOnceThoughInstancesAreKilled() throws Exception {
        System.out.printf(
                "anOrderThatIsSentAgainUntilItIsAnsweredIsPlacedOnceThoughInstancesAreKilled: seed %d%n", seed);
        Customer customer = shop.customer();
        customer.logIn();
        Set<String> unknown = ConcurrentHashMap.newKeySet();
        Set<Ticket> again = ConcurrentHashMap.newKeySet();
        Callable<List<Ticket>> orderOnce = () -> {
            String key = UUID.randomUUID().toString();
            Order order = orderUntilAnswered(customer, key);
            if (order.status() == CREATED) {
                if (order.replayed()) {
                    again.add(order.ticket());
                }
                assertThat(orderUntilAnswered(customer, key)).isEqualTo(new Order(CREATED, order.body(), true));
                return List.of(order.ticket());
            }
            assertThat(order.status()).as(order.body()).isEqualTo(CONFLICT);
            if (order.body().contains("outcome-unknown")) {
                unknown.add(key);
            }
            return List.of();
        };
        try (Crowd<List<Ticket>> crowd = new Crowd<>(8, orderOnce)) {
            for (int i = 1; i <= 2; i++) {
                int killAfter = i * SEATS / 4 + random.nextInt(SEATS / 8);
                await().atMost(Duration.ofMinutes(2)).until(() -> crowd.answered() >= killAfter);
                kill(shop.hits().pid());
                cluster.pids(3);
            }
            await().atMost(Duration.ofMinutes(2)).until(() -> shop.event("race").stock() == 0);
            crowd.sendHome();

            List<Ticket> placed = crowd.answers().stream().flatMap(List::stream).toList();
            List<Ticket> sold = shop.event("race").tickets();
            assertThat(placed).doesNotHaveDuplicates().isSubsetOf(sold);
            assertThat(sold).hasSize(SEATS).hasSizeLessThanOrEqualTo(placed.size() + unknown.size());
            System.out.printf(
                    "%,d orders placed, %d answered again after a cut, %d with unknown outcome%n",
                    placed.size(), again.size(), unknown.size());
        }
    }

    /** After a cut nobody knows whether it was placed: the customer sends it again. */
    private static Order orderUntilAnswered(Customer customer, String key) throws InterruptedException {
        while (true) {
            try {
                Order order = customer.order("race", key);
                if (!order.body().contains("in-flight")) {
                    return order;
                }
            } catch (IOException cut) {
                continue;
            }
        }
    }

    @Test
    void everyOrderThatIsPlacedIsConfirmedThoughInstancesAreKilledAndShownOnce() throws Exception {
        System.out.printf("everyOrderThatIsPlacedIsConfirmedThoughInstancesAreKilledAndShownOnce: seed %d%n", seed);
        Customer customer = shop.customer();
        customer.logIn();
        Callable<Optional<Ticket>> orderOnce = () -> {
            Order order = customer.order("match", UUID.randomUUID().toString());
            return order.status() == CREATED ? Optional.of(order.ticket()) : Optional.empty();
        };
        Set<Ticket> placed;
        try (Crowd<Optional<Ticket>> crowd = new Crowd<>(8, orderOnce)) {
            for (int i = 1; i <= 2; i++) {
                int killAfter = i * MATCH_SEATS / 4 + random.nextInt(MATCH_SEATS / 8);
                await().atMost(Duration.ofMinutes(2)).until(() -> crowd.answered() >= killAfter);
                kill(shop.hits().pid());
                cluster.pids(3);
            }
            await().atMost(Duration.ofMinutes(2))
                    .until(() -> shop.event("match").stock() == 0);
            crowd.sendHome();
            placed = crowd.answers().stream().flatMap(Optional::stream).collect(Collectors.toSet());
        }
        await().atMost(Duration.ofMinutes(2)).until(() -> confirmed(customer).containsAll(placed));

        List<Confirmation> confirmations = customer.confirmed();
        assertThat(confirmations).extracting(Confirmation::ticket).doesNotHaveDuplicates();
        assertThat(shop.event("match").tickets()).containsAll(placed);
        assertThat(mostAtOnce(confirmations)).isEqualTo(MAILS_AT_ONCE);
        System.out.printf(
                "%,d orders placed, all confirmed; %d confirmations of redelivered ones%n",
                placed.size(),
                confirmations.stream().filter(Confirmation::redelivered).count());
    }

    private static Set<Ticket> confirmed(Customer customer) throws IOException, InterruptedException {
        return customer.confirmed().stream().map(Confirmation::ticket).collect(Collectors.toSet());
    }

    /** How many mails were on their way at the busiest moment. */
    private static long mostAtOnce(List<Confirmation> confirmations) {
        return confirmations.stream()
                .mapToLong(one -> confirmations.stream()
                        .filter(other -> !other.begun().isAfter(one.begun())
                                && other.sent().isAfter(one.begun()))
                        .count())
                .max()
                .orElse(0);
    }

    @Test
    void oneInstanceSetsThePricesAndAllHearOfThem() throws Exception {
        Map<Long, Set<Integer>> heardBy = new HashMap<>();
        await("a price list on all instances")
                .atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> {
                    Optional<Prices> answer = shop.prices();
                    answer.ifPresent(
                            prices -> heardBy.computeIfAbsent(prices.prices().number(), number -> new HashSet<>())
                                    .add(prices.member()));
                    return heardBy.values().stream().anyMatch(members -> members.size() == 3);
                });

        PriceList first = shop.prices().orElseThrow().prices();
        long start = System.nanoTime();
        await().atMost(Duration.ofMinutes(2))
                .until(() -> shop.prices().orElseThrow().prices().number() >= first.number() + 10);
        PriceList last = shop.prices().orElseThrow().prices();
        double periods = (System.nanoTime() - start) / (double) PRICES_EVERY.toNanos();

        assertThat(last.setBy()).isEqualTo(first.setBy());
        assertThat(last.number() - first.number()).isLessThan((long) (2 * periods));
    }

    @Test
    void whatIsSlowIsAskedForOnceByWhoeverComesFirst() throws Exception {
        List<Callable<Forecast>> curious = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            curious.add(() -> shop.forecast("lecture"));
        }
        ExecutorService threads = Executors.newFixedThreadPool(curious.size());
        try {
            Set<Forecast> answers = new HashSet<>();
            for (Future<Forecast> answer : threads.invokeAll(curious)) {
                answers.add(answer.get());
            }
            assertThat(answers).hasSize(1);
            assertThat(shop.forecast("concert").number())
                    .isEqualTo(answers.iterator().next().number() + 1);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void allInstancesTogetherAllowOneClientWhatTheLimitSays() throws Exception {
        Set<Integer> askedOf = new HashSet<>();
        List<Search> searches = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            searches.add(shop.search("bob"));
            askedOf.add(shop.hits().member());
        }
        assertThat(askedOf).hasSize(3);
        assertThat(searches.subList(0, 10)).extracting(Search::status).containsOnly(OK);
        assertThat(searches.subList(10, 40)).allSatisfy(search -> {
            assertThat(search.status()).isEqualTo(TOO_MANY_REQUESTS);
            assertThat(search.retryAfter().orElseThrow()).isBetween(1L, 360L);
        });
    }

    static void kill(long pid) {
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
    }
}
