package io.sharedstate.autoconfigure.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.QueueOptions;
import io.sharedstate.SharedQueue;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.health.registry.HealthContributorRegistry;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.util.FileSystemUtils;

class SharedStateHealthTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    SharedStateAutoConfiguration.class,
                    SharedStateHealthAutoConfiguration.class,
                    HealthContributorAutoConfiguration.class,
                    HealthContributorRegistryAutoConfiguration.class))
            .withPropertyValues("sharedstate.name=shop");

    @TempDir
    Path directory;

    private ApplicationContextRunner mapped() {
        return runner.withPropertyValues("sharedstate.mapped.directory=" + directory);
    }

    private ApplicationContextRunner onHeap() {
        return runner.withPropertyValues("sharedstate.engine=heap");
    }

    private static Health health(HealthContributorRegistry registry) {
        HealthIndicator indicator = (HealthIndicator) Objects.requireNonNull(registry.getContributor("sharedstate"));
        return Objects.requireNonNull(indicator.health(true));
    }

    @Test
    void isUpWithThisMemberAndHowManyThereAre() {
        mapped().run(context -> {
            Health health = health(context.getBean(HealthContributorRegistry.class));
            assertThat(health.getStatus()).isEqualTo(Status.UP);
            assertThat(health.getDetails())
                    .containsEntry("engine", "mapped")
                    .containsEntry(
                            "location", context.getBean(SharedState.class).location())
                    .containsEntry("ordinal", 0)
                    .containsEntry("members", 1);
        });
    }

    @Test
    void isUpWithDeadLettersAndShowsThem() {
        onHeap().withPropertyValues("sharedstate.queues.orders.max-attempts=1", "sharedstate.queues.mails=")
                .run(context -> {
                    HealthContributorRegistry registry = context.getBean(HealthContributorRegistry.class);
                    SharedQueue<String> orders = context.getBean(SharedState.class)
                            .queue("orders", String.class, QueueOptions.DEFAULT.maxAttempts(1));
                    orders.add("a");
                    assertThat(health(registry).getDetails()).doesNotContainKey("deadLetters");
                    orders.receive().close();
                    Health health = health(registry);
                    assertThat(health.getStatus()).isEqualTo(Status.UP);
                    assertThat(health.getDetails()).containsEntry("deadLetters", Map.of("orders", 1L));
                });
    }

    @Test
    void isDownAndSaysWhatToDoWhenTheDirectoryIsDeleted() {
        mapped().run(context -> {
            FileSystemUtils.deleteRecursively(directory.resolve("shop"));
            Health health = health(context.getBean(HealthContributorRegistry.class));
            assertThat(health.getStatus()).isEqualTo(Status.DOWN);
            assertThat(health.getDetails())
                    .containsEntry(
                            "problems", context.getBean(SharedState.class).problems());
            assertThat((List<?>) health.getDetails().get("problems")).isNotEmpty();
        });
    }

    @Test
    void isAbsentWhenDisabled() {
        onHeap().withPropertyValues("management.health.sharedstate.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(SharedStateHealthIndicator.class));
    }

    @Test
    void isAbsentWithoutHealth() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        SharedStateAutoConfiguration.class, SharedStateHealthAutoConfiguration.class))
                .withPropertyValues("sharedstate.engine=heap")
                .withClassLoader(new FilteredClassLoader("org.springframework.boot.health"))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(SharedState.class)
                        .doesNotHaveBean("sharedstateHealthIndicator"));
    }

    @Test
    void isAbsentWithoutTheState() {
        onHeap().withPropertyValues("sharedstate.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(SharedStateHealthIndicator.class));
    }

    @Test
    void leavesItsBeanNameToTheUser() {
        onHeap().withBean(
                        "sharedstateHealthIndicator",
                        HealthIndicator.class,
                        () -> () -> Health.unknown().build())
                .run(context -> assertThat(health(context.getBean(HealthContributorRegistry.class))
                                .getStatus())
                        .isEqualTo(Status.UNKNOWN));
    }
}
