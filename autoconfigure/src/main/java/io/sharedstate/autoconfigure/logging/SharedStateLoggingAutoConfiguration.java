package io.sharedstate.autoconfigure.logging;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.annotation.Bean;

/** Auto-configuration of the ordinal in the log. */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "sharedstate.logging.include-ordinal")
public final class SharedStateLoggingAutoConfiguration {

    @Bean
    static LoggedOrdinal sharedStateLoggedOrdinal() {
        return new LoggedOrdinal();
    }
}
