package io.sharedstate.benchmarks;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What one thread does on a Redis server over loopback, in turns with our engine, with bare commands of Lettuce, and with Redisson. The time is that
 * which passes.
 *
 * @param threads that a thousand held locks have added
 */
record RedisSpeed(Times ours, Times lettuce, Times redisson, int threads, int redissonThreads) {

    private static final int LOCKS = 1_000;

    /** What is timed, and what has to be done after it and isn't. */
    @SuppressWarnings("ImmutableEnumChecker")
    enum Operation {
        INCREMENT(OnRedis::increment),
        COUNT(OnRedis::count),
        LOCK(OnRedis::lock, OnRedis::unlock),
        LOCK_AND_UNLOCK(client -> {
            client.lock();
            client.unlock();
        }),
        GET(OnRedis::get),
        PUT(OnRedis::put),
        PUT_WITH_TTL(OnRedis::putWithTtl),
        OFFER(OnRedis::offer, OnRedis::receive),
        OFFER_AND_RECEIVE(client -> {
            client.offer();
            client.receive();
        });

        private final Consumer<OnRedis> timed;
        private final Consumer<OnRedis> after;

        Operation(Consumer<OnRedis> timed) {
            this(timed, client -> {});
        }

        Operation(Consumer<OnRedis> timed, Consumer<OnRedis> after) {
            this.timed = timed;
            this.after = after;
        }

        /** Nanoseconds of one of so many. */
        private double run(OnRedis client, int count) {
            long took = 0;
            for (int i = 0; i < count; i++) {
                long begin = System.nanoTime();
                timed.accept(client);
                took += System.nanoTime() - begin;
                after.accept(client);
            }
            return (double) took / count;
        }
    }

    /** @param nanoseconds of an operation, for each round */
    record Times(Map<Operation, List<Double>> nanoseconds) {

        private static Times none() {
            return new Times(new EnumMap<>(Operation.class));
        }

        private void add(Operation operation, double each) {
            nanoseconds.computeIfAbsent(operation, absent -> new ArrayList<>()).add(each);
        }

        List<Double> of(Operation operation) {
            return nanoseconds.getOrDefault(operation, List.of());
        }
    }

    /**
     * @param rounds a quarter of them and one more are run before, to warm up
     * @param operations in a row, of each kind, in each round
     * @return empty if there is no server
     */
    static Optional<RedisSpeed> measure(int rounds, int operations) {
        try (Scratch scratch = Scratch.create();
                RedisServer server = RedisServer.startIfThere(scratch).orElse(null)) {
            return server == null ? Optional.empty() : Optional.of(measure(server.port(), rounds, operations));
        }
    }

    private static RedisSpeed measure(int port, int rounds, int operations) {
        try (OnRedis shared = new SharedOnRedis(port);
                OnRedis bare = new LettuceOnRedis(port);
                OnRedis peer = new RedissonOnRedis(port)) {
            Times ours = Times.none();
            Times lettuce = Times.none();
            Times redisson = Times.none();
            Map<OnRedis, Times> all = new LinkedHashMap<>();
            all.put(shared, ours);
            all.put(bare, lettuce);
            all.put(peer, redisson);
            for (int round = -rounds / 4 - 1; round < rounds; round++) {
                boolean counts = round >= 0;
                for (Operation operation : Operation.values()) {
                    all.forEach((client, times) -> {
                        double each = operation.run(client, operations);
                        if (counts) {
                            times.add(operation, each);
                        }
                    });
                }
            }
            return new RedisSpeed(ours, lettuce, redisson, threadsOfLocks(shared), threadsOfLocks(peer));
        }
    }

    /** How many times as fast as Redisson's a lock and unlock of ours are. */
    double lockPair() {
        return Statistics.medianRatio(redisson.of(Operation.LOCK_AND_UNLOCK), ours.of(Operation.LOCK_AND_UNLOCK));
    }

    private static int threadsOfLocks(OnRedis client) {
        int before = Thread.getAllStackTraces().size();
        client.lock(LOCKS);
        int held = Thread.getAllStackTraces().size();
        client.unlock(LOCKS);
        return held - before;
    }
}
