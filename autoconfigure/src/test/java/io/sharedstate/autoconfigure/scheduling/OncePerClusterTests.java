package io.sharedstate.autoconfigure.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sharedstate.Codec;
import io.sharedstate.Kind;
import io.sharedstate.MapOptions;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedState;
import io.sharedstate.SharedStateEvent.MemberJoined;
import io.sharedstate.WhenFull;
import io.sharedstate.autoconfigure.Place;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.autoconfigure.endpoint.SharedStateEndpoint;
import io.sharedstate.autoconfigure.scheduling.OncePerCluster.OnAbandoned;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskSchedulingAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/** Instances of an application that share one state. */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
@ParameterizedClass
@EnumSource(names = {"MAPPED", "REDIS"})
class OncePerClusterTests {

    @Parameter
    Place.Engine engine;

    private Place place;

    private final List<ConfigurableApplicationContext> instances = new ArrayList<>();

    @BeforeEach
    void open() {
        place = engine.place();
    }

    @AfterEach
    void stop() {
        instances.forEach(ConfigurableApplicationContext::close);
        place.close();
    }

    private ConfigurableApplicationContext start(Class<?> application, String... properties) {
        ConfigurableApplicationContext instance = new SpringApplicationBuilder(application)
                .web(WebApplicationType.NONE)
                .properties("spring.main.banner-mode=off")
                .initializers((GenericApplicationContext context) ->
                        context.registerBean("state", SharedState.class, place::open))
                .properties(properties)
                .run();
        instances.add(instance);
        return instance;
    }

    private static Work work(ConfigurableApplicationContext instance) {
        return instance.getBean(Work.class);
    }

    /** What a process leaves that dies in a run, or between two. */
    private void leftByTheDead(String job, boolean running, CountDownLatch seen) throws InterruptedException {
        try (SharedState dead = place.open()) {
            SharedMap<String, JobRecord> map = dead.map(
                    "sharedstate.jobs",
                    Codec.string(),
                    new JobRecord.Format(),
                    MapOptions.DEFAULT.maxSize(256 * 1024).whenFull(WhenFull.REFUSE));
            JobRecord begun = JobRecord.first(dead.members().self().incarnation(), System.currentTimeMillis());
            map.put(job, running ? begun : begun.ended(begun.begun() + 1));
            seen.await();
        }
    }

    private static CountDownLatch joining(ConfigurableApplicationContext... witnesses) {
        CountDownLatch joining = new CountDownLatch(witnesses.length);
        for (ConfigurableApplicationContext witness : witnesses) {
            AtomicBoolean first = new AtomicBoolean(true);
            witness.getBean(SharedState.class).addListener(event -> {
                if (event instanceof MemberJoined && first.getAndSet(false)) {
                    joining.countDown();
                }
            });
        }
        return joining;
    }

    @Test
    void oneInstanceRunsTheJobAndAnotherWhenItStops() throws Exception {
        ConfigurableApplicationContext one = start(Often.class);
        assertThat(work(one).runs.tryAcquire(3, 30, TimeUnit.SECONDS)).isTrue();
        ConfigurableApplicationContext two = start(Often.class);
        assertThat(work(one).runs.tryAcquire(work(one).runs.availablePermits() + 10, 30, TimeUnit.SECONDS))
                .isTrue();
        assertThat(work(two).runs.availablePermits()).isZero();
        assertThat(two.getBean(Jobs.class).all().get("often").owner()).isZero();

        one.close();

        assertThat(work(two).runs.tryAcquire(3, 30, TimeUnit.SECONDS)).isTrue();
        assertThat(two.getBean(Jobs.class).all().get("often"))
                .returns(1, Jobs.Status::owner)
                .returns(0L, Jobs.Status::abandoned);
        assertThat(work(two).unprotected.get()).isPositive();
    }

    /** Else their next tick would take the job back. */
    @Test
    void aJobIsLeftToOthersOnceTheSchedulersAreStopped() {
        ConfigurableApplicationContext one = start(Often.class);

        assertThat(one.getBean(JobRunner.class).getPhase()).isLessThan(new ThreadPoolTaskScheduler().getPhase());
    }

