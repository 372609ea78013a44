package io.sharedstate.benchmarks;

import io.lettuce.core.Consumer;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SetArgs;
import io.lettuce.core.XGroupCreateArgs;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.api.sync.RedisCommands;
import java.util.Map;
import java.util.Objects;

/** The least that does it: one command, or, to unlock, one script; a message that is done takes two. */
final class LettuceOnRedis implements OnRedis {

    private static final String RELEASE = """
            if redis.call('GET', KEYS[1]) == ARGV[1] then
              return redis.call('DEL', KEYS[1])
            end
            return 0
            """;

    private final RedisClient client;
    private final RedisCommands<String, String> commands;
    private final String release;

    LettuceOnRedis(int port) {
        client = RedisClient.create(RedisURI.create(RedisServer.HOST, port));
        commands = client.connect().sync();
        release = commands.scriptLoad(RELEASE);
        commands.set("bare:hits", "0");
        commands.xgroupCreate(
                XReadArgs.StreamOffset.from("bare:messages", "0"), "all", XGroupCreateArgs.Builder.mkstream());
        for (int i = 0; i < ENTRIES; i++) {
            commands.set("bare:" + OnRedis.key(i), PAYLOAD);
        }
    }

    @Override
    public void increment() {
        commands.incr("bare:hits");
    }

    @Override
    public void count() {
        commands.get("bare:hits");
    }

    @Override
    public void lock() {
        Objects.requireNonNull(
                commands.set("bare:orders", "me", SetArgs.Builder.nx().px(TTL_MS)));
    }

    @Override
    public void unlock() {
        commands.<Long>evalsha(release, ScriptOutputType.INTEGER, new String[] {"bare:orders"}, "me");
    }

    @Override
    public void lock(int count) {
        for (int i = 0; i < count; i++) {
            commands.set("bare:many-" + i, "me", SetArgs.Builder.nx().px(TTL_MS));
        }
    }

    @Override
    public void unlock(int count) {
        for (int i = 0; i < count; i++) {
            commands.del("bare:many-" + i);
        }
    }

    @Override
    public void get() {
        Objects.requireNonNull(commands.get("bare:" + OnRedis.key()));
    }

    @Override
    public void put() {
        commands.setGet("bare:" + OnRedis.key(), PAYLOAD);
    }

    @Override
    public void putWithTtl() {
        commands.setGet("bare:expiring:" + OnRedis.key(), PAYLOAD, SetArgs.Builder.px(TTL_MS));
    }

    @Override
    public void offer() {
        commands.xadd("bare:messages", Map.of("bytes", PAYLOAD));
    }

    @Override
    @SuppressWarnings("unchecked") // Lettuce takes streams as generic varargs
    public void receive() {
        String id = commands.xreadgroup(
                        Consumer.from("all", "me"),
                        XReadArgs.Builder.count(1),
                        XReadArgs.StreamOffset.lastConsumed("bare:messages"))
                .get(0)
                .getId();
        commands.xack("bare:messages", "all", id);
        commands.xdel("bare:messages", id);
    }

    @Override
    public void close() {
        client.shutdown();
    }
}
