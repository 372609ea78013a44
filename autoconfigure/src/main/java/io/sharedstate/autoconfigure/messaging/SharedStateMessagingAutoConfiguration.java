package io.sharedstate.autoconfigure.messaging;

import io.micrometer.observation.ObservationRegistry;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.thread.Threading;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.core.task.VirtualThreadTaskExecutor;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/** Auto-configuration of methods with {@link SharedQueueListener} and {@link SharedTopicListener}. */
@AutoConfiguration(after = SharedStateAutoConfiguration.class)
@ConditionalOnBean(SharedState.class)
public final class SharedStateMessagingAutoConfiguration {

    @Bean
    MessageListeners sharedStateMessageListeners(
            ConfigurableListableBeanFactory beans,
            SharedState state,
            ObjectProvider<ObservationRegistry> observations,
            Environment environment) {
        return new MessageListeners(
                beans,
                new MessageSources(beans, state),
                observations.getIfUnique(() -> ObservationRegistry.NOOP),
                Threading.VIRTUAL.isActive(environment)
                        ? prefix -> new VirtualThreadTaskExecutor(prefix).getVirtualThreadFactory()
                        : CustomizableThreadFactory::new);
    }
}
