package io.sharedstate.benchmarks;

import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateProperties;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.agrona.concurrent.AtomicBuffer;

/**
 * From starting a JVM to a web application that is ready, in milliseconds; an element for each pair of starts.
 *
 * @param without with nothing of this project on the class path
 * @param with the starter
 */
record BootStart(List<Double> without, List<Double> with) {

    /** What is on the class path for the sake of other measurements. */
    private static final Pattern OTHERS = Pattern.compile(
            "jetty|netty|webflux|reactor|redis|lettuce|spring-(data|tx|oxm|context-support)|rxjava|cache-api|kryo|jodd"
                    + "|actuator|spring-boot-health|spring-boot-micrometer-metrics|micrometer-(core|jakarta9|registry)|prometheus");

    static BootStart measure(int pairs) {
        String with = entries(entry -> !OTHERS.matcher(entry).find());
        Set<Path> ours = Set.of(of(SharedState.class), of(SharedStateProperties.class), of(AtomicBuffer.class));
        String without = entries(entry ->
                !OTHERS.matcher(entry).find() && !ours.contains(Path.of(entry).toAbsolutePath()));
        BootStart starts = new BootStart(new ArrayList<>(), new ArrayList<>());
        try (Scratch scratch = Scratch.create()) {
            for (int pair = -1; pair < pairs; pair++) {
                double a = start(without, 0, scratch);
                double b = start(with, 1, scratch);
                if (pair >= 0) {
                    starts.without.add(a);
                    starts.with.add(b);
                }
            }
        }
        return starts;
    }

    private static double start(String classPath, long counters, Scratch scratch) {
        long begin = System.nanoTime();
        try (Child application = Child.start(
                classPath,
                MinimalApplication.class,
                "-Djava.io.tmpdir=" + scratch.path(),
                "-Dserver.port=0",
                "-Dspring.main.banner-mode=off",
                "-Dlogging.threshold.console=off",
                "-Dsharedstate.mapped.directory=" + scratch.state())) {
            long[] ready = application.receive();
            if (ready[1] != counters) {
                throw new IllegalStateException("found " + ready[1] + " beans sharedCounter, expected " + counters
                        + ": the class path is not what it should be");
            }
            return (ready[0] - begin) / 1e6;
        }
    }

    /** What starting with the starter takes longer. */
    double added() {
        List<Double> added = new ArrayList<>();
        for (int i = 0; i < with.size(); i++) {
            added.add(with.get(i) - without.get(i));
        }
        return Statistics.median(added);
    }

    private static String entries(Predicate<String> kept) {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(kept)
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static Path of(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
