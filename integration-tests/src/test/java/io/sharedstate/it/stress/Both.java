package io.sharedstate.it.stress;

import io.sharedstate.SharedState;
import io.sharedstate.mapped.MappedEngine;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/**
 * The same named thing as two members have it. There are as many as jcstress works on at a time, used again and again, for
 * each of its tries wants one of its own.
 */
record Both<T>(T one, T other) {

    /** More than the stride size times the stride count that {@link StressTests} sets. */
    static final int LIVE = 1024;

    private static final Path DIRECTORY = Path.of(System.getProperty("sharedstate.stress.directory"))
            .resolve(String.valueOf(ProcessHandle.current().pid()));

    private static final SharedState ONE = MappedEngine.at(DIRECTORY).open();
    private static final SharedState OTHER = MappedEngine.at(DIRECTORY).open();

    /** Hands them out in turn. */
    static final class Pool<T> {

        private final Both<T>[] all;
        private final AtomicInteger next = new AtomicInteger();

        @SuppressWarnings("unchecked")
        Pool(BiFunction<SharedState, String, T> named) {
            all = IntStream.range(0, LIVE)
                    .mapToObj(i -> new Both<>(named.apply(ONE, "n" + i), named.apply(OTHER, "n" + i)))
                    .toArray(Both[]::new);
        }

        Both<T> next() {
            return all[Math.floorMod(next.getAndIncrement(), LIVE)];
        }
    }
}
