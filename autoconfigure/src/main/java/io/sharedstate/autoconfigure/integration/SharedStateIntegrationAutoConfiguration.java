package io.sharedstate.autoconfigure.integration;

import io.sharedstate.MapOptions;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.autoconfigure.SharedStateProperties;
import io.sharedstate.autoconfigure.SharedStateProperties.Metadata;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;
import org.springframework.integration.context.IntegrationContextUtils;
import org.springframework.integration.metadata.MetadataStore;
import org.springframework.integration.metadata.SimpleMetadataStore;
import org.springframework.integration.support.locks.LockRegistry;

/**
 * Auto-configuration of a {@link LockRegistry} and a {@link MetadataStore} for Spring Integration, each unless there is one. They are made
 * when somebody asks for them, so that an application that has the library only pays nothing.
 */
@AutoConfiguration(after = SharedStateAutoConfiguration.class)
@ConditionalOnClass({LockRegistry.class, MetadataStore.class})
@ConditionalOnBean(SharedState.class)
@ConditionalOnBooleanProperty(name = "sharedstate.integration.enabled", matchIfMissing = true)
public final class SharedStateIntegrationAutoConfiguration {

    private static final String MAP = "sharedstate.integration.metadata";

    @Bean
    @Lazy
    @ConditionalOnMissingBean(LockRegistry.class)
    SharedLockRegistry sharedLockRegistry(SharedState state) {
        return new SharedLockRegistry(state);
    }

    /** By this name, channel adapters that need one find it. */
    @Bean(IntegrationContextUtils.METADATA_STORE_BEAN_NAME)
    @Lazy
    @ConditionalOnMissingBean(value = MetadataStore.class, name = IntegrationContextUtils.METADATA_STORE_BEAN_NAME)
    SimpleMetadataStore metadataStore(SharedState state, SharedStateProperties properties) {
        return new SimpleMetadataStore(state.map(
                MAP,
                String.class,
                String.class,
                options(properties.integration().metadata())));
    }

    private static MapOptions options(Metadata settings) {
        try {
            return MapOptions.DEFAULT.maxSize(settings.maxSize().toBytes()).ttl(settings.ttl());
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigurationPropertyValueException(
                    "sharedstate.integration.metadata",
                    "max-size " + settings.maxSize() + ", ttl " + settings.ttl(),
                    e.getMessage());
        }
    }
}
