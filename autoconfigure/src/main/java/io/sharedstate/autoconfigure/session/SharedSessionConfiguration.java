package io.sharedstate.autoconfigure.session;

import io.sharedstate.Codec;
import io.sharedstate.MapOptions;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedState;
import io.sharedstate.WhenFull;
import io.sharedstate.autoconfigure.SharedSessionProperties;
import io.sharedstate.autoconfigure.SharedStateProperties;
import io.sharedstate.autoconfigure.session.SharedSessionRepository.Settings;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurationPackages;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.session.autoconfigure.SessionTimeout;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.convert.ConversionService;
import org.springframework.session.IndexResolver;
import org.springframework.session.MapSession;
import org.springframework.session.PrincipalNameIndexResolver;
import org.springframework.session.Session;
import org.springframework.session.SessionIdGenerator;
import org.springframework.session.UuidSessionIdGenerator;

/** The sessions, for servlet and reactive applications. */
@Configuration(proxyBeanMethods = false)
class SharedSessionConfiguration {

    private static final String MAP = "sharedstate.session";

    @Bean
    SharedSessionRepository sessionRepository(
            SharedState state,
            SharedStateProperties properties,
            ObjectProvider<SessionTimeout> timeout,
            @Qualifier(AttributeSerializer.CONVERSION_SERVICE) ObjectProvider<ConversionService> conversion,
            ObjectProvider<IndexResolver<Session>> indexes,
            ObjectProvider<SessionIdGenerator> secrets,
            ConfigurableApplicationContext context) {
        SharedSessionProperties session = properties.session();
        return new SharedSessionRepository(
                map(state, session),
                new Settings(timeoutOf(timeout), session.saveMode(), session.flushMode()),
                serializer(conversion.getIfAvailable(), session, context),
                indexes.getIfAvailable(PrincipalNameIndexResolver::new),
                secrets.getIfAvailable(UuidSessionIdGenerator::getInstance),
                Clock.systemUTC(),
                context::publishEvent);
    }

    private static SharedMap<String, StoredSession> map(SharedState state, SharedSessionProperties session) {
        MapOptions options = MapOptions.DEFAULT.whenFull(WhenFull.REFUSE);
        try {
            options = options.maxSize(session.maxSize().toBytes());
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigurationPropertyValueException(
                    SharedSessionRepository.MAX_SIZE_PROPERTY, session.maxSize(), e.getMessage());
        }
        return state.map(MAP, Codec.string(), new StoredSessionCodec(), options);
    }

    private static Duration timeoutOf(ObjectProvider<SessionTimeout> provider) {
        SessionTimeout configured = provider.getIfAvailable();
        Duration timeout = configured == null ? null : configured.getTimeout();
        return timeout == null ? MapSession.DEFAULT_MAX_INACTIVE_INTERVAL : timeout;
    }

    private static AttributeSerializer serializer(
            @Nullable ConversionService conversion,
            SharedSessionProperties session,
            ConfigurableApplicationContext context) {
        if (conversion != null) {
            return new AttributeSerializer(conversion);
        }
        List<String> packages =
                AutoConfigurationPackages.has(context) ? AutoConfigurationPackages.get(context) : List.of();
        return AttributeSerializer.ofSerializable(
                session.serialFilter(), packages, context.getBeanFactory().getBeanClassLoader());
    }

    @Bean
    SessionCleanup sessionCleanup(SharedSessionRepository repository, SharedStateProperties properties) {
        Duration interval = properties.session().cleanupInterval();
        if (interval.toMillis() <= 0) {
            throw new InvalidConfigurationPropertyValueException(
                    "sharedstate.session.cleanup-interval", interval, "It has to be a millisecond or longer.");
        }
        return new SessionCleanup(repository, interval);
    }
}
