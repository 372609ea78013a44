package io.sharedstate.benchmarks;

import io.micrometer.core.instrument.MeterRegistry;
import io.sharedstate.MapStatistics;
import io.sharedstate.SharedState;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusOutputFormat;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusScrapeEndpoint;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/**
 * What it costs that any member answers Prometheus for all. The members are in one JVM.
 *
 * @param series in an answer
 * @param bytes of it
 * @param told bytes that all members' own series take in the state
 * @param answerMs CPU of an answer
 * @param telling percent of a core that each member needs to tell its series once a second
 */
record ScrapeCost(long series, int bytes, long told, double answerMs, double telling) {

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final int SERIES_OF_A_ROUND = 5;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}

    /**
     * @param own series that each member has, beside those of its JVM
     * @param scrapes how many are measured, after as many more
     */
    static ScrapeCost measure(int members, int own, int scrapes, long measureMs) {
        List<ConfigurableApplicationContext> all = new ArrayList<>();
        try (Scratch scratch = Scratch.create()) {
            try {
                for (int i = 0; i < members; i++) {
                    all.add(start(scratch, own));
                }
                return measure(all, scrapes, measureMs);
            } finally {
                all.forEach(ConfigurableApplicationContext::close);
            }
        }
    }

    private static ConfigurableApplicationContext start(Scratch scratch, int own) {
        ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .bannerMode(Banner.Mode.OFF)
                .properties(
                        "spring.application.name=scraped",
                        "logging.threshold.console=off",
                        "management.endpoints.web.exposure.include=prometheus",
                        "sharedstate.mapped.directory=" + scratch.state(),
                        "sharedstate.metrics.scope=cluster")
                .run();
        MeterRegistry meters = context.getBean(MeterRegistry.class);
        for (int i = 0; i < own / SERIES_OF_A_ROUND; i++) {
            String uri = "/orders/" + i;
            meters.counter("orders.placed", "uri", uri, "outcome", "SUCCESS").increment(i);
            meters.counter("orders.refused", "uri", uri, "outcome", "CLIENT_ERROR")
                    .increment(i);
            // count, sum and maximum
            meters.timer("orders.time", "uri", uri, "method", "POST", "status", "201")
                    .record(i, TimeUnit.MILLISECONDS);
        }
        return context;
    }

    private static ScrapeCost measure(List<ConfigurableApplicationContext> all, int scrapes, long measureMs) {
        ConfigurableApplicationContext first = all.get(0);
        PrometheusScrapeEndpoint endpoint = first.getBean(PrometheusScrapeEndpoint.class);
        byte[] answer = scrape(endpoint);
        List<Double> times = new ArrayList<>();
        for (int i = -scrapes; i < scrapes; i++) {
            long before = THREADS.getCurrentThreadCpuTime();
            answer = scrape(endpoint);
            if (i >= 0) {
                times.add((THREADS.getCurrentThreadCpuTime() - before) / 1e6);
            }
        }
        long begin = System.nanoTime();
        long before = tellingNs();
        long end = begin + TimeUnit.MILLISECONDS.toNanos(measureMs);
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
        double telling = 100.0 * (tellingNs() - before) / (System.nanoTime() - begin) / all.size();
        MapStatistics told = first.getBean(SharedState.class)
                .mapStatistics("sharedstate.metrics")
                .orElseThrow();
        long series = new String(answer, StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.startsWith("#"))
                .count();
        return new ScrapeCost(series, answer.length, told.bytes(), Statistics.median(times), telling);
    }

    private static byte[] scrape(PrometheusScrapeEndpoint endpoint) {
        return Objects.requireNonNull(
                endpoint.scrape(PrometheusOutputFormat.CONTENT_TYPE_004, null).getBody());
    }

    private static long tellingNs() {
        long ns = 0;
        for (var thread : THREADS.getThreadInfo(THREADS.getAllThreadIds())) {
            if (thread != null && thread.getThreadName().equals("sharedstate-teller")) {
                ns += THREADS.getThreadCpuTime(thread.getThreadId());
            }
        }
        return ns;
    }
}
