package io.sharedstate.it.process;

import java.util.Random;

/** Where a test's chance comes from: printed, and chosen by {@code -Dsharedstate.test.seed=...} to have the same again. */
final class Seed {

    private Seed() {}

    static Random random(Class<?> test) {
        long seed = Long.getLong("sharedstate.test.seed", System.nanoTime());
        System.out.printf("%s: -Dsharedstate.test.seed=%d%n", test.getSimpleName(), seed);
        return new Random(seed);
    }
}
