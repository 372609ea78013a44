package io.sharedstate.autoconfigure.cache;

import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.sharedstate.CodecFactory;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.autoconfigure.SharedStateProperties;
import io.sharedstate.autoconfigure.metrics.ClusterWideMeters;
import io.sharedstate.autoconfigure.serialization.FilteredSerialization;
import io.sharedstate.jackson.JacksonCodecs;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurationPackages;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.NoneNestedConditions;
import org.springframework.boot.cache.autoconfigure.CacheAutoConfiguration;
import org.springframework.boot.cache.autoconfigure.CacheProperties;
import org.springframework.boot.cache.metrics.CacheMeterBinderProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.cache.CacheManager;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;

/** Auto-configuration of a {@link CacheManager} whose caches all processes have together, in place of Spring Boot's. */
@AutoConfiguration(after = SharedStateAutoConfiguration.class, before = CacheAutoConfiguration.class)
@ConditionalOnClass({CacheManager.class, CacheAutoConfiguration.class})
@ConditionalOnBean(SharedState.class)
@ConditionalOnMissingBean(value = CacheManager.class, name = "cacheResolver")
@ConditionalOnBooleanProperty("sharedstate.cache.enabled")
@Conditional(SharedStateCacheAutoConfiguration.CachingIsNotSwitchedOff.class)
@EnableConfigurationProperties(CacheProperties.class)
public final class SharedStateCacheAutoConfiguration {

    @Bean
    SharedCaches cacheManager(
            SharedState state,
            SharedStateProperties properties,
            CacheProperties spring,
            ObjectProvider<CodecFactory> codecs,
            ApplicationContext context) {
        if (spring.getType() != null) {
            throw new InvalidConfigurationPropertyValueException(
                    "spring.cache.type",
                    spring.getType(),
                    "Caches can't be there and in the shared state: remove it, or sharedstate.cache.enabled=true.");
        }
        return new SharedCaches(
                state,
                properties,
                spring.getCacheNames(),
                serialization(properties.cache().serialFilter(), context),
                () -> codecs.getIfUnique(SharedStateCacheAutoConfiguration::json));
    }

    private static FilteredSerialization serialization(String filter, ApplicationContext context) {
        List<String> packages =
                AutoConfigurationPackages.has(context) ? AutoConfigurationPackages.get(context) : List.of();
        return new FilteredSerialization(
                "sharedstate.cache.serial-filter", filter, List.of(), packages, context.getClassLoader());
    }

    private static CodecFactory json() {
        try {
            return new JacksonCodecs();
        } catch (LinkageError e) {
            throw new IllegalStateException(
                    "sharedstate.caches.<name>.value-type needs tools.jackson.core:jackson-databind, or a bean of type"
                            + " CodecFactory",
                    e);
        }
    }

    /** {@code spring.cache.type=none} is for Spring Boot to carry out. */
    static final class CachingIsNotSwitchedOff extends NoneNestedConditions {

        CachingIsNotSwitchedOff() {
            super(ConfigurationPhase.REGISTER_BEAN);
        }

        @ConditionalOnProperty(name = "spring.cache.type", havingValue = "none")
        static final class IsSwitchedOff {}
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({MeterBinder.class, CacheMeterBinderProvider.class})
    static class MetricsConfiguration {

        @Bean
        CacheMeterBinderProvider<SharedCache> sharedCacheMeterBinderProvider() {
            return SharedCacheMetrics::new;
        }

        // There is no other cache manager.
        @Bean
        ClusterWideMeters sharedCacheMeters() {
            return new ClusterWideMeters("cache.", Tag.of("cache.manager", "cacheManager"));
        }
    }
}
