package io.sharedstate.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs JMH benchmarks in turns, each time in a JVM of its own, so that what else the machine does meets all of them alike.
 *
 * @param nanoseconds of CPU for each benchmark method, the shortest iteration of each round: what else the machine does can only
 *     add to it
 */
record Jmh(Map<String, List<Double>> nanoseconds) {

    static Jmh run(int rounds, TimeValue warmUp, TimeValue measured, Class<?> benchmarks, String... methods) {
        return run(rounds, warmUp, measured, options -> options, benchmarks, methods);
    }

    /** @param more options that these benchmarks need */
    static Jmh run(
            int rounds,
            TimeValue warmUp,
            TimeValue measured,
            UnaryOperator<ChainedOptionsBuilder> more,
            Class<?> benchmarks,
            String... methods) {
        Jmh results = new Jmh(new LinkedHashMap<>());
        for (int round = 0; round < rounds; round++) {
            for (String method : methods) {
                results.nanoseconds
                        .computeIfAbsent(method, absent -> new ArrayList<>())
                        .add(run(more.apply(options(benchmarks, method)), warmUp, measured));
            }
        }
        return results;
    }

    private static ChainedOptionsBuilder options(Class<?> benchmarks, String method) {
        return new OptionsBuilder().include("^" + Pattern.quote(benchmarks.getName() + "." + method) + "$");
    }

    private static double run(ChainedOptionsBuilder options, TimeValue warmUp, TimeValue measured) {
        try {
            RunResult result = new Runner(options.forks(1)
                            .addProfiler(CpuTime.class)
                            .warmupIterations(12)
                            .warmupTime(warmUp)
                            .measurementIterations(20)
                            .measurementTime(measured)
                            .shouldFailOnError(true)
                            .verbosity(VerboseMode.SILENT)
                            .build())
                    .runSingle();
            Result<?> cpu = Objects.requireNonNull(result.getSecondaryResults().get(CpuTime.LABEL));
            return cpu.getStatistics().getMin();
        } catch (RunnerException e) {
            throw new IllegalStateException(options.build().getIncludes() + " failed", e);
        }
    }

    /** Bytes that an operation allocates. */
    static double allocated(Class<?> benchmarks, String method, UnaryOperator<ChainedOptionsBuilder> more) {
        ChainedOptionsBuilder options = more.apply(options(benchmarks, method));
        try {
            RunResult result = new Runner(options.forks(1)
                            .addProfiler(GCProfiler.class)
                            .warmupIterations(10)
                            .warmupTime(TimeValue.milliseconds(200))
                            .measurementIterations(5)
                            .measurementTime(TimeValue.milliseconds(200))
                            .shouldFailOnError(true)
                            .verbosity(VerboseMode.SILENT)
                            .build())
                    .runSingle();
            return Objects.requireNonNull(result.getSecondaryResults().get("gc.alloc.rate.norm"))
                    .getScore();
        } catch (RunnerException e) {
            throw new IllegalStateException(method + " failed", e);
        }
    }

    double median(String method) {
        return Statistics.median(of(method));
    }

    double ratio(String method, String peer) {
        return Statistics.medianRatio(of(method), of(peer));
    }

    private List<Double> of(String method) {
        return Objects.requireNonNull(nanoseconds.get(method), method);
    }
}
