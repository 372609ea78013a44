package io.sharedstate.autoconfigure.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.mapped.MappedEngine;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class MemberTagTests {

    private final MappedEngine engine = MappedEngine.heap();

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withUserConfiguration(Meters.class)
            .withConfiguration(AutoConfigurations.of(
                    MetricsAutoConfiguration.class,
                    CompositeMeterRegistryAutoConfiguration.class,
                    SharedStateAutoConfiguration.class,
                    SharedStateMetricsAutoConfiguration.class))
            .withBean(SharedState.class, engine::open);

    @Test
    void isOnEveryMeterAlsoThoseRegisteredBeforeAnythingElseAsksForTheState() {
        try (SharedState ignored = engine.open()) {
            runner.withPropertyValues("sharedstate.metrics.common-tag=true").run(context -> {
                assertThat(tag(context.getBean(MeterRegistry.class), "early")).isEqualTo("1");
                assertThat(tag(context.getBean(MeterRegistry.class), "bound")).isEqualTo("1");
                context.getBean(MeterRegistry.class).counter("late");
                assertThat(tag(context.getBean(MeterRegistry.class), "late")).isEqualTo("1");
            });
        }
    }

    @Test
    void isNotOnTheMetersOfTheStateWhichAreTheSameForAllMembers() {
        runner.withPropertyValues("sharedstate.metrics.common-tag=true", "sharedstate.locks.stock=")
                .run(context -> assertThat(context.getBean(MeterRegistry.class).getMeters())
                        .extracting(Meter::getId)
                        .filteredOn(id -> id.getName().startsWith("sharedstate."))
                        .hasSizeGreaterThan(3)
                        .allMatch(id -> id.getTag("member") == null));
    }

    @Test
    void leavesATagOfThatNameAlone() {
        runner.withPropertyValues("sharedstate.metrics.common-tag=true").run(context -> {
            context.getBean(MeterRegistry.class).counter("club", "member", "Groucho");
            assertThat(tag(context.getBean(MeterRegistry.class), "club")).isEqualTo("Groucho");
        });
    }

    @Test
    void isThereOnlyIfAskedFor() {
        runner.run(context -> {
            assertThat(context).hasNotFailed().doesNotHaveBean(MemberTag.class);
            assertThat(tag(context.getBean(MeterRegistry.class), "early")).isNull();
        });
    }

    private static @Nullable String tag(MeterRegistry registry, String meter) {
        return registry.get(meter).meter().getId().getTag("member");
    }

    @Configuration(proxyBeanMethods = false)
    static class Meters {

        @Bean
        String early(MeterRegistry registry) {
            registry.counter("early").increment();
            return "early";
        }

        @Bean
        SimpleMeterRegistry simpleMeterRegistry() {
            return new SimpleMeterRegistry();
        }

        @Bean
        MeterBinder binder() {
            return registry -> registry.counter("bound");
        }
    }
}
