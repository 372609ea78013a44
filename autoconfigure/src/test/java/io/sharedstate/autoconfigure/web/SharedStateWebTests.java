package io.sharedstate.autoconfigure.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.SharedState;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.jetty.autoconfigure.actuate.web.server.JettyServletManagementContextAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalManagementPort;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "management.server.port=0",
            "management.endpoints.web.exposure.include=sharedstate,health,metrics",
            "management.endpoint.health.show-details=always",
            "management.endpoint.health.probes.enabled=true",
            "management.health.redis.enabled=false",
            "sharedstate.counters.tickets.initial=500",
            "sharedstate.locks.stock="
        })
class SharedStateWebTests {

    @Autowired
    SharedState state;

    @LocalServerPort
    int port;

    @LocalManagementPort
    int managementPort;

    @Test
    void announcesTheMainServerAndNotTheManagementServer() {
        assertThat(managementPort).isNotEqualTo(port);
        assertThat(state.members().self().address()).matches("[^:]+:" + port);
    }

    @Test
    void answersTheEndpointOverHttp() throws Exception {
        state.lock("stock").lock();
        try {
            JsonNode shown = get("/actuator/sharedstate");
            assertThat(shown.at("/engine").asString()).isEqualTo("heap");
            assertThat(shown.at("/self").asInt()).isZero();
            assertThat(shown.at("/members/0/pid").asLong())
                    .isEqualTo(ProcessHandle.current().pid());
            assertThat(shown.at("/members/0/address").asString()).endsWith(":" + port);
            assertThat(shown.at("/counters/tickets").asLong()).isEqualTo(500);
            assertThat(shown.at("/locks/stock/owner/ordinal").asInt(-1)).isZero();
            assertThat(shown.at("/locks/stock/owner/thread").asString())
                    .isEqualTo(Thread.currentThread().getName());
            assertThat(shown.at("/locks/stock/owner/age").asString()).startsWith("PT");
        } finally {
            state.lock("stock").unlock();
        }
        assertThat(get("/actuator/sharedstate").at("/locks/stock/owner").isObject())
                .isFalse();
    }

    @Test
    void isPartOfHealthButNotOfLivenessOrReadiness() throws Exception {
        assertThat(get("/actuator/health").at("/components/sharedstate/status").asString())
                .isEqualTo("UP");
        assertThat(get("/actuator/health/liveness").toString()).contains("UP").doesNotContain("sharedstate");
        assertThat(get("/actuator/health/readiness").toString()).contains("UP").doesNotContain("sharedstate");
    }

    @Test
    void answersTheMetersOverHttp() throws Exception {
        assertThat(get("/actuator/metrics/sharedstate.counter?tag=name:tickets")
                        .at("/measurements/0/value")
                        .asDouble())
                .isEqualTo(500);
    }

    private JsonNode get(String path) throws IOException, InterruptedException {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://localhost:" + managementPort + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JsonMapper.shared().readTree(response.body());
    }

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration(
            exclude = JettyServletManagementContextAutoConfiguration.class) // As without Jetty on the class path.
    static class Application {}
}
