package io.sharedstate.autoconfigure.logging;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * With {@code sharedstate.logging.include-ordinal}, puts the ordinal after the level, where Spring Boot's own patterns let it be put, unless
 * {@code logging.pattern.level} is set: this is the last place where it is looked for.
 */
final class LoggedOrdinalEnvironmentPostProcessor implements EnvironmentPostProcessor, Ordered {

    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        if (!environment.getProperty("sharedstate.logging.include-ordinal", Boolean.class, false)) {
            return;
        }
        System.getProperties().putIfAbsent(LoggedOrdinal.PROPERTY, LoggedOrdinal.NONE);
        String pattern = pattern(LoggingSystem.get(application.getClassLoader()));
        if (pattern != null) {
            environment
                    .getPropertySources()
                    .addLast(new MapPropertySource(
                            "sharedstate logging", Map.of("logging.pattern.level", "%5p [" + pattern + "]")));
        }
    }

    /** By its class's name, as that of a system that isn't used can't be loaded. */
    private static @Nullable String pattern(LoggingSystem system) {
        return switch (system.getClass().getSimpleName()) {
            case "LogbackLoggingSystem" -> "%property{" + LoggedOrdinal.PROPERTY + "}";
            // The backslash is for the environment. Log4j resolves a lookup for each event if it came by another
            // lookup.
            case "Log4J2LoggingSystem" -> "\\${sys:" + LoggedOrdinal.PROPERTY + "}";
            default -> null;
        };
    }

    /** After all that read configuration. */
    @Override
    public int getOrder() {
        return Ordered.LOWEST_PRECEDENCE;
    }
}
