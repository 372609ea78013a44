package io.sharedstate.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;

/** The console where Spring Security is, in applications other than the shop. */
@Timeout(60)
class ConsoleSecurityTests {

    private static HttpResponse<InputStream> get(int port, String path, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofInputStream());
    }

    private static String[] login(String user) {
        byte[] credentials = (user + ":tickets").getBytes(StandardCharsets.UTF_8);
        return new String[] {"Authorization", "Basic " + Base64.getEncoder().encodeToString(credentials)};
    }

    /** With what Spring Boot does by itself. */
    @Nested
    @SpringBootTest(
            classes = Plain.class,
            webEnvironment = WebEnvironment.RANDOM_PORT,
            properties = "sharedstate.server.port-sharing=none")
    class WithoutAChainOfOnesOwn {

        @LocalServerPort
        int port;

        @Test
        void itNeedsALogin() throws Exception {
            for (String path : new String[] {"", "/", "/console.js", "/events"}) {
                assertThat(get(port, "/sharedstate" + path).statusCode())
                        .as(path)
                        .isEqualTo(401);
                HttpResponse<InputStream> browser = get(port, "/sharedstate" + path, "Accept", "text/html");
                assertThat(browser.statusCode()).as(path).isEqualTo(302);
                assertThat(browser.headers().firstValue("Location").orElseThrow())
                        .as(path)
                        .endsWith("/login");
            }
        }

        @Test
        void withALoginItIsThere() throws Exception {
            assertThat(get(port, "/sharedstate/", login("ann")).statusCode()).isEqualTo(200);
            try (InputStream events =
                    get(port, "/sharedstate/events", login("ann")).body()) {
                assertThat(new String(events.readNBytes(5), StandardCharsets.UTF_8))
                        .isEqualTo("data:");
            }
        }
    }

    /** As the documentation shows it. */
    @Nested
    @SpringBootTest(
            classes = {Plain.class, Guarded.class},
            webEnvironment = WebEnvironment.RANDOM_PORT,
            properties = {"sharedstate.server.port-sharing=none", "spring.security.user.roles=OPERATOR"})
    class AnOperator {

        @LocalServerPort
        int port;

        @Test
        void isLetIn() throws Exception {
            assertThat(get(port, "/sharedstate/", login("ann")).statusCode()).isEqualTo(200);
            assertThat(get(port, "/sharedstate/").statusCode()).isEqualTo(401);
        }
    }

    /** The same. */
    @Nested
    @SpringBootTest(
            classes = {Plain.class, Guarded.class},
            webEnvironment = WebEnvironment.RANDOM_PORT,
            properties = "sharedstate.server.port-sharing=none")
    class AnybodyElse {

        @LocalServerPort
        int port;

        @Test
        void isNotLetIn() throws Exception {
            for (String path : new String[] {"", "/", "/events"}) {
                assertThat(get(port, "/sharedstate" + path, login("ann")).statusCode())
                        .as(path)
                        .isEqualTo(403);
            }
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Plain {}

    @Configuration(proxyBeanMethods = false)
    static class Guarded {

        @Bean
        @Order(1)
        SecurityFilterChain console(HttpSecurity http) {
            return http.securityMatcher("/sharedstate/**")
                    .authorizeHttpRequests(requests -> requests.anyRequest().hasRole("OPERATOR"))
                    .httpBasic(Customizer.withDefaults())
                    .build();
        }
    }
}
