package io.sharedstate.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.SharedState;
import io.sharedstate.mapped.MappedEngine;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class MemberOrdinalTests {

    private static final String ORDINAL = "sharedstate.member.ordinal";

    private final ApplicationContextRunner runner =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(SharedStateAutoConfiguration.class));

    @TempDir
    Path directory;

    private ApplicationContextRunner mapped() {
        return runner.withPropertyValues("sharedstate.name=shop", "sharedstate.mapped.directory=" + directory);
    }

    @Test
    void isThatOfThisMember() {
        try (SharedState ignored = MappedEngine.at(directory.resolve("shop")).open()) {
            mapped().run(context -> assertThat(context.getEnvironment().getProperty(ORDINAL, Integer.class))
                    .isEqualTo(1));
        }
    }

    @Test
    void isZeroOnTheHeap() {
        runner.withPropertyValues("sharedstate.engine=heap")
                .run(context -> assertThat(context.getEnvironment().getProperty(ORDINAL))
                        .isEqualTo("0"));
    }

    @Test
    void isThereForABeanThatIsMadeBeforeTheState() {
        try (SharedState ignored = MappedEngine.at(directory.resolve("shop")).open()) {
            mapped().withUserConfiguration(Early.class).run(context -> {
                assertThat(context.getBeanFactory().getBeanDefinitionNames())
                        .containsSubsequence("early", "sharedState");
                assertThat(context.getBean("early")).isEqualTo("member-1");
                assertThat(context.getBean(SharedState.class).members().all()).hasSize(2);
            });
        }
    }

    @Test
    void isThereForOtherProperties() {
        runner.withPropertyValues("sharedstate.engine=heap", "app.file=/var/log/app-${sharedstate.member.ordinal}.log")
                .withUserConfiguration(Bound.class)
                .run(context -> assertThat(context.getBean(App.class).file()).isEqualTo("/var/log/app-0.log"));
    }

    @Test
    void isThatOfAStateOfTheUsersOwn() {
        MappedEngine engine = MappedEngine.heap();
        try (SharedState ignored = engine.open()) {
            runner.withBean(SharedState.class, engine::open)
                    .run(context -> assertThat(context.getEnvironment().getProperty(ORDINAL))
                            .isEqualTo("1"));
        }
    }

    @Test
    void isNotThereWithoutTheState() {
        runner.withPropertyValues("sharedstate.enabled=false")
                .run(context -> assertThat(context.getEnvironment().containsProperty(ORDINAL))
                        .isFalse());
    }

    @Test
    void canNotBeConfigured() {
        runner.withPropertyValues("sharedstate.engine=heap", ORDINAL + "=7")
                .run(context -> assertThat(context).getFailure().rootCause().hasMessageContaining("left unbound"));
    }

    @Configuration(proxyBeanMethods = false)
    static class Early {

        @Bean
        String early(@Value("member-${sharedstate.member.ordinal}") String name) {
            return name;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableConfigurationProperties(App.class)
    static class Bound {}

    @ConfigurationProperties("app")
    record App(String file) {}
}
