package io.sharedstate.redis;

import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.Base16;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;

/**
 * What the server does in one step: a file in Lua beside this class, which says what its arguments and its answer are.
 *
 * @param <R> what it returns
 */
final class Script<R> {

    private final byte[] text;
    private final String digest;
    private final ScriptOutputType type;

    private Script(String name, ScriptOutputType type) {
        try (InputStream file = Objects.requireNonNull(Script.class.getResourceAsStream(name + ".lua"), name)) {
            this.text = file.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.digest = Base16.digest(text);
        this.type = type;
    }

    static Script<Long> number(String name) {
        return new Script<>(name, ScriptOutputType.INTEGER);
    }

    static Script<byte[]> bytes(String name) {
        return new Script<>(name, ScriptOutputType.VALUE);
    }

    static Script<List<Object>> list(String name) {
        return new Script<>(name, ScriptOutputType.MULTI);
    }

    /** Calls it as one that the server has run before. */
    RedisFuture<R> byDigest(RedisClusterAsyncCommands<byte[], byte[]> commands, byte[][] keys, byte[]... arguments) {
        return commands.evalsha(digest, type, keys, arguments);
    }

    /** Calls it, and lets the server know it from now on. */
    RedisFuture<R> byText(RedisClusterAsyncCommands<byte[], byte[]> commands, byte[][] keys, byte[]... arguments) {
        return commands.eval(text, type, keys, arguments);
    }

    byte[] text() {
        return text;
    }
}
