package io.sharedstate.autoconfigure.idempotency;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.Codec;
import io.sharedstate.MapOptions;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.Place;
import io.sharedstate.autoconfigure.idempotency.Exchange.InFlight;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.ResponseEntity;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.multipart.MultipartFile;

/** Instances of an application, on real servers, that share one state. */
@Timeout(60)
@ParameterizedClass
@EnumSource(names = {"HEAP", "REDIS"})
class IdempotencyTests {

    private final Place place;
    private final Shop shop = new Shop();
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<ConfigurableApplicationContext> instances = new ArrayList<>();

    IdempotencyTests(Place.Engine engine) {
        place = engine.place();
    }

    @AfterEach
    void stop() {
        instances.forEach(ConfigurableApplicationContext::close);
        place.close();
    }

    private URI start(String... properties) {
        ConfigurableApplicationContext instance = new SpringApplicationBuilder(App.class)
                .initializers(context -> {
                    context.getBeanFactory().registerSingleton("shop", shop);
                    context.getBeanFactory().registerSingleton("state", place.open());
                })
                .properties("spring.main.banner-mode=off", "server.port=0", "sharedstate.idempotency.enabled=true")
                .properties(properties)
                .run();
        instances.add(instance);
        return URI.create("http://localhost:"
                + ((WebServerApplicationContext) instance).getWebServer().getPort());
    }

