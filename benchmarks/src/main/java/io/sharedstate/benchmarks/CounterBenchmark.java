package io.sharedstate.benchmarks;

import io.sharedstate.SharedCounter;
import io.sharedstate.SharedState;
import io.sharedstate.mapped.MappedEngine;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Adding one, by one thread. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CounterBenchmark {

    static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private final Scratch scratch = Scratch.create();
    private final SharedState state = MappedEngine.at(scratch.state()).open();
    private final SharedCounter sharedCounter = state.counter("hits");
    private final AtomicLong atomicLong = new AtomicLong();
    private final ByteBuffer page = scratch.page();

    @Benchmark
    public long atomicLong() {
        return atomicLong.incrementAndGet();
    }

    @Benchmark
    public long sharedCounter() {
        return sharedCounter.incrementAndGet();
    }

    @Benchmark
    public long bareVarHandle() {
        return (long) LONG.getAndAdd(page, 0, 1L) + 1;
    }

    @TearDown
    public void leave() {
        state.close();
        scratch.close();
    }
}
