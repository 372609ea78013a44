package io.sharedstate.autoconfigure.shedlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.Kind;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import net.javacrumbs.shedlock.core.ClockProvider;
import net.javacrumbs.shedlock.core.LockConfiguration;
import net.javacrumbs.shedlock.core.LockProvider;
import net.javacrumbs.shedlock.spring.annotation.EnableSchedulerLock;
import net.javacrumbs.shedlock.spring.annotation.SchedulerLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

class SharedStateShedLockAutoConfigurationTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    SharedStateAutoConfiguration.class, SharedStateShedLockAutoConfiguration.class))
            .withPropertyValues("sharedstate.engine=heap");

    @Test
    void isThereWithTheLibraryAndTakesNoRoomUntilItIsAskedFor() {
        runner.run(context -> {
            SharedState state = context.getBean(SharedState.class);
            assertThat(state.names(Kind.MAP)).isEmpty();
            assertThat(context).getBean(LockProvider.class).isInstanceOf(SharedLockProvider.class);
            assertThat(state.names(Kind.MAP)).containsExactly(SharedLockProvider.MAP);
        });
    }

    @Test
    void isAbsentWithoutTheLibrary() {
        runner.withClassLoader(new FilteredClassLoader("net.javacrumbs.shedlock"))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("sharedLockProvider"));
    }

    @Test
    void isAbsentWithoutTheState() {
        runner.withPropertyValues("sharedstate.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(LockProvider.class));
    }

    @Test
    void isAbsentWhenDisabled() {
        runner.withPropertyValues("sharedstate.shedlock.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(LockProvider.class));
    }

    @Test
    void givesWayToAnother() {
        LockProvider own = configuration -> Optional.empty();
        runner.withBean(LockProvider.class, () -> own)
                .run(context -> assertThat(context).getBean(LockProvider.class).isSameAs(own));
    }

    @Test
    void aScheduledMethodIsSkippedWhileAnotherProcessHoldsItsLock(@TempDir Path directory) {
        ApplicationContextRunner instance = runner.withUserConfiguration(Jobs.class)
                .withPropertyValues(
                        "sharedstate.engine=mapped",
                        "sharedstate.name=shed",
                        "sharedstate.mapped.directory=" + directory);
        instance.withPropertyValues("job.period=1h").run(other -> {
            await().until(() -> other.getBean(Work.class).runs() == 1);
            instance.run(context -> {
                Work work = context.getBean(Work.class);
                await().until(() -> work.runs() > 3);
                LockProvider provider = other.getBean(LockProvider.class);
                LockConfiguration nightly =
                        new LockConfiguration(ClockProvider.now(), "nightly", Duration.ofHours(1), Duration.ZERO);
                await().until(() -> provider.lock(nightly).isPresent());
                int runs = work.runs();
                int ticks = work.ticks();
                await().until(() -> work.ticks() > ticks + 20);
                assertThat(work.runs()).isEqualTo(runs);
            });
        });
    }

    @Configuration(proxyBeanMethods = false)
    @EnableScheduling
    @EnableSchedulerLock(defaultLockAtMostFor = "1h")
    static class Jobs {
        @Bean
        Work work() {
            return new Work();
        }
    }

    static class Work {

        private final AtomicInteger runs = new AtomicInteger();
        private final AtomicInteger ticks = new AtomicInteger();

        @Scheduled(fixedRateString = "${job.period:5ms}")
        @SchedulerLock(name = "nightly")
        public void run() {
            runs.incrementAndGet();
        }

        @Scheduled(fixedRateString = "${job.period:5ms}")
        public void tick() {
            ticks.incrementAndGet();
        }

        /** Called through the proxy, which has no fields of its own. */
        int runs() {
            return runs.get();
        }

        int ticks() {
            return ticks.get();
        }
    }
}