    private HttpResponse<String> send(URI to, String method, String path, String key, String body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(to.resolve(path)).method(method, BodyPublishers.ofString(body));
        if (key != null) {
            request.header("Idempotency-Key", key);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> post(URI to, String path, String key, String body, String... headers)
            throws IOException, InterruptedException {
        return send(to, "POST", path, key, body, headers);
    }

    private static void assertReplayed(HttpResponse<String> repetition, HttpResponse<String> first) {
        assertThat(first.headers().firstValue("Idempotency-Replayed")).isEmpty();
        assertThat(repetition.headers().firstValue("Idempotency-Replayed")).contains("true");
        assertThat(repetition.statusCode()).isEqualTo(first.statusCode());
        assertThat(repetition.body()).isEqualTo(first.body());
        assertThat(repetition.headers().firstValue("Content-Type"))
                .isEqualTo(first.headers().firstValue("Content-Type"));
    }

    private static void assertProblem(HttpResponse<String> response, int status, String type) {
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(response.body()).contains("\"type\":\"urn:problem-type:idempotency-key-" + type + "\"");
    }

    @Test
    void aRepetitionIsAnsweredAsTheFirstByAnyInstance() throws Exception {
        URI one = start();
        URI two = start();
        HttpResponse<String> first = post(one, "/orders", "k1", "tea");
        assertThat(first.statusCode()).isEqualTo(201);
        assertThat(first.body()).isEqualTo("order 1: tea, für dich");
        assertThat(first.headers().firstValue("Set-Cookie")).isPresent();
        for (URI instance : List.of(one, two)) {
            HttpResponse<String> repetition = post(instance, "/orders", "\"k1\"", "tea");
            assertReplayed(repetition, first);
            assertThat(repetition.headers().firstValue("Location")).contains("/orders/1");
            assertThat(repetition.headers().allValues("X-Two")).containsExactly("a", "b");
            assertThat(repetition.headers().firstValue("Set-Cookie")).isEmpty();
        }
        assertThat(shop.orders).hasValue(1);
        assertThat(post(two, "/orders", "k2", "tea").body()).startsWith("order 2");
    }

    @Test
    void withoutAKeyEveryRequestIsCarriedOut() throws Exception {
        URI one = start();
        post(one, "/orders", null, "tea");
        assertThat(post(one, "/orders", null, "tea").body()).startsWith("order 2");
    }

    @Test
    void aRequestInFlightIsNotCarriedOutBesides() throws Exception {
        URI one = start();
        URI two = start();
        CompletableFuture<HttpResponse<String>> first = client.sendAsync(
                HttpRequest.newBuilder(one.resolve("/held"))
                        .header("Idempotency-Key", "k")
                        .POST(BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());
        shop.held.await();
        HttpResponse<String> refused = post(two, "/held", "k", "");
        assertProblem(refused, 409, "in-flight");
        assertThat(refused.headers().firstValue("Retry-After")).contains("1");
        shop.released.countDown();
        HttpResponse<String> awaited = first.join();
        assertReplayed(post(two, "/held", "k", ""), awaited);
        assertThat(shop.orders).hasValue(1);
    }

    @Test
    void aKeyIsForOnePayload() throws Exception {
        URI one = start();
        post(one, "/orders", "k", "tea");
        assertProblem(post(one, "/orders", "k", "coffee"), 422, "other-payload");
        assertProblem(post(one, "/orders?gift=true", "k", "tea"), 422, "other-payload");
        assertProblem(post(one, "/orders", "k", "tea", "Content-Type", "text/csv"), 422, "other-payload");
        assertThat(shop.orders).hasValue(1);
    }

    @Test
    void aFormIsAPayloadToo() throws Exception {
        URI one = start();
        String[] form = {"Content-Type", "application/x-www-form-urlencoded"};
        HttpResponse<String> first = post(one, "/form", "k", "what=tea&how=hot", form);
        assertThat(first.body()).isEqualTo("form 1: tea");
        assertReplayed(post(one, "/form", "k", "how=hot&what=tea", form), first);
        assertProblem(post(one, "/form", "k", "what=tea&how=cold", form), 422, "other-payload");
        assertThat(shop.orders).hasValue(1);
    }

    @Test
    void thePartsOfAMultipartRequestAreAPayloadToo() throws Exception {
        URI one = start();
        HttpResponse<String> first = upload(one, "aaa", "tea");
        assertThat(first.body()).isEqualTo("upload 1: tea");
        assertReplayed(upload(one, "bbb", "tea"), first);
        assertProblem(upload(one, "aaa", "coffee"), 422, "other-payload");
        assertThat(shop.orders).hasValue(1);
    }

    private HttpResponse<String> upload(URI to, String boundary, String content) throws Exception {
        return post(
                to,
                "/upload",
                "k",
                "--%1$s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n%2$s\r\n--%1$s--\r\n"
                        .formatted(boundary, content),
                "Content-Type",
                "multipart/form-data; boundary=" + boundary);
    }

    @Test
    void whatTheApplicationDoesNotReadIsPayloadAllTheSame() throws Exception {
        URI one = start();
        HttpResponse<String> first = post(one, "/unread", "k", "tea");
        assertReplayed(post(one, "/unread", "k", "tea"), first);
        assertProblem(post(one, "/unread", "k", "coffee"), 422, "other-payload");
    }

    @Test
    void nobodySeesTheAnswersOfOthers() throws Exception {
        URI one = start();
        assertThat(post(one, "/orders", "k", "tea", "X-User", "ann").body()).startsWith("order 1");
        assertThat(post(one, "/orders", "k", "tea", "X-User", "bob").body()).startsWith("order 2");
        assertThat(post(one, "/orders", "k", "tea").body()).startsWith("order 3");
        assertThat(post(one, "/orders", "k", "tea", "X-User", "ann").body()).startsWith("order 1");
    }

    @Test
    void aKeyIsForOneMethodAndPath() throws Exception {
        URI one = start();
        assertThat(post(one, "/orders", "k", "tea").body()).startsWith("order 1");
        assertThat(send(one, "PATCH", "/orders", "k", "tea").body()).isEqualTo("patch 2");
        assertThat(post(one, "/unread", "k", "tea").body()).isEqualTo("unread 3");
    }

    @Test
    void theScopeIsReplaceable() throws Exception {
        URI one = start("test.scope=header");
        assertThat(post(one, "/orders", "k", "tea", "X-Tenant", "a").body()).startsWith("order 1");
        assertThat(post(one, "/orders", "k", "tea", "X-Tenant", "b", "X-User", "ann")
                        .body())
                .startsWith("order 2");
        assertThat(post(one, "/orders", "k", "tea", "X-Tenant", "b", "X-User", "bob")
                        .body())
                .startsWith("order 2");
    }

    @Test
    void aMissingKeyIsRefusedWhereOneIsRequired() throws Exception {
        URI one = start("sharedstate.idempotency.required=true", "sharedstate.idempotency.paths=/orders/**");
        assertProblem(post(one, "/orders", null, "tea"), 400, "missing");
        assertThat(post(one, "/unread", null, "tea").statusCode()).isEqualTo(200);
        assertThat(send(one, "PUT", "/any", null, "tea").statusCode()).isEqualTo(200);
        assertThat(shop.orders).hasValue(2);
    }

    @Test
    void otherPathsAndMethodsAreLeftAlone() throws Exception {
        URI one = start("sharedstate.idempotency.paths=/orders", "sharedstate.idempotency.methods=POST");
        for (int i = 1; i <= 2; i++) {
            assertThat(post(one, "/unread", "k", "").headers().firstValue("Idempotency-Replayed"))
                    .isEmpty();
            assertThat(send(one, "PATCH", "/orders", "k", "").headers().firstValue("Idempotency-Replayed"))
                    .isEmpty();
        }
        assertThat(shop.orders).hasValue(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "two words", "\"", "\"a", "a\"b"})
    void anIllegalKeyIsRefused(String key) throws Exception {
        assertProblem(post(start(), "/orders", key, "tea"), 400, "invalid");
        assertThat(shop.orders).hasValue(0);
    }

    @Test
    void aKeyHasAtMost255CharactersAndIsThereOnce() throws Exception {
        URI one = start();
        assertProblem(post(one, "/orders", "x".repeat(256), "tea"), 400, "invalid");
        assertProblem(post(one, "/orders", "a", "tea", "Idempotency-Key", "b"), 400, "invalid");
        assertThat(post(one, "/orders", "x".repeat(255), "tea").statusCode()).isEqualTo(201);
        assertThat(post(one, "/orders", "\"with a space\"", "tea").statusCode()).isEqualTo(201);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/throws", "/error-sent", "/conflict"})
    void errorsAreAnswersToo(String path) throws Exception {
        URI one = start();
        HttpResponse<String> first = post(one, path, "k", "");
        assertThat(first.statusCode()).isGreaterThanOrEqualTo(400);
        assertThat(first.body()).isNotEmpty();
        assertReplayed(post(one, path, "k", ""), first);
        assertThat(shop.orders).hasValue(1);
    }

    /** What isn't held back may be here before it is kept. */
    private HttpResponse<String> postUntilReplayed(URI to, String path) throws Exception {
        HttpResponse<String> response = post(to, path, "k", "");
        while (response.body().contains("in-flight")) {
            Thread.onSpinWait();
            response = post(to, path, "k", "");
        }
        return response;
    }

    @Test
    void serverErrorsAreForgottenIfToldSo() throws Exception {
        URI one = start("sharedstate.idempotency.keep-server-errors=false");
        assertThat(post(one, "/throws", "k", "").statusCode()).isEqualTo(500);
        HttpResponse<String> again = post(one, "/throws", "k", "");
        assertThat(again.statusCode()).isEqualTo(500);
        assertThat(again.headers().firstValue("Idempotency-Replayed")).isEmpty();
        assertThat(shop.orders).hasValue(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/async", "/writer", "/nothing"})
    void everyWayToAnswerIsKept(String path) throws Exception {
        URI one = start();
        HttpResponse<String> first = post(one, path, "k", "");
        assertReplayed(post(one, path, "k", ""), first);
        assertThat(shop.orders).hasValue(1);
    }

    @Test
    void anAnswerTooLargeIsSentButNotKept() throws Exception {
        URI one = start("sharedstate.idempotency.max-body=1KB");
        HttpResponse<String> first = post(one, "/large", "k", "");
        assertThat(first.body()).hasSize(1025);
        assertProblem(postUntilReplayed(one, "/large"), 409, "not-replayable");
        assertThat(shop.orders).hasValue(1);
    }

    @Test
    void theOutcomeOfADeadProcessIsUnknown() throws Exception {
        URI one = start();
        leaveInFlight("k");
        assertProblem(post(one, "/orders", "k", "tea"), 409, "outcome-unknown");
        assertThat(shop.orders).hasValue(0);
    }

    @Test
    void whatADeadProcessLeftIsCarriedOutAgainIfToldSo() throws Exception {
        URI one = start("sharedstate.idempotency.when-unknown=rerun");
        leaveInFlight("k");
        HttpResponse<String> first = post(one, "/orders", "k", "tea");
        assertThat(first.statusCode()).isEqualTo(201);
        assertReplayed(post(one, "/orders", "k", "tea"), first);
        assertThat(shop.orders).hasValue(1);
    }

    private void leaveInFlight(String key) {
        MockHttpServletRequest request = new MockHttpServletRequest("POST", "/orders");
        request.addHeader("Idempotency-Key", key);
        try (SharedState dead = place.open()) {
            SharedMap<String, Exchange> map = dead.map(
                    "sharedstate.idempotency",
                    Codec.string(),
                    new ExchangeCodec(),
                    MapOptions.DEFAULT.maxSize(16L << 20));
            map.put(
                    IdempotencyKey.of(request, IdempotencyScope.PRINCIPAL),
                    new InFlight(dead.members().self().incarnation()),
                    Duration.ofHours(1));
        }
    }

    @Test
    void nothingIsCarriedOutWhenThereIsNoRoomToRememberIt() throws Exception {
        place.assumeThatMapsHaveBounds();
        URI one = start("sharedstate.idempotency.max-size=64KB");
        int status = 0;
        int sent = 0;
        HttpResponse<String> response = null;
        while (status != 503) {
            response = post(one, "/large", "k" + sent++, "");
            status = response.statusCode();
        }
        assertProblem(response, 503, "full");
        assertThat(shop.orders).hasValue(sent - 1);
        assertThat(post(one, "/large", null, "").statusCode()).isEqualTo(200);
    }

    @Test
    void aKeyIsForgottenAfterItsTime() throws Exception {
        URI one = start("sharedstate.idempotency.ttl=1ms");
        int before = 0;
        while (shop.orders.get() < 2) {
            post(one, "/orders", "k", "tea");
            assertThat(before++).isLessThan(10_000);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Endpoints.class)
    static class App {

        @Bean
        TomcatServletWebServerFactory tomcat() {
            return new TomcatServletWebServerFactory();
        }

        @Bean
        FilterRegistrationBean<jakarta.servlet.Filter> login() {
            FilterRegistrationBean<jakarta.servlet.Filter> login =
                    new FilterRegistrationBean<>((request, response, chain) -> chain.doFilter(
                            new HttpServletRequestWrapper((HttpServletRequest) request) {
                                @Override
                                public Principal getUserPrincipal() {
                                    String user = getHeader("X-User");
                                    return user == null ? null : () -> user;
                                }
                            },
                            response));
            login.setOrder(-100);
            return login;
        }

        @Bean
        @ConditionalOnProperty("test.scope")
        IdempotencyScope tenant() {
            return request -> request.getHeader("X-Tenant");
        }
    }

    /** What was done. */
    static final class Shop {

        final AtomicInteger orders = new AtomicInteger();
        final CountDownLatch held = new CountDownLatch(1);
        final CountDownLatch released = new CountDownLatch(1);
    }

    @RestController
    static class Endpoints {

        private final Shop shop;

        Endpoints(Shop shop) {
            this.shop = shop;
        }

        @PostMapping("/orders")
        ResponseEntity<String> order(@RequestBody String what, HttpServletResponse response) {
            int order = shop.orders.incrementAndGet();
            response.addCookie(new Cookie("session", "secret"));
            return ResponseEntity.created(URI.create("/orders/" + order))
                    .header("X-Two", "a", "b")
                    .body("order " + order + ": " + what + ", für dich");
        }

        @PatchMapping("/orders")
        String patch() {
            return "patch " + shop.orders.incrementAndGet();
        }

        @PostMapping("/form")
        String form(@RequestParam String what) {
            return "form " + shop.orders.incrementAndGet() + ": " + what;
        }

        @PostMapping("/upload")
        String upload(@RequestParam MultipartFile file) throws IOException {
            return "upload " + shop.orders.incrementAndGet() + ": "
                    + new String(file.getBytes(), StandardCharsets.UTF_8);
        }

        @PostMapping("/unread")
        String unread() {
            return "unread " + shop.orders.incrementAndGet();
        }

        @RequestMapping("/any")
        String any() {
            return "any " + shop.orders.incrementAndGet();
        }

        @PostMapping("/held")
        String held() throws InterruptedException {
            shop.held.countDown();
            shop.released.await();
            return "held " + shop.orders.incrementAndGet();
        }

        @PostMapping("/throws")
        String fail() {
            throw new IllegalStateException("failed " + shop.orders.incrementAndGet());
        }

        @PostMapping("/error-sent")
        void sendError(HttpServletResponse response) throws IOException {
            shop.orders.incrementAndGet();
            response.sendError(418, "a teapot");
        }

        @PostMapping("/conflict")
        ResponseEntity<Map<String, String>> conflict() {
            Map<String, String> body = new HashMap<>();
            body.put("reason", "conflict " + shop.orders.incrementAndGet());
            return ResponseEntity.status(409).body(body);
        }

        @PostMapping("/async")
        Callable<String> async() {
            return () -> "async " + shop.orders.incrementAndGet();
        }

        @PostMapping("/writer")
        void write(HttpServletResponse response) throws IOException {
            response.setContentType("text/plain;charset=UTF-8");
            response.getWriter().write("grüße " + shop.orders.incrementAndGet());
        }

        @PostMapping("/nothing")
        ResponseEntity<Void> nothing() {
            shop.orders.incrementAndGet();
            return ResponseEntity.noContent().build();
        }

        @PostMapping("/large")
        String large() {
            shop.orders.incrementAndGet();
            return "x".repeat(1025);
        }
    }
}
