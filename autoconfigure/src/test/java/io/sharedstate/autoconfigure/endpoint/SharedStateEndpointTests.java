package io.sharedstate.autoconfigure.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.Codec;
import io.sharedstate.Delivery;
import io.sharedstate.Kind;
import io.sharedstate.Lease;
import io.sharedstate.Member;
import io.sharedstate.QueueOptions;
import io.sharedstate.RateLimit;
import io.sharedstate.SharedCounter;
import io.sharedstate.SharedKeyedRateLimiter;
import io.sharedstate.SharedQueue;
import io.sharedstate.SharedRateLimiter;
import io.sharedstate.SharedSemaphore;
import io.sharedstate.SharedState;
import io.sharedstate.TopicOptions;
import io.sharedstate.TopicStatistics;
import io.sharedstate.autoconfigure.Place;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.autoconfigure.endpoint.SharedStateEndpoint.KeyedRateLimiterDescriptor;
import io.sharedstate.autoconfigure.endpoint.SharedStateEndpoint.LockDescriptor;
import io.sharedstate.autoconfigure.endpoint.SharedStateEndpoint.QueueDescriptor;
import io.sharedstate.autoconfigure.endpoint.SharedStateEndpoint.RateLimiterDescriptor;
import io.sharedstate.autoconfigure.endpoint.SharedStateEndpoint.SemaphoreDescriptor;
import io.sharedstate.autoconfigure.endpoint.SharedStateEndpoint.SharedStateDescriptor;
import io.sharedstate.autoconfigure.endpoint.SharedStateEndpoint.ValueDescriptor;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@ParameterizedClass
@EnumSource(names = {"HEAP", "REDIS"})
class SharedStateEndpointTests {

