package io.sharedstate.benchmarks;

import io.sharedstate.Delivery;
import io.sharedstate.SharedCounter;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedQueue;
import io.sharedstate.SharedState;
import io.sharedstate.redis.RedisEngine;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/** Ours. */
final class SharedOnRedis implements OnRedis {

    private final LettuceConnectionFactory connections;
    private final SharedState state;
    private final SharedCounter counter;
    private final SharedLock lock;
    private final SharedMap<String, String> map;
    private final SharedMap<String, String> expiring;
    private final SharedQueue<String> queue;

    SharedOnRedis(int port) {
        connections = new LettuceConnectionFactory(new RedisStandaloneConfiguration(RedisServer.HOST, port));
        connections.afterPropertiesSet();
        connections.start();
        state = RedisEngine.on(connections).open();
        counter = state.counter("hits");
        lock = state.lock("orders");
        map = state.map("strings", String.class, String.class);
        expiring = state.map("expiring", String.class, String.class);
        queue = state.queue("messages", String.class);
        for (int i = 0; i < ENTRIES; i++) {
            map.put(OnRedis.key(i), PAYLOAD);
        }
    }

    @Override
    public void increment() {
        counter.incrementAndGet();
    }

    @Override
    public void count() {
        counter.get();
    }

    @Override
    public void lock() {
        lock.lock();
    }

    @Override
    public void unlock() {
        lock.unlock();
    }

    @Override
    public void lock(int count) {
        for (int i = 0; i < count; i++) {
            state.lock("many-" + i).lock();
        }
    }

    @Override
    public void unlock(int count) {
        for (int i = 0; i < count; i++) {
            state.lock("many-" + i).unlock();
        }
    }

    @Override
    public void get() {
        Objects.requireNonNull(map.get(OnRedis.key()));
    }

    @Override
    public void put() {
        map.put(OnRedis.key(), PAYLOAD);
    }

    @Override
    public void putWithTtl() {
        expiring.put(OnRedis.key(), PAYLOAD, Duration.ofMillis(TTL_MS));
    }

    @Override
    public void offer() {
        queue.add(PAYLOAD);
    }

    @Override
    public void receive() {
        try {
            List<Delivery<String>> received = queue.receive(1, Duration.ofSeconds(10));
            received.get(0).value();
            received.get(0).done();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        state.close();
        connections.destroy();
    }
}
