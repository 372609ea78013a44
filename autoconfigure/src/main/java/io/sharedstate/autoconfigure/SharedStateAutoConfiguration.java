package io.sharedstate.autoconfigure;

import io.sharedstate.CodecFactory;
import io.sharedstate.SharedState;
import io.sharedstate.jackson.JacksonCodecs;
import io.sharedstate.mapped.MappedEngine;
import io.sharedstate.redis.RedisEngine;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.info.BuildProperties;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Auto-configuration of {@link SharedState}, and of a bean for each counter, lock, value, map, rate limiter, queue, topic and semaphore that is
 * declared by properties; see {@link SharedStateProperties}. A counter named {@code shared} is always declared: the bean {@code sharedCounter}.
 */
@AutoConfiguration(
        afterName = {
            "org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration",
            "org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration"
        })
@ConditionalOnBooleanProperty(name = "sharedstate.enabled", matchIfMissing = true)
@EnableConfigurationProperties(SharedStateProperties.class)
@Import(DeclaredBeans.class)
public final class SharedStateAutoConfiguration {

    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    SharedState sharedState(
            SharedStateProperties properties,
            Environment environment,
            BeanFactory beanFactory,
            ObjectProvider<CodecFactory> codecs,
            ObjectProvider<RedisOpener> redis) {
        return switch (properties.engine()) {
            case HEAP -> open(MappedEngine.heap(), properties.mapped(), codecs);
            case MAPPED -> {
                Path directory = directory(properties, StateName.of(properties, environment, beanFactory));
                MappedEngine engine = MappedEngine.at(directory).expectedSize(DeclaredSize.of(properties));
                yield open(engine, properties.mapped(), codecs);
            }
            case REDIS -> {
                String name = StateName.of(properties, environment, beanFactory);
                yield open(redis.getIfAvailable(), name, properties.redis(), codecs);
            }
        };
    }

    private static SharedState open(
            MappedEngine engine, SharedStateProperties.Mapped mapped, ObjectProvider<CodecFactory> codecs) {
        engine.maxMembers(mapped.maxMembers())
                .maxCounters(mapped.maxCounters())
                .maxLocks(mapped.maxLocks())
                .maxRateLimiters(mapped.maxRateLimiters())
                .flush(mapped.flush())
                .flushInterval(mapped.flushInterval());
        codecs.ifUnique(engine::codecs);
        return engine.open();
    }

    private static SharedState open(
            @Nullable RedisOpener redis,
            String name,
            SharedStateProperties.Redis properties,
            ObjectProvider<CodecFactory> codecs) {
        if (redis == null) {
            throw new InvalidConfigurationPropertyValueException(
                    "sharedstate.engine",
                    "redis",
                    "This engine is not on the class path. Add the dependency io.sharedstate:sharedstate-redis.");
        }
        return redis.open(name, properties, codecs);
    }

    @Bean
    static MemberOrdinal.Installation sharedStateMemberOrdinal(
            ConfigurableEnvironment environment, ObjectProvider<SharedState> state) {
        return new MemberOrdinal.Installation(environment, state);
    }

    private static Path directory(SharedStateProperties properties, String name) {
        String directory = properties.mapped().directory();
        return (directory != null ? Path.of(directory) : MappedEngine.defaultParent()).resolve(name);
    }

    @Bean
    ApplicationVersion sharedStateApplicationVersion(
            SharedState state, ObjectProvider<BuildProperties> build, Environment environment) {
        return new ApplicationVersion(state, build, environment);
    }

    @Bean
    SharedStateEvents sharedStateEvents(SharedState state, ApplicationEventPublisher publisher) {
        return new SharedStateEvents(state, publisher);
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({RedisEngine.class, LettuceConnectionFactory.class})
    @ImportRuntimeHints(RedisOpener.Scripts.class)
    static class RedisConfiguration {

        @Bean
        RedisOpener sharedStateRedisOpener(
                ObjectProvider<LettuceConnectionFactory> connections, Environment environment) {
            return new RedisOpener(connections, environment);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(JsonMapper.class)
    static class JacksonConfiguration {

        @Bean
        @ConditionalOnMissingBean(CodecFactory.class)
        @ConditionalOnSingleCandidate(JsonMapper.class)
        JacksonCodecs sharedStateCodecs(JsonMapper mapper) {
            return new JacksonCodecs(mapper);
        }
    }
}
