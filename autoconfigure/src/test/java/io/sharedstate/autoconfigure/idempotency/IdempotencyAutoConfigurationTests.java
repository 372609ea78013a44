package io.sharedstate.autoconfigure.idempotency;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.Kind;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.autoconfigure.diagnostics.Analyses;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.web.util.pattern.PathPatternParser;

class IdempotencyAutoConfigurationTests {

    private static final AutoConfigurations CONFIGURATIONS =
            AutoConfigurations.of(SharedStateAutoConfiguration.class, IdempotencyAutoConfiguration.class);
    private static final String ENABLED = "sharedstate.idempotency.enabled=true";

    private final WebApplicationContextRunner runner = new WebApplicationContextRunner()
            .withConfiguration(CONFIGURATIONS)
            .withPropertyValues("sharedstate.engine=heap");

    @Test
    void isThereWhenEnabled() {
        runner.withPropertyValues(ENABLED).run(context -> {
            assertThat(context).hasSingleBean(IdempotencyFilter.class);
            assertThat(context.getBean(SharedState.class).names(Kind.MAP)).containsExactly("sharedstate.idempotency");
        });
    }

    @Test
    void isOffUntilItIsEnabled() {
        runner.run(context -> {
            assertThat(context).hasNotFailed().doesNotHaveBean(IdempotencyFilter.class);
            assertThat(context.getBean(SharedState.class).names(Kind.MAP)).isEmpty();
        });
    }

    @Test
    void isAbsentWithoutTheState() {
        runner.withPropertyValues(ENABLED, "sharedstate.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(IdempotencyFilter.class));
    }

    @Test
    void isAbsentWithoutServletsOrSpringWeb() {
        new ApplicationContextRunner()
                .withConfiguration(CONFIGURATIONS)
                .withPropertyValues("sharedstate.engine=heap", ENABLED)
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(IdempotencyFilter.class));
        runner.withPropertyValues(ENABLED)
                .withClassLoader(new FilteredClassLoader(PathPatternParser.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(IdempotencyFilter.class));
    }

    @Test
    void refusesABadPatternAndSaysWhich() {
        runner.withPropertyValues(ENABLED, "sharedstate.idempotency.paths=/orders/{id")
                .run(context -> {
                    assertThat(context).hasFailed();
                    assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                            .contains("sharedstate.idempotency.paths", "/orders/{id", "pattern");
                });
    }

    @Test
    void refusesASizeThatNoMapHasAndSaysWhichProperty() {
        runner.withPropertyValues(ENABLED, "sharedstate.idempotency.max-size=1KB")
                .run(context -> {
                    assertThat(context).hasFailed();
                    assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                            .contains("sharedstate.idempotency.max-size", "64 KiB");
                });
    }
}
