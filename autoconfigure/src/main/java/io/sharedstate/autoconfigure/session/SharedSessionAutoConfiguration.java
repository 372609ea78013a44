package io.sharedstate.autoconfigure.session;

import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.session.autoconfigure.SessionTimeout;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.session.ReactiveSessionRepository;
import org.springframework.session.SessionRepository;
import org.springframework.session.config.annotation.web.http.SpringHttpSessionConfiguration;
import org.springframework.session.config.annotation.web.server.SpringWebSessionConfiguration;

/**
 * Auto-configuration of Spring Session on the shared state. Asked for by a property, it goes before that of other stores. Timeout, cookie and
 * filter are Spring Boot's: {@code spring.session.*}, {@code server.servlet.session.*}, {@code server.reactive.session.*}.
 */
@AutoConfiguration(
        after = SharedStateAutoConfiguration.class,
        afterName = "org.springframework.boot.webflux.autoconfigure.WebSessionIdResolverAutoConfiguration",
        beforeName = {
            "org.springframework.boot.session.autoconfigure.SessionAutoConfiguration",
            "org.springframework.boot.session.data.redis.autoconfigure.SessionDataRedisAutoConfiguration",
            "org.springframework.boot.session.jdbc.autoconfigure.JdbcSessionAutoConfiguration",
            "org.springframework.boot.webflux.autoconfigure.HttpHandlerAutoConfiguration",
            "org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration"
        })
@ConditionalOnBean(SharedState.class)
@ConditionalOnBooleanProperty("sharedstate.session.enabled")
@ConditionalOnWebApplication
public final class SharedSessionAutoConfiguration {

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({SessionRepository.class, SessionTimeout.class})
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    @ConditionalOnMissingBean(SessionRepository.class)
    @Import({SharedSessionConfiguration.class, SpringHttpSessionConfiguration.class})
    static class ServletConfiguration {}

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({SessionRepository.class, SessionTimeout.class})
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
    @ConditionalOnMissingBean(ReactiveSessionRepository.class)
    @Import({SharedSessionConfiguration.class, SpringWebSessionConfiguration.class})
    static class ReactiveConfiguration {

        @Bean
        ReactiveSharedSessionRepository reactiveSessionRepository(SharedSessionRepository repository) {
            return new ReactiveSharedSessionRepository(repository);
        }
    }

    /** Who asks for shared sessions isn't to get those of one process. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingClass("org.springframework.boot.session.autoconfigure.SessionTimeout")
    static class MissingConfiguration {

        MissingConfiguration() {
            throw new InvalidConfigurationPropertyValueException(
                    "sharedstate.session.enabled",
                    true,
                    "It needs Spring Session: add the dependency org.springframework.boot:spring-boot-session.");
        }
    }
}
