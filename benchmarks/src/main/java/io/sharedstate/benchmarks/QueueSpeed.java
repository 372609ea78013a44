package io.sharedstate.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Messages of 100 bytes through a queue, from one process to another; and through a list of Redis, if there is a {@code
 * redis-server} on the PATH.
 *
 * @param offer nanoseconds of an offer that nobody contends with, the shortest of all rounds
 * @param heapOffer the same of a copy in an {@code ArrayBlockingQueue} of one process
 * @param single messages per second, one by one, for each round
 * @param batches the same, a hundred at once
 * @param redisSingle messages per second through Redis, one by one; empty if there is none
 * @param redisBatches the same, a hundred at once
 * @param p50 milliseconds from an offer to a consumer that has waited
 * @param idle percent of a core that a consumer uses which waits
 */
record QueueSpeed(
        double offer,
        double heapOffer,
        List<Double> single,
        List<Double> batches,
        List<Double> redisSingle,
        List<Double> redisBatches,
        double p50,
        double p99,
        double idle) {

    private static final int BATCH = 100;

    static QueueSpeed measure(int rounds, int messages, int latencies, long idleMs) {
        try (Scratch scratch = Scratch.create();
                RedisServer redis = RedisServer.startIfThere(scratch).orElse(null);
                Child producer = worker(scratch);
                Child consumer = worker(scratch)) {
            List<Double> offer = new ArrayList<>();
            List<Double> heapOffer = new ArrayList<>();
            int offers = Math.min(messages, 50_000);
            for (int round = 0; round < 10 * rounds; round++) {
                long[] took = producer.ask("offer", offers);
                offer.add((double) took[0] / offers);
                heapOffer.add((double) took[1] / offers);
            }
            List<Double> single = new ArrayList<>();
            List<Double> batches = new ArrayList<>();
            List<Double> redisSingle = new ArrayList<>();
            List<Double> redisBatches = new ArrayList<>();
            for (int round = -1; round < rounds; round++) {
                double one = rate(producer, consumer, "produce", "consume", "", messages, 1);
                double many = rate(producer, consumer, "produce", "consume", "", messages, BATCH);
                if (round >= 0) {
                    single.add(one);
                    batches.add(many);
                }
                if (round >= 0 && redis != null) {
                    redisSingle.add(rate(producer, consumer, "push", "pop", redis.port() + " ", messages / 20, 1));
                    redisBatches.add(rate(producer, consumer, "push", "pop", redis.port() + " ", messages, BATCH));
                }
            }
            consumer.send("arrive", latencies);
            producer.ask("send", latencies);
            long[] times = consumer.receive();
            consumer.send("take");
            pause(idleMs / 4);
            long before = consumer.cpuNs();
            long begin = System.nanoTime();
            pause(idleMs);
            double idle = 100.0 * (consumer.cpuNs() - before) / (System.nanoTime() - begin);
            return new QueueSpeed(
                    Collections.min(offer),
                    Collections.min(heapOffer),
                    single,
                    batches,
                    redisSingle,
                    redisBatches,
                    times[0] / 1e6,
                    times[1] / 1e6,
                    idle);
        }
    }

    private static Child worker(Scratch scratch) {
        Child child = Child.start(
                System.getProperty("java.class.path"),
                QueueWorker.class,
                "-Dlogback.configurationFile=quiet-logback.xml");
        child.ask("join", scratch.path());
        return child;
    }

    /** Messages per second, from when both are asked to when the consumer is done. */
    private static double rate(
            Child producer, Child consumer, String produce, String consume, String port, int messages, int batch) {
        String numbers = " " + port + messages + " " + batch;
        long begin = System.nanoTime();
        consumer.send(consume + numbers);
        producer.send(produce + numbers);
        producer.receive();
        return messages * 1e9 / (consumer.receive()[0] - begin);
    }

    private static void pause(long ms) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
