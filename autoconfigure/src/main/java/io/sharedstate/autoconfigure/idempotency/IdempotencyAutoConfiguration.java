package io.sharedstate.autoconfigure.idempotency;

import io.sharedstate.Codec;
import io.sharedstate.MapOptions;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedState;
import io.sharedstate.WhenFull;
import io.sharedstate.autoconfigure.IdempotencyProperties;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.autoconfigure.SharedStateProperties;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletListenerRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.web.util.pattern.PathPatternParser;

/** Auto-configuration of a servlet filter for requests with an {@code Idempotency-Key}. */
@AutoConfiguration(after = SharedStateAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass({Filter.class, PathPatternParser.class})
@ConditionalOnBean(SharedState.class)
@ConditionalOnBooleanProperty("sharedstate.idempotency.enabled")
public final class IdempotencyAutoConfiguration {

    private static final String MAP = "sharedstate.idempotency";

    /** After Spring Security's filters, at -100, so that it is known who asks. */
    private static final int ORDER = -50;

    @Bean
    IdempotencyFilter idempotencyFilter(
            SharedState state, SharedStateProperties properties, ObjectProvider<IdempotencyScope> scope) {
        IdempotencyProperties settings = properties.idempotency();
        SharedMap<String, Exchange> map = state.map(MAP, Codec.string(), new ExchangeCodec(), options(settings));
        return new IdempotencyFilter(
                new Exchanges(state, map), scope.getIfAvailable(() -> IdempotencyScope.PRINCIPAL), settings);
    }

    private static MapOptions options(IdempotencyProperties settings) {
        MapOptions options = MapOptions.DEFAULT.ttl(settings.ttl()).whenFull(WhenFull.REFUSE);
        try {
            return options.maxSize(settings.maxSize().toBytes());
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigurationPropertyValueException(
                    "sharedstate.idempotency.max-size", settings.maxSize(), e.getMessage());
        }
    }

    @Bean
    FilterRegistrationBean<IdempotencyFilter> idempotencyFilterRegistration(IdempotencyFilter filter) {
        FilterRegistrationBean<IdempotencyFilter> registration = new FilterRegistrationBean<>(filter);
        registration.setOrder(ORDER);
        registration.setDispatcherTypes(DispatcherType.REQUEST, DispatcherType.ASYNC, DispatcherType.ERROR);
        return registration;
    }

    @Bean
    ServletListenerRegistrationBean<IdempotencyFilter> idempotencyListenerRegistration(IdempotencyFilter filter) {
        return new ServletListenerRegistrationBean<>(filter);
    }
}
