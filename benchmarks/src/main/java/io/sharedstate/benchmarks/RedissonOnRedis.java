package io.sharedstate.benchmarks;

import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.redisson.Redisson;
import org.redisson.api.RAtomicLong;
import org.redisson.api.RLock;
import org.redisson.api.RMap;
import org.redisson.api.RMapCache;
import org.redisson.api.RStream;
import org.redisson.api.RedissonClient;
import org.redisson.api.stream.StreamAddArgs;
import org.redisson.api.stream.StreamCreateGroupArgs;
import org.redisson.api.stream.StreamMessageId;
import org.redisson.api.stream.StreamReadGroupArgs;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

/** The peer, as it is when nothing is set; with text as text, as ours has it. */
final class RedissonOnRedis implements OnRedis {

    private final RedissonClient client;
    private final RAtomicLong counter;
    private final RLock lock;
    private final RMap<String, String> map;
    private final RMapCache<String, String> expiring;
    private final RStream<String, String> stream;

    RedissonOnRedis(int port) {
        Config config = new Config().setCodec(StringCodec.INSTANCE);
        config.useSingleServer().setAddress("redis://" + RedisServer.HOST + ":" + port);
        client = Redisson.create(config);
        counter = client.getAtomicLong("redisson:hits");
        lock = client.getLock("redisson:orders");
        map = client.getMap("redisson:strings");
        expiring = client.getMapCache("redisson:expiring");
        stream = client.getStream("redisson:messages");
        stream.createGroup(StreamCreateGroupArgs.name("all").makeStream());
        for (int i = 0; i < ENTRIES; i++) {
            map.fastPut(OnRedis.key(i), PAYLOAD);
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
            client.getLock("redisson:many-" + i).lock();
        }
    }

    @Override
    public void unlock(int count) {
        for (int i = 0; i < count; i++) {
            client.getLock("redisson:many-" + i).unlock();
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
        expiring.put(OnRedis.key(), PAYLOAD, TTL_MS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void offer() {
        stream.add(StreamAddArgs.entry("bytes", PAYLOAD));
    }

    @Override
    public void receive() {
        StreamMessageId id = stream.readGroup(
                        "all", "me", StreamReadGroupArgs.neverDelivered().count(1))
                .keySet()
                .iterator()
                .next();
        stream.ack("all", id);
        stream.remove(id);
    }

    @Override
    public void close() {
        client.shutdown();
    }
}
