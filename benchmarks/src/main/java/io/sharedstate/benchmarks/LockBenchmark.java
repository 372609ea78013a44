package io.sharedstate.benchmarks;

import io.sharedstate.SharedLock;
import io.sharedstate.SharedState;
import io.sharedstate.mapped.MappedEngine;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Locking and unlocking what nobody else wants. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LockBenchmark {

    private final Scratch scratch = Scratch.create();
    private final SharedState state = MappedEngine.at(scratch.state()).open();
    private final SharedLock sharedLock = state.lock("orders");
    private final ReentrantLock reentrantLock = new ReentrantLock();
    private final FileChannel file = Scratch.open(scratch.path().resolve("locked"));
    private long guarded;

    @Benchmark
    public long reentrantLock() {
        reentrantLock.lock();
        try {
            return ++guarded;
        } finally {
            reentrantLock.unlock();
        }
    }

    @Benchmark
    public long sharedLock() {
        sharedLock.lock();
        try {
            return ++guarded;
        } finally {
            sharedLock.unlock();
        }
    }

    @Benchmark
    public long fileLock() throws IOException {
        try (FileLock held = file.lock()) {
            return held.position() + ++guarded;
        }
    }

    @TearDown
    public void leave() throws IOException {
        state.close();
        file.close();
        scratch.close();
    }
}
