package io.sharedstate.autoconfigure.shedlock;

import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import net.javacrumbs.shedlock.core.ExtensibleLockProvider;
import net.javacrumbs.shedlock.core.LockProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;

/** Auto-configuration of a {@link LockProvider} for ShedLock, unless there is one. */
@AutoConfiguration(after = SharedStateAutoConfiguration.class)
@ConditionalOnClass(ExtensibleLockProvider.class)
@ConditionalOnBean(SharedState.class)
@ConditionalOnBooleanProperty(name = "sharedstate.shedlock.enabled", matchIfMissing = true)
public final class SharedStateShedLockAutoConfiguration {

    /** Made when somebody asks for it, so that an application that has the library only pays nothing. */
    @Bean
    @Lazy
    @ConditionalOnMissingBean(LockProvider.class)
    SharedLockProvider sharedLockProvider(SharedState state) {
        return new SharedLockProvider(state);
    }
}
