package io.sharedstate.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/** A job's time has come, and it is another process's: what its scheduler calls does nothing. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class OncePerClusterBenchmark {

    private final Scratch scratch = Scratch.create();
    private final Child owner = Child.start(
            System.getProperty("java.class.path"),
            ScheduledApplication.class,
            "-Dlogback.configurationFile=quiet-logback.xml",
            "-Ddirectory=" + scratch.state());
    private final long runsOfOwner = owner.receive()[0];
    private final AnnotationConfigApplicationContext context = ScheduledApplication.start(scratch.state());
    private final ScheduledApplication.Job job = context.getBean(ScheduledApplication.Job.class);

    @Benchmark
    public void tick() {
        job.tick();
    }

    @TearDown
    public void leave() {
        long runs = job.runs();
        context.close();
        owner.close();
        scratch.close();
        if (runs != 0 || runsOfOwner != 1) {
            throw new IllegalStateException(runs + " runs of another's job, and " + runsOfOwner + " of its owner's");
        }
    }
}
