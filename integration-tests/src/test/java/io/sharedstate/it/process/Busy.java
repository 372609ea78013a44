package io.sharedstate.it.process;

import io.sharedstate.SharedState;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Threads that work at random, from a seed, until the parent says something or kills them. */
abstract class Busy implements Work {

    static final int THREADS = 2;

    /** Works until the child {@linkplain Child#hasHeard() has heard} something. */
    abstract void work(Child child, SharedState state, Random random);

    @Override
    public final void run(Child child) throws Exception {
        Random seeds = new Random(child.number(0));
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try (SharedState state = child.open()) {
            List<Future<?>> ends = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                Random random = new Random(seeds.nextLong());
                ends.add(threads.submit(() -> work(child, state, random)));
            }
            for (Future<?> end : ends) {
                end.get();
            }
        }
    }
}
