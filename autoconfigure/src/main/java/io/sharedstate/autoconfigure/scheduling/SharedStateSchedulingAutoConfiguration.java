package io.sharedstate.autoconfigure.scheduling;

import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import java.time.Clock;
import java.time.Instant;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Role;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.TaskExecutor;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.util.function.SingletonSupplier;

/** Auto-configuration of scheduled methods with {@link OncePerCluster}. */
@AutoConfiguration(after = SharedStateAutoConfiguration.class)
@ConditionalOnBean(SharedState.class)
public final class SharedStateSchedulingAutoConfiguration {

    /** Jobs are made when the first method asks for them, so that an application without any pays nothing. */
    @Bean
    @Lazy
    Jobs sharedStateJobs(SharedState state) {
        return new Jobs(state, Clock.systemUTC());
    }

    @Bean
    JobRunner sharedStateJobRunner(
            SharedState state, ObjectProvider<Jobs> jobs, ObjectProvider<TaskScheduler> scheduler) {
        TaskExecutor otherwise = new SimpleAsyncTaskExecutor("once-per-cluster-");
        return new JobRunner(state, SingletonSupplier.of(jobs::getObject), run -> {
            TaskScheduler own = scheduler.getIfUnique();
            if (own != null) {
                own.schedule(run, Instant.EPOCH);
            } else {
                otherwise.execute(run);
            }
        });
    }

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static OncePerClusterBeanPostProcessor oncePerClusterBeanPostProcessor(ObjectProvider<JobRunner> runner) {
        return new OncePerClusterBeanPostProcessor(runner, Clock.systemUTC());
    }
}
