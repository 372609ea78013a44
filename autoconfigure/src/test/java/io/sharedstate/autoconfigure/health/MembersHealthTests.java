package io.sharedstate.autoconfigure.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.autoconfigure.health.MembersHealth.MemberHealth;
import io.sharedstate.autoconfigure.snapshot.Teller;
import io.sharedstate.mapped.MappedEngine;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.actuate.endpoint.IndicatedHealthDescriptor;
import org.springframework.boot.health.autoconfigure.actuate.endpoint.HealthEndpointAutoConfiguration;
import org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

class MembersHealthTests {

    private final MappedEngine engine = MappedEngine.heap();
    private final AtomicBoolean databaseIsUp = new AtomicBoolean(true);

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    SharedStateAutoConfiguration.class,
                    SharedStateHealthAutoConfiguration.class,
                    HealthContributorAutoConfiguration.class,
                    HealthContributorRegistryAutoConfiguration.class,
                    HealthEndpointAutoConfiguration.class))
            .withBean(SharedState.class, engine::open)
            .withPropertyValues("management.endpoints.web.exposure.include=health", "sharedstate.health.interval=10ms");

    private final ApplicationContextRunner shown = runner.withPropertyValues("sharedstate.health.members=true");

    private ApplicationContextRunner withDatabases(ApplicationContextRunner runner) {
        HealthIndicator orders = () -> databaseIsUp.get()
                ? Health.up().build()
                : Health.down().withDetail("password", "secret").build();
        HealthIndicator stock = () -> Health.up().build();
        return runner.withBean(
                "dbHealthContributor",
                CompositeHealthContributor.class,
                () -> CompositeHealthContributor.fromMap(Map.of("orders", orders, "stock", stock)));
    }

    private static IndicatedHealthDescriptor health(ApplicationContext context) {
        return (IndicatedHealthDescriptor) context.getBean(HealthEndpoint.class).healthForPath("sharedstate");
    }

    @SuppressWarnings("unchecked")
    private static Map<String, MemberHealth> membersHealth(ApplicationContext context) {
        return (Map<String, MemberHealth>) health(context).getDetails().getOrDefault("membersHealth", Map.of());
    }

    @Test
    void anyMemberShowsTheLastHealthOfAllAndStaysUp() {
        shown.run(first -> withDatabases(shown).run(second -> {
            await().untilAsserted(() -> assertThat(membersHealth(first))
                    .hasEntrySatisfying("0", it -> assertThat(it.status()).isEqualTo("UP"))
                    .hasEntrySatisfying("1", it -> assertThat(it.status()).isEqualTo("UP")));
            databaseIsUp.set(false);
            await().untilAsserted(() -> assertThat(membersHealth(first).get("1"))
                    .satisfies(it -> {
                        assertThat(it.status()).isEqualTo("DOWN");
                        assertThat(it.components())
                                .containsOnly(Map.entry("db", "DOWN"), Map.entry("db/orders", "DOWN"));
                        assertThat(it.age()).isPositive();
                    }));
            assertThat(membersHealth(second).get("0").components()).isEmpty();
            assertThat(health(first).getStatus()).isEqualTo(Status.UP);
            assertThat(first.getBean(HealthEndpoint.class).health().getStatus()).isEqualTo(Status.UP);
        }));
    }

    @Test
    void onlyThoseWhoLiveAreShown() {
        shown.run(first -> {
            shown.run(second -> await().until(() -> membersHealth(first).size() == 2));
            assertThat(membersHealth(first)).containsOnlyKeys("0");
            try (SharedState ignored = engine.open()) {
                assertThat(membersHealth(first).get("1")).isEqualTo(new MemberHealth("UNKNOWN", Map.of(), null));
            }
        });
    }

    @Test
    void isNotShownUnlessAskedFor() {
        runner.run(context -> {
            assertThat(context).hasNotFailed().doesNotHaveBean(Teller.class);
            assertThat(health(context).getDetails()).doesNotContainKey("membersHealth");
        });
    }

    @Test
    void aMeaninglessIntervalIsRefused() {
        shown.withPropertyValues("sharedstate.health.interval=-1s")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("sharedstate.health.interval"));
    }
}
