package io.sharedstate.benchmarks;

import io.sharedstate.SharedState;
import io.sharedstate.SharedValue;
import io.sharedstate.mapped.MappedEngine;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Reading and replacing a value whose encoded form has 100 bytes. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ValueBenchmark {

    static final int SIZE = 100;

    /** The example has 100 bytes as JSON. */
    public record Seat(String event, String buyer, int row, int seat, long sold) {

        static final Seat EXAMPLE = new Seat("winter-concert-2026", "someone@example.com", 12, 7, 1_795_400_000_000L);
    }

    private final Scratch scratch = Scratch.create();
    private final SharedState state = MappedEngine.at(scratch.state()).open();
    private final byte[] content = new byte[SIZE];
    private final SharedValue<byte[]> bytes = state.value("bytes", byte[].class);
    private final SharedValue<String> string = state.value("string", String.class);
    private final SharedValue<Seat> record = state.value("record", Seat.class);

    public ValueBenchmark() {
        bytes.set(content);
        string.set("x".repeat(SIZE));
        record.set(Seat.EXAMPLE);
    }

    @Benchmark
    public byte @Nullable [] getBytes() {
        return bytes.get();
    }

    @Benchmark
    public @Nullable String getString() {
        return string.get();
    }

    @Benchmark
    public @Nullable Seat getRecord() {
        return record.get();
    }

    @Benchmark
    public void setBytes() {
        bytes.set(content);
    }

    @TearDown
    public void leave() {
        state.close();
        scratch.close();
    }
}
