package io.sharedstate.it.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.autoconfigure.cache.SharedStateCacheAutoConfiguration;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Applications that compute each value once, all together, while those who compute are killed. */
class CacheTests {

    private static final int KILLS = 10;

    @TempDir(factory = SharedMemory.class)
    Path directory;

    @AutoClose
    final Workers workers = new Workers();

    /** Asks for each key that it hears; says when it has to compute a value, and hears it. */
    static final class Asking implements Work {

        @Override
        public void run(Child child) throws Exception {
            try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
                    .web(WebApplicationType.NONE)
                    .logStartupInfo(false)
                    .properties(
                            "spring.main.banner-mode=off",
                            "logging.level.root=warn",
                            "sharedstate.name=cached",
                            "sharedstate.mapped.directory=" + child.directory(),
                            "sharedstate.cache.enabled=true")
                    .initializers(starting -> starting.getBeanFactory().registerSingleton("child", child))
                    .run()) {
                Lookup lookup = context.getBean(Lookup.class);
                child.say("ready");
                for (String key = child.hear(); !key.equals("stop"); key = child.hear()) {
                    child.say("asking", key);
                    child.say("found", lookup.find(key));
                }
            }
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableCaching
    @ImportAutoConfiguration({SharedStateAutoConfiguration.class, SharedStateCacheAutoConfiguration.class})
    static class Application {

        @Bean
        Lookup lookup(Child child) {
            return new Lookup(child);
        }
    }

    static class Lookup {

        private final Child child;

        Lookup(Child child) {
            this.child = child;
        }

        @Cacheable(cacheNames = "values", sync = true)
        public String find(String key) throws InterruptedException {
            child.say("computing", key, System.nanoTime());
            return child.hear();
        }
    }

    private Worker start() {
        return workers.add(Worker.behind(List.of(), System.getProperty("java.class.path"), Asking.class, directory));
    }

    private static void ask(Worker worker, String key) {
        worker.tell(key);
        assertThat(worker.expect("asking")).isEqualTo(key);
    }

    /** Who computes a key, of those who have asked for it: the others say nothing. */
    private static Worker computing(List<Worker> asked) throws InterruptedException {
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60); System.nanoTime() < end; ) {
            for (Worker worker : asked) {
                if (!worker.isSilent()) {
                    return worker;
                }
            }
            Thread.onSpinWait();
        }
        throw new AssertionError("none of " + asked + " computes");
    }

    @Test
    void whenTheOneThatComputesIsKilledAnotherComputesAtOnce() throws InterruptedException {
        List<Worker> alive = new ArrayList<>(List.of(start(), start(), start()));
        alive.forEach(worker -> worker.expect("ready"));
        long[] micros = new long[KILLS];
        for (int kill = 0; kill < KILLS; kill++) {
            String key = "key-" + kill;
            alive.forEach(worker -> ask(worker, key));
            Worker victim = computing(alive);
            assertThat(victim.expect("computing")).startsWith(key);
            assertThat(alive).filteredOn(worker -> !worker.isSilent()).isEmpty();
            alive.remove(victim);
            long killed = System.nanoTime();
            victim.kill();
            Worker successor = computing(alive);
            String[] said = successor.expect("computing").split(" ", -1);
            assertThat(said[0]).isEqualTo(key);
            micros[kill] = TimeUnit.NANOSECONDS.toMicros(Long.parseLong(said[1]) - killed);
            successor.tell("value-" + kill);
            alive.forEach(worker -> assertThat(worker.expect("found")).endsWith("value-" + key.substring(4)));
            Worker late = start();
            late.expect("ready");
            ask(late, key);
            assertThat(late.expect("found")).isEqualTo("value-" + kill);
            alive.add(late);
        }
        Arrays.sort(micros);
        System.out.printf(
                "kill to computing anew, %d times: p50 %.1f ms, max %.1f ms%n",
                KILLS, micros[KILLS / 2] / 1e3, micros[KILLS - 1] / 1e3);
        workers.each(worker -> assertThat(worker.isSilent()).isTrue());
        alive.forEach(worker -> worker.tell("stop"));
        alive.forEach(Worker::join);
    }
}
