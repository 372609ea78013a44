package io.sharedstate.benchmarks;

import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.autoconfigure.scheduling.OncePerCluster;
import io.sharedstate.autoconfigure.scheduling.SharedStateSchedulingAutoConfiguration;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;
import org.springframework.scheduling.annotation.Scheduled;

/** An application with one job, which is owned by who calls it first. No scheduler calls it. */
@Configuration(proxyBeanMethods = false)
@ImportAutoConfiguration({SharedStateAutoConfiguration.class, SharedStateSchedulingAutoConfiguration.class})
class ScheduledApplication {

    /** Counts its runs in this process. */
    static class Job {

        long runs;

        @Scheduled(fixedRate = 1_000)
        @OncePerCluster
        public void tick() {
            runs++;
        }

        public long runs() {
            return runs;
        }
    }

    @Bean
    Job job() {
        return new Job();
    }

    static AnnotationConfigApplicationContext start(Path directory) {
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        context.getEnvironment()
                .getPropertySources()
                .addFirst(new MapPropertySource(
                        "benchmark",
                        Map.of("sharedstate.name", "jobs", "sharedstate.mapped.directory", directory.toString())));
        context.register(ScheduledApplication.class);
        context.refresh();
        return context;
    }

    /** Owns the job until its input ends. */
    public static void main(String[] args) throws IOException {
        try (AnnotationConfigApplicationContext context = start(Path.of(System.getProperty("directory")))) {
            context.getBean(Job.class).tick();
            System.out.println(context.getBean(Job.class).runs());
            while (System.in.read() >= 0) {}
        }
    }
}
