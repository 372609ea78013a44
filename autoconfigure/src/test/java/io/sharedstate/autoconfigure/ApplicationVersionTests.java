package io.sharedstate.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.SharedState;
import io.sharedstate.mapped.MappedEngine;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.info.BuildProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;

@ExtendWith(OutputCaptureExtension.class)
class ApplicationVersionTests {

    private static final String WARNING = "members run different versions of the application";

    private final MappedEngine engine = MappedEngine.heap();

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SharedStateAutoConfiguration.class))
            .withBean(SharedState.class, engine::open);

    private static BuildProperties build(String version) {
        Properties properties = new Properties();
        properties.setProperty("version", version);
        return new BuildProperties(properties);
    }

    private static String version(ApplicationContext context) {
        return context.getBean(SharedState.class).members().self().version();
    }

    @Test
    void thatOfTheBuildIsAnnouncedElseThatOfTheManifest() {
        runner.run(context -> assertThat(version(context)).isNull());
        runner.withPropertyValues("spring.application.version=1.2")
                .run(context -> assertThat(version(context)).isEqualTo("1.2"));
        runner.withPropertyValues("spring.application.version=1.2")
                .withBean(BuildProperties.class, () -> build("2.7.1"))
                .run(context -> assertThat(version(context)).isEqualTo("2.7.1"));
    }

    @Test
    void whatCannotBeAnnouncedIsCutToWhatCan() {
        runner.withPropertyValues("spring.application.version=Größe-" + "x".repeat(80))
                .run(context -> assertThat(version(context)).isEqualTo("Gr??e-" + "x".repeat(74)));
    }

    @Test
    void othersWithAnotherVersionAreWarnedOf(CapturedOutput output) {
        try (SharedState other = engine.open()) {
            other.members().announceVersion("1.2");
            runner.withPropertyValues("spring.application.version=1.2")
                    .run(context -> assertThat(output).doesNotContain(WARNING));
            runner.withPropertyValues("spring.application.version=1.3")
                    .run(context -> assertThat(output)
                            .containsOnlyOnce(WARNING + ": 1.2 (member 0), 1.3 (member 1); expected one version"));
        }
    }
}
