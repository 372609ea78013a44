package io.sharedstate.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.ScalarResult;

/**
 * CPU time of an operation, with its garbage collection, but without that of the JVM's compilers, which on a busy machine still have work
 * after the warming up. On a machine that is quiet it is the time that passes; on one that is busy it leaves out the time in which others had
 * the core.
 */
public final class CpuTime implements InternalProfiler {

    static final String LABEL = "cpu";

    /** In the names of their threads, which the kernel cuts off. */
    private static final String COMPILER = "CompilerThre";

    private Map<Path, Long> before = Map.of();

    /** Nanoseconds that the threads of a process have been on a CPU. */
    static long ofProcess(long pid) {
        return ofThreads(pid).values().stream().mapToLong(each -> each).sum();
    }

    private static Map<Path, Long> ofThreads(long pid) {
        Map<Path, Long> all = new HashMap<>();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
            threads.forEach(thread -> all.put(thread, ofThread(thread)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all;
    }

    private static long ofThread(Path thread) {
        try {
            String scheduled = Files.readString(thread.resolve("schedstat"));
            return Long.parseLong(scheduled.substring(0, scheduled.indexOf(' ')));
        } catch (IOException e) {
            return 0; // it has just ended
        }
    }

    private static boolean isCompiler(Path thread) {
        try {
            return Files.readString(thread.resolve("comm")).contains(COMPILER);
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public String getDescription() {
        return "CPU time of an operation";
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        before = ofThreads(ProcessHandle.current().pid());
    }

    @Override
    public Collection<ScalarResult> afterIteration(
            BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        Map<Path, Long> after = ofThreads(ProcessHandle.current().pid());
        // not of those that have ended: closing a state ends its threads, and would take what they had used before from
        // the sum
        long used = after.entrySet().stream()
                .filter(thread -> !isCompiler(thread.getKey()))
                .mapToLong(thread -> thread.getValue() - before.getOrDefault(thread.getKey(), 0L))
                .sum();
        double each = (double) used / result.getMetadata().getAllOps();
        return List.of(new ScalarResult(LABEL, each, "ns/op", AggregationPolicy.AVG));
    }
}
