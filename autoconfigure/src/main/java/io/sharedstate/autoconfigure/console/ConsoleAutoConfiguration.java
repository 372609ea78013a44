package io.sharedstate.autoconfigure.console;

import io.sharedstate.SharedKeyedRateLimiter;
import io.sharedstate.SharedRateLimiter;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.autoconfigure.SharedStateProperties;
import jakarta.servlet.http.HttpServlet;
import java.util.regex.Pattern;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;

/** Auto-configuration of the console, a page that shows the state as it goes. */
@AutoConfiguration(after = SharedStateAutoConfiguration.class)
@ConditionalOnWebApplication
@ConditionalOnBean(SharedState.class)
@ConditionalOnBooleanProperty("sharedstate.console.enabled")
public final class ConsoleAutoConfiguration {

    private static final Log log = LogFactory.getLog(ConsoleAutoConfiguration.class);

    private static final Pattern PATH = Pattern.compile("(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+");

    private static final int PERIOD_MS = 1_000;

    @Bean
    RecentEvents sharedStateConsoleEvents() {
        return new RecentEvents();
    }

    @Bean
    Sampler sharedStateConsoleSampler(
            SharedState state,
            SharedStateProperties properties,
            Environment environment,
            ObjectProvider<SharedRateLimiter> rateLimiters,
            ObjectProvider<SharedKeyedRateLimiter> keyedRateLimiters,
            RecentEvents events) {
        String application = environment.getProperty("spring.application.name", "");
        return new Sampler(
                new Snapshots(state, properties, application, rateLimiters, keyedRateLimiters, events), PERIOD_MS);
    }

    @Bean
    HeardEvents sharedStateConsoleHeardEvents(RecentEvents events, Sampler sampler) {
        return new HeardEvents(events, sampler);
    }

    private static String path(SharedStateProperties properties) {
        String path = properties.console().path();
        if (!PATH.matcher(path).matches()) {
            throw new InvalidConfigurationPropertyValueException(
                    "sharedstate.console.path",
                    path,
                    "It begins with a slash and doesn't end with one, and each part has letters, digits, '_', '-' and, not first, '.':"
                            + " '/sharedstate', '/internal/state'.");
        }
        log.info("Console of the shared state at '" + path + "'");
        return path;
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    @ConditionalOnClass(HttpServlet.class)
    static class ServletConfiguration {

        @Bean
        ServletRegistrationBean<ConsoleServlet> sharedStateConsole(SharedStateProperties properties, Sampler sampler) {
            ServletRegistrationBean<ConsoleServlet> registration =
                    new ServletRegistrationBean<>(new ConsoleServlet(sampler), path(properties) + "/*");
            registration.setName("sharedStateConsole");
            return registration;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
    @ConditionalOnClass(RouterFunction.class)
    static class ReactiveConfiguration {

        @Bean
        RouterFunction<ServerResponse> sharedStateConsole(SharedStateProperties properties, Sampler sampler) {
            return ConsoleRoutes.of(path(properties), sampler);
        }
    }
}
