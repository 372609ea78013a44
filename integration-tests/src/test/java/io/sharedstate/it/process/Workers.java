package io.sharedstate.it.process;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** All the JVMs of one test; those that still live are killed when it is over. */
final class Workers implements AutoCloseable {

    /** What a worker has said when it is at work. */
    private static final int WARM = 20;

    private final List<Worker> all = new ArrayList<>();

    Worker fork(Class<? extends Work> work, Path directory, Object... arguments) {
        return add(Worker.fork(work, directory, arguments));
    }

    List<Worker> fork(int count, Class<? extends Work> work, Path directory, Object... arguments) {
        List<Worker> workers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            workers.add(fork(work, directory, arguments));
        }
        return workers;
    }

    Worker add(Worker worker) {
        all.add(worker);
        return worker;
    }

    /** Does it to all of them at once rather than in turn: what it waits for, all are doing meanwhile. */
    void each(Consumer<Worker> action) {
        all.forEach(action);
    }

    /** One of these, chosen at random, that is at work, not beginning it. */
    static Worker working(List<Worker> alive, Random random) throws InterruptedException {
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60); System.nanoTime() < end; ) {
            Worker worker = alive.get(random.nextInt(alive.size()));
            if (worker.saidLines() >= WARM) {
                return worker;
            }
            LockSupport.parkNanos(100_000);
        }
        throw new AssertionError("none of " + alive + " says anything");
    }

    @Override
    public void close() {
        all.forEach(Worker::close);
    }
}
