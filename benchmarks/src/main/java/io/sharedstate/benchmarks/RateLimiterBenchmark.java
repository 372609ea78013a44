package io.sharedstate.benchmarks;

import io.sharedstate.RateLimit;
import io.sharedstate.SharedKeyedRateLimiter;
import io.sharedstate.SharedRateLimiter;
import io.sharedstate.SharedState;
import io.sharedstate.mapped.MappedEngine;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Taking a permit, and what it can't be without: reading the clock. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RateLimiterBenchmark {

    private final Scratch scratch = Scratch.create();
    private final SharedState state = MappedEngine.at(scratch.state()).open();
    private final SharedRateLimiter wide =
            state.rateLimiter("wide", RateLimit.of(1_000_000_000, Duration.ofSeconds(1)));
    private final SharedRateLimiter narrow = state.rateLimiter("narrow", RateLimit.of(1, Duration.ofDays(1)));

    private final SharedKeyedRateLimiter keyed =
            state.keyedRateLimiter("keyed", RateLimit.of(1_000_000_000, Duration.ofSeconds(1)));
    private final String[] keys = IntStream.range(0, 10_000)
            .mapToObj(i -> "10.0." + i / 250 + "." + i % 250)
            .toArray(String[]::new);
    private int next;

    @Setup
    public void exhaust() {
        narrow.tryAcquire();
    }

    @TearDown
    public void close() {
        state.close();
        scratch.close();
    }

    @Benchmark
    public long nanoTime() {
        return System.nanoTime();
    }

    @Benchmark
    public boolean tryAcquire() {
        return wide.tryAcquire();
    }

    @Benchmark
    public boolean refused() {
        return narrow.tryAcquire();
    }

    /** The keys in an order that is neither theirs nor random. */
    @Benchmark
    public boolean perKey() {
        next = (next + 7_919) % keys.length;
        return keyed.tryAcquire(keys[next]);
    }
}
