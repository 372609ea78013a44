package io.sharedstate.it.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.autoconfigure.scheduling.OncePerCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

/** A scheduled job over three applications, of which one runs it. */
class ScheduledTests {

    private static final int PERIOD_MS = 500;

    /** Of the work in each run. */
    private static final long WORK_NS = TimeUnit.MILLISECONDS.toNanos(100);

    /** A take-over is promised within a period and a second; this is the room for a busy machine. */
    private static final Duration PROMISE = Duration.ofMillis(PERIOD_MS + 1000).multipliedBy(10);

    private static final Duration STOPPED = Duration.ofSeconds(Integer.getInteger("sharedstate.test.stopped", 20));

    private final Random random = Seed.random(getClass());

    @TempDir(factory = SharedMemory.class)
    Path directory;

    @AutoClose
    final Workers workers = new Workers();

    private final List<Instance> instances = new ArrayList<>();

    /** An application that says when a run begins and ends, on the clock that all processes of a host share. */
    static final class Application implements Work {
        @Override
        public void run(Child child) throws Exception {
            new SpringApplicationBuilder(Schedule.class)
                    .web(WebApplicationType.NONE)
                    .properties(
                            "spring.main.banner-mode=off",
                            "logging.level.root=warn",
                            "sharedstate.name=job",
                            "sharedstate.mapped.directory=" + child.directory())
                    .initializers(context -> context.getBeanFactory().registerSingleton("child", child))
                    .run();
            child.say("ready");
            child.hear();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableScheduling
    static class Schedule {
        @Bean
        Job job(Child child) {
            return new Job(child);
        }
    }

    static class Job {

        private final Child child;

        Job(Child child) {
            this.child = child;
        }

        @Scheduled(fixedRate = PERIOD_MS)
        @OncePerCluster
        public void run() {
            child.say("begun", System.nanoTime());
            LockSupport.parkNanos(WORK_NS);
            child.say("ended", System.nanoTime());
        }
    }

    /** @param end of a run that was killed: its kill */
    private record Run(long begin, long end) {}

    /** An application, and its runs so far. */
    private static final class Instance {

        final Worker worker;
        final List<Run> runs = new ArrayList<>();
        long begun;
        boolean ready;

        Instance(Worker worker) {
            this.worker = worker;
        }

        /** Whether it has begun a run since the last time it was listened to. */
        boolean listen() {
            int before = runs.size();
            boolean wasRunning = begun != 0;
            for (String line : worker.said()) {
                String[] words = line.split(" ", -1);
                if (words[0].equals("begun")) {
                    begun = Long.parseLong(words[1]);
                } else if (words[0].equals("ended")) {
                    runs.add(new Run(begun, Long.parseLong(words[1])));
                    begun = 0;
                } else {
                    ready = true;
                }
            }
            return runs.size() > before || begun != 0 && !wasRunning;
        }

        void kill() {
            worker.kill();
            long killed = System.nanoTime();
            listen();
            if (begun != 0) {
                runs.add(new Run(begun, killed));
            }
        }
    }

    @BeforeEach
    void start() {
        for (int i = 0; i < 3; i++) {
            startOne();
        }
        awaitReady(instances);
    }

    private static void awaitReady(List<Instance> starting) {
        starting.forEach(instance -> await().atMost(Duration.ofMinutes(1)).until(() -> {
            instance.listen();
            return instance.ready;
        }));
    }

    private void startOne() {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        instances.add(new Instance(workers.add(Worker.behind(List.of(), classPath, Application.class, directory))));
    }

    /** The one that begins a run next. */
    private Instance awaitOwner(List<Instance> of) {
        return await().atMost(PROMISE)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> of.stream().filter(Instance::listen).findAny(), Optional::isPresent)
                .orElseThrow();
    }

    @Test
    void noTwoEverRunItAtOnceAndAnotherGoesOnWhenTheOwnerIsKilled() {
        List<Instance> alive = new ArrayList<>(instances);
        for (int kill = 1; kill <= 6; kill++) {
            Instance owner = awaitOwner(alive);
            LockSupport.parkNanos(random.nextLong(2 * WORK_NS)); // In a run, or between two.
            owner.kill();
            long killed = System.nanoTime();
            alive.remove(owner);
            awaitOwner(alive);
            System.out.printf("taken over %d ms after a kill%n", (System.nanoTime() - killed) / 1_000_000);
            startOne();
            alive.add(instances.get(instances.size() - 1));
            awaitReady(alive);
        }
        instances.forEach(instance -> instance.worker.close());
        instances.forEach(Instance::listen);

        List<Run> runs = instances.stream()
                .flatMap(instance -> instance.runs.stream())
                .sorted(Comparator.comparing(Run::begin))
                .toList();
        assertThat(runs).hasSizeGreaterThan(6);
        for (int i = 1; i < runs.size(); i++) {
            assertThat(runs.get(i).begin())
                    .as("begin of run %d of %s", i, runs)
                    .isGreaterThan(runs.get(i - 1).end());
        }
    }

    @Test
    void nobodyElseRunsItWhileItsOwnerIsStopped() {
        Instance owner = awaitOwner(instances);
        owner.worker.stop();
        owner.listen();
        List<Instance> others =
                instances.stream().filter(instance -> instance != owner).toList();

        long end = System.nanoTime() + STOPPED.toNanos();
        while (System.nanoTime() < end) {
            assertThat(others).noneMatch(Instance::listen);
            LockSupport.parkNanos(1_000_000);
        }

        owner.worker.resume();
        assertThat(awaitOwner(instances)).isSameAs(owner);
    }
}
