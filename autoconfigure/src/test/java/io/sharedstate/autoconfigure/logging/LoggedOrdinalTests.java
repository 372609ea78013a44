package io.sharedstate.autoconfigure.logging;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.mapped.MappedEngine;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.apache.commons.logging.LogFactory;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.Layout;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.ConfigurationFactory;
import org.apache.logging.log4j.core.config.ConfigurationSource;
import org.apache.logging.log4j.core.impl.Log4jLogEvent;
import org.apache.logging.log4j.message.SimpleMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.logging.LoggingSystemProperties;
import org.springframework.boot.logging.LoggingSystemProperty;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

@ExtendWith(OutputCaptureExtension.class)
class LoggedOrdinalTests {

    private static final String INCLUDE = "sharedstate.logging.include-ordinal=true";

    @TempDir
    Path directory;

    /** What Spring Boot leaves for the next application in this JVM; one that still runs keeps the next from configuring the log. */
    @BeforeEach
    @AfterEach
    void resetLogging() {
        Arrays.stream(LoggingSystemProperty.values())
                .map(LoggingSystemProperty::getEnvironmentVariableName)
                .forEach(System::clearProperty);
        System.clearProperty(LoggedOrdinal.PROPERTY);
        System.clearProperty(LoggingSystem.SYSTEM_PROPERTY);
        LoggingSystem.get(getClass().getClassLoader()).cleanUp();
    }

    @Test
    void isInEachLineOnceJoined(CapturedOutput output) throws IOException {
        Path file = directory.resolve("app.log");
        try (SharedState ignored = MappedEngine.at(directory.resolve("shop")).open()) {
            try (ConfigurableApplicationContext context = start(INCLUDE, "logging.file.name=" + file)) {
                LogFactory.getLog("test").warn("hello");
            }
            LogFactory.getLog("test").error("bye");
        }
        for (String log : new String[] {output.getOut(), Files.readString(file)}) {
            assertThat(log.lines())
                    .anyMatch(line -> line.contains(" INFO [-] ") && line.contains("No active profile"))
                    .anyMatch(line -> line.contains(" INFO [1] ") && line.contains("this is member 1"))
                    .anyMatch(line -> line.contains(" WARN [1] ") && line.endsWith("hello"));
        }
        assertThat(System.getProperty(LoggedOrdinal.PROPERTY)).isEqualTo("-");
    }

    @Test
    void isInNoLineUnlessAskedFor(CapturedOutput output) {
        try (ConfigurableApplicationContext context = start("app.any=thing")) {
            LogFactory.getLog("test").warn("hello");
        }
        assertThat(output.getOut().lines().filter(line -> line.endsWith("hello")))
                .singleElement()
                .asString()
                .contains(" WARN ")
                .doesNotContain("[0]");
        assertThat(System.getProperty(LoggedOrdinal.PROPERTY)).isNull();
    }

    @Test
    void leavesAPatternOfTheUsersOwnAlone(CapturedOutput output) {
        try (ConfigurableApplicationContext context =
                start(INCLUDE, "logging.pattern.level=%5p member=%property{LOGGED_MEMBER_ORDINAL}")) {
            LogFactory.getLog("test").warn("hello");
        }
        assertThat(output).contains(" WARN member=0 ").doesNotContain("[0]");
    }

    @Test
    void isAMemberOfStructuredLogsOnceJoined(CapturedOutput output) {
        try (ConfigurableApplicationContext context = start(INCLUDE, "logging.structured.format.console=logstash")) {
            LogFactory.getLog("test").warn("hello");
        }
        assertThat(output.getOut().lines().filter(line -> line.contains("\"message\":\"hello\"")))
                .singleElement()
                .asString()
                .contains("\"member\":0");
        assertThat(output.getOut().lines().filter(line -> line.contains("No active profile")))
                .singleElement()
                .asString()
                .doesNotContain("\"member\"");
    }

    @Test
    void structuredLogsHaveNoSuchMemberUnlessAskedFor(CapturedOutput output) {
        try (ConfigurableApplicationContext context = start("logging.structured.format.console=ecs")) {
            LogFactory.getLog("test").warn("hello");
        }
        assertThat(output).contains("hello").doesNotContain("\"member\"");
    }

    @Test
    void twoStatesInOneProcessDoNotTakeItFromEachOther() {
        try (ConfigurableApplicationContext one = start(INCLUDE)) {
            assertThat(System.getProperty(LoggedOrdinal.PROPERTY)).isEqualTo("0");
            try (ConfigurableApplicationContext two = start(INCLUDE)) {
                assertThat(System.getProperty(LoggedOrdinal.PROPERTY)).isEqualTo("1");
                one.close();
                assertThat(System.getProperty(LoggedOrdinal.PROPERTY)).isEqualTo("1");
            }
            assertThat(System.getProperty(LoggedOrdinal.PROPERTY)).isEqualTo("-");
        }
    }

    /** Spring Boot's own configuration of Log4j 2, with what it makes of the environment; without making it the logging system of this JVM. */
    @Test
    void isInEachLineOfLog4jOnceJoined() throws IOException {
        System.setProperty(LoggingSystem.SYSTEM_PROPERTY, Log4J2LoggingSystem.class.getName());
        StandardEnvironment environment = new StandardEnvironment();
        environment
                .getPropertySources()
                .addFirst(new MapPropertySource("test", Map.of("sharedstate.logging.include-ordinal", "true")));
        new LoggedOrdinalEnvironmentPostProcessor()
                .postProcessEnvironment(environment, new SpringApplication(App.class));
        new LoggingSystemProperties(environment).apply();

        try (LoggerContext context = new LoggerContext("test");
                InputStream stream =
                        Objects.requireNonNull(LoggingSystem.class.getResourceAsStream("log4j2/log4j2.xml"))) {
            Configuration configuration = Objects.requireNonNull(
                    ConfigurationFactory.getInstance().getConfiguration(context, new ConfigurationSource(stream)));
            context.start(configuration);
            Layout<?> layout = configuration.getAppender("Console").getLayout();
            Log4jLogEvent event = Log4jLogEvent.newBuilder()
                    .setLevel(Level.WARN)
                    .setLoggerName("test")
                    .setMessage(new SimpleMessage("hello"))
                    .build();
            assertThat(layout.toSerializable(event).toString())
                    .contains(" WARN [-] ")
                    .endsWith("hello\n");
            System.setProperty(LoggedOrdinal.PROPERTY, "2");
            assertThat(layout.toSerializable(event).toString()).contains(" WARN [2] ");
        }
    }

    /** Spring Boot's own refuses to be made where Logback is in use. */
    static final class Log4J2LoggingSystem extends LoggingSystem {

        Log4J2LoggingSystem(ClassLoader classLoader) {}

        @Override
        public void beforeInitialize() {}
    }

    private ConfigurableApplicationContext start(String... properties) {
        return new SpringApplicationBuilder(App.class)
                .web(WebApplicationType.NONE)
                .properties(
                        "spring.main.banner-mode=off",
                        "sharedstate.name=shop",
                        "sharedstate.mapped.directory=" + directory)
                .properties(properties)
                .run();
    }

    @org.springframework.context.annotation.Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({SharedStateAutoConfiguration.class, SharedStateLoggingAutoConfiguration.class})
    static class App {}
}