    private final Place place;

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    SharedStateAutoConfiguration.class,
                    SharedStateEndpointAutoConfiguration.class,
                    EndpointAutoConfiguration.class))
            .withBean(SharedState.class, this::open)
            .withPropertyValues("management.endpoints.web.exposure.include=sharedstate");

    SharedStateEndpointTests(Place.Engine engine) {
        place = engine.place();
    }

    private SharedState open() {
        return place.open();
    }

    @AfterEach
    void close() {
        place.close();
    }

    @Test
    void showsEveryNameWhoeverMadeIt() {
        try (SharedState other = place.open()) {
            other.counter("hits", 5);
            other.adder("bytes").add(12);
            other.lock("idle");
            other.value("picture", Codec.bytes(), 100).set(new byte[] {1});
            other.map("carts", String.class, Long.class).put("one", 1L);
            other.rateLimiter("theirs", RateLimit.of(1, Duration.ofSeconds(1)));
            other.keyedRateLimiter("others", RateLimit.of(1, Duration.ofSeconds(1)));
            runner.withPropertyValues(
                            "sharedstate.values.greeting=",
                            "sharedstate.rate-limiters.mail.permits=20",
                            "sharedstate.rate-limiters.mail.per=1h",
                            "sharedstate.rate-limiters.mail.burst=5",
                            "sharedstate.rate-limiters.login.permits=3",
                            "sharedstate.rate-limiters.login.per-key=true")
                    .run(context -> {
                        context.getBean(SharedRateLimiter.class).tryAcquire(2);
                        context.getBean(SharedKeyedRateLimiter.class).tryAcquire("ann@example.com");
                        SharedState state = context.getBean(SharedState.class);
                        state.value("greeting", String.class).set("hello");
                        SharedStateDescriptor shown =
                                context.getBean(SharedStateEndpoint.class).sharedState();
                        assertThat(shown.engine()).isEqualTo(other.engine());
                        assertThat(shown.location()).isEqualTo(state.location());
                        assertThat(shown.bytes()).isEqualTo(state.size());
                        assertThat(shown.self()).isEqualTo(1);
                        assertThat(shown.capacity()).isEqualTo(state.members().capacity());
                        assertThat(shown.members())
                                .containsExactly(
                                        other.members().self(), state.members().self());
                        assertThat(shown.counters()).isEqualTo(Map.of("hits", 5L, "shared", 0L));
                        assertThat(shown.adders()).isEqualTo(Map.of("bytes", 12L));
                        assertThat(shown.values())
                                .isEqualTo(Map.of(
                                        "greeting",
                                        new ValueDescriptor(1L, 4096),
                                        "picture",
                                        new ValueDescriptor(null, null)));
                        assertThat(shown.maps())
                                .isEqualTo(Map.of(
                                        "carts", state.mapStatistics("carts").orElseThrow()));
                        assertThat(Objects.requireNonNull(shown.maps().get("carts"))
                                        .entries())
                                .isEqualTo(1);
                        assertThat(shown.rateLimiters())
                                .isEqualTo(Map.of(
                                        "mail", new RateLimiterDescriptor(3L, 20L, Duration.ofHours(1), 5L),
                                        "theirs", new RateLimiterDescriptor(null, null, null, null)));
                        assertThat(shown.keyedRateLimiters())
                                .isEqualTo(Map.of(
                                        "login",
                                        new KeyedRateLimiterDescriptor(1L, 0L, 3L, Duration.ofSeconds(1), 3L),
                                        "others",
                                        new KeyedRateLimiterDescriptor(null, null, null, null, null)));
                        assertThat(shown.toString()).as("no key is shown").doesNotContain("ann");
                        assertThat(shown.locks().get("idle"))
                                .isEqualTo(new LockDescriptor(null, 0, 0, false, 0, 0, Duration.ZERO));
                    });
        }
    }

    @Test
    void showsRegions() {
        place.assumeThatThereAreRegions();
        try (SharedState other = place.open()) {
            other.region("ring", 64);
            runner.run(context -> assertThat(context.getBean(SharedStateEndpoint.class)
                            .sharedState()
                            .regions())
                    .containsExactly("ring"));
        }
    }

    @Test
    void showsWhoHoldsALock() {
        try (SharedState other = place.open()) {
            runner.run(context -> {
                try (Lease lease = other.lock("stock").acquire()) {
                    SharedStateDescriptor shown =
                            context.getBean(SharedStateEndpoint.class).sharedState();
                    LockDescriptor lock = Objects.requireNonNull(shown.locks().get("stock"));
                    assertThat(lock.fencingToken()).isEqualTo(lease.fencingToken());
                    assertThat(lock.acquisitions()).isEqualTo(1);
                    assertThat(lock.owner()).isNotNull().satisfies(owner -> {
                        assertThat(owner.ordinal()).isZero();
                        assertThat(owner.pid())
                                .isEqualTo(ProcessHandle.current().pid());
                        assertThat(owner.thread())
                                .isEqualTo(Thread.currentThread().getName());
                        assertThat(owner.age()).isBetween(Duration.ZERO, Duration.ofMinutes(1));
                        assertThat(owner.alive()).isTrue();
                    });
                }
            });
        }
    }

    @Test
    void showsQueuesTopicsAndSemaphoresWhoeverMadeThem() throws InterruptedException {
        try (SharedState other = place.open()) {
            SharedQueue<Long> orders = other.queue("orders", Long.class, QueueOptions.DEFAULT.maxAttempts(1));
            orders.offerAll(List.of(1L, 2L, 3L), Duration.ZERO);
            orders.receive().close();
            Delivery<Long> inWork = orders.receive();
            other.topic("news", String.class).publish("hello");
            SharedSemaphore printer = other.semaphore("printer", 4);
            printer.acquire(3);
            runner.run(context -> {
                context.getBean(SharedState.class).semaphore("printer", 4).acquire();
                SharedStateDescriptor shown =
                        context.getBean(SharedStateEndpoint.class).sharedState();
                assertThat(shown.queues()).containsOnlyKeys("orders");
                assertThat(shown.queues().get("orders")).isNotNull().satisfies(queue -> {
                    assertThat(queue.depth()).isEqualTo(1);
                    assertThat(queue.inWork()).isEqualTo(1);
                    assertThat(queue.deadLetters()).isEqualTo(1);
                    assertThat(queue.redelivered()).isZero();
                    assertThat(queue.oldestAge()).isBetween(Duration.ZERO, Duration.ofMinutes(1));
                    assertThat(queue.bytes()).isEqualTo(3 * 64);
                    assertThat(queue.capacity()).isEqualTo(QueueOptions.DEFAULT.maxSize());
                });
                assertThat(shown.topics())
                        .isEqualTo(Map.of("news", new TopicStatistics(1, 0, 0, TopicOptions.DEFAULT.maxSize())));
                assertThat(shown.semaphores())
                        .isEqualTo(Map.of("printer", new SemaphoreDescriptor(4, 4, 0, Map.of(0, 3, 1, 1))));
                context.getBean(SharedState.class).semaphore("printer", 4).release();
            });
            printer.release(3);
            inWork.close();
        }
    }

    @Test
    void showsDeadLettersOfAnyQueueWithoutWhatTheySay() {
        try (SharedState other = place.open()) {
            runner.run(context -> {
                SharedQueue<String> orders = other.queue("orders", String.class, QueueOptions.DEFAULT.maxAttempts(2));
                orders.offerAll(List.of("secret", "another"), Duration.ZERO);
                for (int i = 0; i < 4; i++) {
                    orders.receive().close();
                }
                QueueDescriptor shown =
                        context.getBean(SharedStateEndpoint.class).queue("queues", "orders");
                assertThat(shown).isNotNull();
                assertThat(shown.statistics()).isEqualTo(orders.statistics());
                assertThat(shown.deadLetters()).hasSize(2).allSatisfy(letter -> {
                    assertThat(letter.attempts()).isEqualTo(2);
                    assertThat(letter.offered())
                            .isEqualTo(orders.deadLetters(1).get(0).offered());
                    assertThat(letter.age()).isBetween(Duration.ZERO, Duration.ofMinutes(1));
                });
                assertThat(shown.toString()).doesNotContain("secret", "another");
            });
        }
    }

    @Test
    void showsNoQueueThatIsNotThere() {
        try (SharedState other = place.open()) {
            other.topic("news", String.class);
            runner.run(context -> {
                SharedStateEndpoint endpoint = context.getBean(SharedStateEndpoint.class);
                assertThat(endpoint.queue("queues", "missing")).isNull();
                assertThat(endpoint.queue("topics", "news")).isNull();
            });
        }
    }

    @Test
    void answersWithJson() throws Exception {
        try (ConfigurableApplicationContext application = new SpringApplicationBuilder(Application.class)
                .properties(
                        "server.port=0",
                        "sharedstate.engine=heap",
                        "sharedstate.queues.orders.max-attempts=1",
                        "sharedstate.semaphores.printer.permits=2",
                        "management.endpoints.web.exposure.include=sharedstate")
                .run()) {
            @SuppressWarnings("unchecked")
            SharedQueue<String> orders = application.getBean(SharedQueue.class);
            orders.add("secret");
            orders.receive().close();
            application.getBean(SharedSemaphore.class).acquire();

            JsonNode all = json(application, "");
            assertThat(all.at("/queues/orders/deadLetters").asInt()).isEqualTo(1);
            assertThat(all.at("/members/0/hung").isBoolean()).isTrue();
            assertThat(Duration.parse(all.at("/members/0/silence").asString()))
                    .isBetween(Duration.ZERO, Member.HUNG_AFTER);
            assertThat(all.at("/queues/orders/oldestAge").asString()).isEqualTo("PT0S");
            assertThat(all.at("/semaphores/printer/holders").toString()).isEqualTo("{\"0\":1}");
            JsonNode queue = json(application, "/queues/orders");
            assertThat(queue.at("/deadLetters/0/attempts").asInt()).isEqualTo(1);
            assertThat(queue.toString()).doesNotContain("secret");
            assertThat(answer(application, "/queues/missing").statusCode()).isEqualTo(404);
            application.getBean(SharedSemaphore.class).release();
        }
    }

    private static JsonNode json(ConfigurableApplicationContext application, String path) throws Exception {
        return new JsonMapper().readTree(answer(application, path).body());
    }

    private static HttpResponse<String> answer(ConfigurableApplicationContext application, String path)
            throws Exception {
        return answer(application, "GET", path, null);
    }

    private static HttpResponse<String> answer(
            ConfigurableApplicationContext application, String method, String path, @Nullable String body)
            throws Exception {
        String port = application.getEnvironment().getRequiredProperty("local.server.port");
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/actuator/sharedstate" + path))
                                .header("Content-Type", "application/json")
                                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                                .build(),
                        BodyHandlers.ofString());
    }

    // changes

    private ConfigurableApplicationContext applicationWithAccess(@Nullable String access) {
        SpringApplicationBuilder application = new SpringApplicationBuilder(Application.class)
                .initializers(
                        context -> ((GenericApplicationContext) context).registerBean(SharedState.class, this::open))
                .properties("server.port=0", "management.endpoints.web.exposure.include=sharedstate");
        return access == null
                ? application.run()
                : application
                        .properties("management.endpoint.sharedstate.access=" + access)
                        .run();
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = "read-only")
    void changesNothingUnlessItsAccessIsUnrestricted(@Nullable String access) throws Exception {
        try (ConfigurableApplicationContext application = applicationWithAccess(access);
                SharedState other = place.open()) {
            other.counter("hits", 5).incrementAndGet();
            assertThat(answer(application, "").statusCode()).isEqualTo(200);
            for (String method : List.of("POST", "DELETE")) {
                assertThat(answer(application, method, "/counters/hits", "{\"action\":\"reset\"}")
                                .statusCode())
                        .as(method)
                        .isEqualTo(405);
            }
            assertThat(other.counter("hits", 5).get()).isEqualTo(6);
        }
    }

    @Test
    void answersNothingWithoutAccess() throws Exception {
        try (ConfigurableApplicationContext application = applicationWithAccess("none");
                SharedState other = place.open()) {
            other.counter("hits");
            for (String method : List.of("GET", "POST", "DELETE")) {
                assertThat(answer(application, method, "/counters/hits", "{\"action\":\"reset\"}")
                                .statusCode())
                        .as(method)
                        .isEqualTo(404);
            }
            assertThat(other.names(Kind.COUNTER)).contains("hits");
        }
    }

    @Test
    void changesStateForAllMembers() throws Exception {
        try (ConfigurableApplicationContext application = applicationWithAccess("unrestricted");
                SharedState other = place.open()) {
            SharedCounter hits = other.counter("hits", 5);
            hits.set(77);
            other.adder("bytes").add(12);
            assertDone(answer(application, "POST", "/counters/hits", "{\"action\":\"reset\"}"));
            assertDone(answer(application, "POST", "/adders/bytes", "{\"action\":\"reset\"}"));
            assertThat(hits.get()).isEqualTo(5);
            assertThat(other.adder("bytes").sum()).isZero();

            SharedQueue<Long> orders = other.queue("orders", Long.class, QueueOptions.DEFAULT.maxAttempts(1));
            orders.offerAll(List.of(1L, 2L), Duration.ZERO);
            for (int i = 0; i < 2; i++) {
                orders.receive().close();
            }
            HttpResponse<String> requeued =
                    answer(application, "POST", "/queues/orders", "{\"action\":\"requeue-dead-letters\"}");
            assertThat(requeued.statusCode()).isEqualTo(200);
            assertThat(requeued.body()).isEqualTo("{\"deadLetters\":2}");
            assertThat(orders.poll()).isNotNull();
            orders.receive().close();
            HttpResponse<String> removed =
                    answer(application, "POST", "/queues/orders", "{\"action\":\"remove-dead-letters\"}");
            assertThat(removed.body()).isEqualTo("{\"deadLetters\":1}");
            assertThat(orders.statistics().bytes()).isZero();

            other.keyedRateLimiter("login", RateLimit.of(1, Duration.ofSeconds(1)));
            assertDone(answer(application, "DELETE", "/keyedRateLimiters/login", null));
            assertThat(other.names(Kind.KEYED_RATE_LIMITER)).isEmpty();
        }
    }

    private static void assertDone(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).isEqualTo(204);
        assertThat(answer.body()).isEmpty();
    }

    @Test
    void saysWhyItDoesNotChangeSomething() throws Exception {
        try (ConfigurableApplicationContext application = applicationWithAccess("unrestricted");
                SharedState other = place.open();
                Lease lease = other.lock("stock").acquire()) {
            String reset = "{\"action\":\"reset\"}";
            other.topic("news", String.class);
            assertRefused(
                    answer(application, "POST", "/counter/hits", reset), 400, "no kind 'counter'", "adders, counters");
            assertRefused(answer(application, "DELETE", "/jobs/hits", null), 400, "no kind 'jobs'", "rateLimiters");
            assertRefused(answer(application, "POST", "/counters/hits", reset), 404, "no counter 'hits'");
            assertRefused(answer(application, "DELETE", "/rateLimiters/a%20b", null), 404, "no rate-limiter 'a b'");
            assertRefused(answer(application, "POST", "/topics/news", reset), 400, "'reset' for counters");
            assertRefused(answer(application, "POST", "/topics/news", "{}"), 400, "action is missing", "queues");
            assertRefused(answer(application, "DELETE", "/locks/stock", null), 409, "lock 'stock' is", "member 1");
            assertThat(other.names(Kind.LOCK)).containsExactly("stock");
            assertThat(other.names(Kind.COUNTER)).doesNotContain("hits");
            assertThat(lease.fencingToken()).isPositive();
        }
    }

    private static void assertRefused(HttpResponse<String> answer, int status, String... words) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(new JsonMapper().readTree(answer.body()).get("error").asString())
                .contains(words);
    }

    @Test
    void createsNothingByReading() {
        runner.run(context -> {
            SharedState state = context.getBean(SharedState.class);
            context.getBean(SharedStateEndpoint.class).sharedState();
            context.getBean(SharedStateEndpoint.class).queue("queues", "orders");
            assertThat(state.names(Kind.COUNTER)).containsExactly("shared");
            for (Kind kind : EnumSet.complementOf(EnumSet.of(Kind.COUNTER))) {
                assertThat(state.names(kind)).as(kind.label()).isEmpty();
            }
        });
    }

    @Test
    void isAbsentUnlessExposed() {
        runner.withPropertyValues("management.endpoints.web.exposure.include=health")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(SharedStateEndpoint.class));
    }

    @Test
    void isAbsentWithoutAccess() {
        runner.withPropertyValues("management.endpoint.sharedstate.access=NONE")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(SharedStateEndpoint.class));
    }

    @Test
    void isAbsentWithoutTheState() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        SharedStateAutoConfiguration.class,
                        SharedStateEndpointAutoConfiguration.class,
                        EndpointAutoConfiguration.class))
                .withPropertyValues(
                        "management.endpoints.web.exposure.include=sharedstate", "sharedstate.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(SharedStateEndpoint.class));
    }

    @Test
    void isAbsentWithoutActuator() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        SharedStateAutoConfiguration.class, SharedStateEndpointAutoConfiguration.class))
                .withPropertyValues("sharedstate.engine=heap")
                .withClassLoader(new FilteredClassLoader("org.springframework.boot.actuate"))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(SharedState.class)
                        .doesNotHaveBean("sharedStateEndpoint"));
    }

    @Test
    void backsOffFromAnEndpointOfTheUsersOwn() {
        runner.withUserConfiguration(OwnEndpoint.class)
                .run(context -> assertThat(context)
                        .hasSingleBean(SharedStateEndpoint.class)
                        .hasBean("own"));
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnEndpoint {

        @Bean
        SharedStateEndpoint own(SharedState state, ListableBeanFactory beans) {
            return new SharedStateEndpoint(state, beans);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}
}
