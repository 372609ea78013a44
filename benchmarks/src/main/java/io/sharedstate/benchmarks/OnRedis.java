package io.sharedstate.benchmarks;

import java.util.concurrent.ThreadLocalRandom;

/** One way to keep the same things on a Redis server, on connections of its own. */
interface OnRedis extends AutoCloseable {

    int ENTRIES = 10_000;
    /** What is put lives longer than a measurement takes. */
    int TTL_MS = 3_600_000;

    /** 100 bytes, of a message or an entry. */
    String PAYLOAD = "x".repeat(100);

    /** Any entry of a map. */
    static String key() {
        return key(ThreadLocalRandom.current().nextInt(ENTRIES));
    }

    static String key(int number) {
        return "key-" + number;
    }

    void increment();

    void count();

    void lock();

    void unlock();

    /** Locks of names of their own. */
    void lock(int count);

    void unlock(int count);

    void get();

    void put();

    void putWithTtl();

    void offer();

    /** Receives a message, and says that it is done, so that nobody receives it again. */
    void receive();

    @Override
    void close();
}