    @Test
    void aRunIsNotBegunInAnotherInstanceWhileItLasts() throws Exception {
        ConfigurableApplicationContext one = start(Often.class);
        work(one).hold.set(true);
        work(one).held.await();
        work(one).runs.drainPermits();
        ConfigurableApplicationContext two = start(Often.class);
        int before = work(two).unprotected.get();
        await().until(() -> work(two).unprotected.get() >= before + 20);

        CompletableFuture<Void> stopped = CompletableFuture.runAsync(one::close);
        int whileStopping = work(two).unprotected.get();
        await().until(() -> work(two).unprotected.get() >= whileStopping + 20);

        assertThat(stopped).isNotDone();
        assertThat(work(two).runs.availablePermits()).isZero();
        work(one).released.countDown();
        assertThat(work(two).runs.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
        stopped.join();
    }

    @Test
    void aJobThatFailsIsRunAgainAtItsNextTime() throws Exception {
        ConfigurableApplicationContext one = start(Often.class);
        work(one).fail.set(true);
        work(one).runs.drainPermits();

        assertThat(work(one).runs.tryAcquire(3, 30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aRunThatWasAbandonedStaysAsItIsAndTheJobGoesOn(CapturedOutput output) throws Exception {
        leftByTheDead("often", true, joining());

        ConfigurableApplicationContext one = start(Often.class);

        assertThat(work(one).runs.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
        assertThat(one.getBean(Jobs.class).all().get("often").abandoned()).isOne();
        assertThat(output)
                .containsOnlyOnce(
                        "Job 'often' is run by this process from now on: the one that ran it died before it was done");
    }

    @Test
    void aRunThatWasAbandonedIsRunAgainAtOnceIfItIsToBe() throws Exception {
        leftByTheDead("nightly", true, joining());

        ConfigurableApplicationContext one = start(Nightly.class);

        assertThat(work(one).runs.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
        assertThat(one.getBean(Jobs.class).all().get("nightly"))
                .returns(2L, Jobs.Status::runs)
                .returns(1L, Jobs.Status::abandoned);
    }

    @Test
    void aRunThatWasAbandonedIsRunAgainByOneOfThoseThatAreLeft() throws Exception {
        ConfigurableApplicationContext one = start(Nightly.class);
        ConfigurableApplicationContext two = start(Nightly.class);

        leftByTheDead("nightly", true, joining(one, two));
        await().until(() -> ran(one) + ran(two) > 0);
        CountDownLatch heard = new CountDownLatch(2);
        instances.forEach(instance -> instance.getBean(SharedState.class).addListener(event -> heard.countDown()));
        leftByTheDead("another", true, joining(one, two));
        heard.await();

        assertThat(ran(one) + ran(two)).isOne();
    }

    private static int ran(ConfigurableApplicationContext instance) {
        return work(instance).runs.availablePermits();
    }

    @Test
    void aJobThatWasNotAbandonedIsNotRunBeforeItsTime() throws Exception {
        leftByTheDead("nightly", false, joining());

        ConfigurableApplicationContext one = start(Nightly.class);

        assertThat(work(one).runs.tryAcquire(500, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(one.getBean(Jobs.class).all().get("nightly"))
                .returns(null, Jobs.Status::owner)
                .returns(1L, Jobs.Status::runs);
    }

    @ParameterizedTest
    @ValueSource(classes = {FinalClass.class, FinalMethod.class, Private.class, Reactive.class})
    void whatCannotWorkIsRefusedAtTheStart(Class<?> application, CapturedOutput output) {
        assertThatThrownBy(() -> start(application)).hasStackTraceContaining(OncePerClusterException.class.getName());
        assertThat(output).contains("APPLICATION FAILED TO START", ".job' has @OncePerCluster, but ", "Action:");
    }

    @Test
    void twoJobsOfOneNameAreRefusedAtTheStart(CapturedOutput output) {
        assertThatThrownBy(() -> start(Twins.class)).hasStackTraceContaining(OncePerClusterException.class.getName());
        assertThat(output).contains("Two methods with @OncePerCluster have the name 'twin'.");
    }

    @Test
    void anApplicationWithoutJobsHasNoMapOfThem() {
        ConfigurableApplicationContext one = start(None.class);

        assertThat(shownBy(one)).isEmpty();
        assertThat(one.getBean(SharedState.class).names(Kind.MAP)).isEmpty();
    }

    @Test
    void theEndpointShowsWhoRunsAJob() throws Exception {
        ConfigurableApplicationContext one = start(Often.class);
        work(one).runs.acquire();

        assertThat(shownBy(one)).containsOnlyKeys("often");
        assertThat(shownBy(one).get("often")).isNotNull().satisfies(job -> {
            assertThat(job.owner()).isZero();
            assertThat(job.runs()).isPositive();
            assertThat(job.begun()).isBetween(Instant.now().minusSeconds(60), Instant.now());
        });
    }

    private static Map<String, Jobs.Status> shownBy(ConfigurableApplicationContext instance) {
        return new SharedStateEndpoint(instance.getBean(SharedState.class), instance.getBeanFactory())
                .sharedState()
                .jobs();
    }

    /** What jobs do. */
    static class Work {

        final Semaphore runs = new Semaphore(0);
        final AtomicInteger unprotected = new AtomicInteger();
        final AtomicBoolean hold = new AtomicBoolean();
        final AtomicBoolean fail = new AtomicBoolean();
        final CountDownLatch held = new CountDownLatch(1);
        final CountDownLatch released = new CountDownLatch(1);
    }

    @Configuration(proxyBeanMethods = false)
    @EnableScheduling
    @ImportAutoConfiguration({
        SharedStateAutoConfiguration.class,
        SharedStateSchedulingAutoConfiguration.class,
        TaskSchedulingAutoConfiguration.class
    })
    static class None {}

    @Configuration(proxyBeanMethods = false)
    static class Often extends None {

        @Bean
        Work work() {
            return new Work();
        }

        @Bean
        OftenJob job(Work work) {
            return new OftenJob(work);
        }
    }

    static class OftenJob {

        private final Work work;

        OftenJob(Work work) {
            this.work = work;
        }

        @Scheduled(fixedRate = 5)
        @OncePerCluster(name = "${often:often}")
        public void run() throws InterruptedException {
            work.runs.release();
            if (work.hold.get()) {
                work.held.countDown();
                work.released.await();
            }
            if (work.fail.get()) {
                throw new IllegalStateException("failed on purpose");
            }
        }

        @Scheduled(fixedRate = 5)
        void runEverywhere() {
            work.unprotected.incrementAndGet();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Nightly extends None {

        @Bean
        Work work() {
            return new Work();
        }

        @Bean
        NightlyJob job(Work work) {
            return new NightlyJob(work);
        }
    }

    static class NightlyJob {

        private final Work work;

        NightlyJob(Work work) {
            this.work = work;
        }

        @Scheduled(cron = "0 0 2 29 2 *")
        @OncePerCluster(name = "nightly", onAbandoned = OnAbandoned.RERUN)
        public void run() {
            work.runs.release();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class FinalClass extends None {

        static final class Bad {
            @OncePerCluster
            public void job() {}
        }

        @Bean
        Bad bad() {
            return new Bad();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class FinalMethod extends None {

        static class Bad {
            @OncePerCluster
            public final void job() {}
        }

        @Bean
        Bad bad() {
            return new Bad();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Private extends None {

        static class Bad {
            @OncePerCluster
            @SuppressWarnings("unused")
            private void job() {}
        }

        @Bean
        Bad bad() {
            return new Bad();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Reactive extends None {

        static class Bad {
            @Scheduled(fixedRate = 5)
            @OncePerCluster
            public CompletableFuture<Duration> job() {
                return CompletableFuture.completedFuture(Duration.ZERO);
            }
        }

        @Bean
        Bad bad() {
            return new Bad();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Twins extends None {

        static class Bad {
            @OncePerCluster(name = "twin")
            public void job() {}

            @OncePerCluster(name = "twin")
            public void other() {}
        }

        @Bean
        Bad bad() {
            return new Bad();
        }
    }
}
