package io.sharedstate.redis;

import io.lettuce.core.RedisBusyException;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisLoadingException;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.sharedstate.AccessRefusedException;
import io.sharedstate.FormatException;
import io.sharedstate.NoSpaceException;
import io.sharedstate.SharedStateException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisSentinelConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * The server. Commands and scripts take one round trip each, on the connection that all threads share. An interrupt
 * breaks none of them, as nobody would know then whether it was carried out: it is kept for later. What goes wrong is said in
 * our words.
 */
final class Server {

    private static final int OLDEST_MAJOR_VERSION = 7;
    private static final Pattern VERSION = Pattern.compile("redis_version:((\\d+)\\S*)");

    /** A command of Lettuce. */
    interface Command<R> extends Function<RedisClusterAsyncCommands<byte[], byte[]>, RedisFuture<R>> {}

    private final LettuceConnectionFactory factory;
    private final long timeoutMs;
    /** Of the one connection that is used, if it isn't the one that all share. */
    private final @Nullable RedisClusterAsyncCommands<byte[], byte[]> own;

    Server(LettuceConnectionFactory factory) {
        this(factory, factory.getTimeout(), null);
    }

    private Server(
            LettuceConnectionFactory factory, long timeoutMs, @Nullable RedisClusterAsyncCommands<byte[], byte[]> own) {
        this.factory = factory;
        this.timeoutMs = timeoutMs;
        this.own = own;
    }

    /** The same, for who can't wait longer than that for an answer. */
    Server within(long mostMs) {
        return new Server(factory, Math.min(mostMs, timeoutMs), own);
    }

    /** The same by another connection, whose answers may take that much longer. */
    Server by(RedisClusterAsyncCommands<byte[], byte[]> own, long longerMs) {
        return new Server(factory, timeoutMs + longerMs, own);
    }

    boolean isCluster() {
        return factory.isClusterAware();
    }

    /** Where it is, for a person to read; without a password. */
    String location() {
        RedisClusterConfiguration cluster = factory.getClusterConfiguration();
        if (cluster != null) {
            return "cluster " + cluster.getClusterNodes();
        }
        RedisSentinelConfiguration sentinel = factory.getSentinelConfiguration();
        String database = factory.getDatabase() == 0 ? "" : "/" + factory.getDatabase();
        return sentinel != null
                ? sentinel.getMaster() + " of sentinels " + sentinel.getSentinels() + database
                : factory.getHostName() + ":" + factory.getPort() + database;
    }

    /** A connection of its own, for who subscribes. */
    RedisConnection connect() {
        try {
            return connection();
        } catch (RuntimeException e) {
            throw translated(e);
        }
    }

    /** A connection of its own, not to a cluster, for who must know what it has written. */
    StatefulRedisConnection<byte[], byte[]> connectAlone() {
        try {
            RedisClient client = (RedisClient) factory.getRequiredNativeClient();
            return connecting(() -> client.connect(ByteArrayCodec.INSTANCE));
        } catch (RuntimeException e) {
            throw translated(e);
        }
    }

    <R> @Nullable R run(Script<R> script, List<byte[]> keys, byte[]... arguments) {
        byte[][] all = keys.toArray(byte[][]::new);
        try {
            return send(commands -> script.byDigest(commands, all, arguments));
        } catch (RedisNoScriptException e) {
            return call(commands -> script.byText(commands, all, arguments));
        } catch (RuntimeException e) {
            throw translated(e);
        }
    }

    <R> @Nullable R call(Command<R> command) {
        try {
            return send(command);
        } catch (RuntimeException e) {
            throw translated(e);
        }
    }

    /** The same command for many things, all sent before the first answer is waited for. */
    <T, R> List<@Nullable R> callAll(List<T> things, Function<T, Command<R>> command) {
        try (RedisConnection connection = connection()) {
            RedisClusterAsyncCommands<byte[], byte[]> commands = commands(connection);
            List<RedisFuture<R>> sent = things.stream()
                    .map(thing -> command.apply(thing).apply(commands))
                    .toList();
            List<@Nullable R> answers = new ArrayList<>();
            for (RedisFuture<R> each : sent) {
                answers.add(await(each));
            }
            return answers;
        } catch (RuntimeException e) {
            throw translated(e);
        }
    }

    private <R> @Nullable R send(Command<R> command) {
        if (own != null) {
            return await(command.apply(own));
        }
        try (RedisConnection connection = connection()) {
            return await(command.apply(commands(connection)));
        }
    }

    private RedisConnection connection() {
        return connecting(() -> {
            RedisConnection connection = factory.getConnection();
            connection.getNativeConnection();
            return connection;
        });
    }

    /** Connecting, which the first call does, breaks off when the thread is interrupted: then it begins again. */
    private static <C> C connecting(Supplier<C> connect) {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return connect.get();
                } catch (RuntimeException e) {
                    if (!isCausedBy(e, InterruptedException.class)) {
                        throw e;
                    }
                    interrupted = true;
                    Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @SuppressWarnings("unchecked") // Spring's connections on Lettuce are all of bytes
    private static RedisClusterAsyncCommands<byte[], byte[]> commands(RedisConnection connection) {
        return (RedisClusterAsyncCommands<byte[], byte[]>) connection.getNativeConnection();
    }

    private <R> @Nullable R await(RedisFuture<R> future) {
        boolean interrupted = false;
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        try {
            while (true) {
                try {
                    return future.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (TimeoutException e) {
            future.cancel(true);
            throw new RedisCommandTimeoutException("no answer within " + timeoutMs + " ms");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    // what can be wrong

    /** @throws UnsupportedServerException if it is too old; who isn't allowed to ask doesn't find out */
    void requireSupported() {
        String info;
        try {
            info = info();
        } catch (AccessRefusedException e) {
            if (isAbout(e, "NOPERM")) {
                return;
            }
            throw e;
        }
        Matcher version = VERSION.matcher(info == null ? "" : info);
        if (version.find() && Integer.parseInt(version.group(2)) < OLDEST_MAJOR_VERSION) {
            throw new UnsupportedServerException("the server at " + location() + " is Redis " + version.group(1)
                    + ", expected " + OLDEST_MAJOR_VERSION + ".0 or newer, or Valkey; update it, or take another");
        }
    }

    private @Nullable String info() {
        try {
            return call(commands -> commands.info("server"));
        } catch (ServerUnavailableException e) {
            if (!isAbout(e, "closed prematurely")) {
                throw e;
            }
            // A server that refuses somebody closes the connection, which Lettuce may notice before it has read why.
            return call(commands -> commands.info("server"));
        }
    }

    private RuntimeException translated(RuntimeException failure) {
        if (failure instanceof SharedStateException) {
            return failure;
        }
        if (isAbout(failure, "WRONGPASS") || isAbout(failure, "NOAUTH") || isAbout(failure, "invalid password")) {
            return new AccessRefusedException(
                    "the server at " + location() + " refuses the password or user (" + words(failure)
                            + "); set spring.data.redis.username and spring.data.redis.password",
                    failure);
        }
        if (isAbout(failure, "NOPERM")) {
            return new AccessRefusedException(
                    "the server at " + location() + " doesn't let this user do what is needed (" + words(failure)
                            + "); allow it by ACL SETUSER",
                    failure);
        }
        if (isAbout(failure, "READONLY")) {
            return new AccessRefusedException(
                    "the server at " + location()
                            + " is a replica that nobody may write to; set spring.data.redis.host to the primary, or use"
                            + " spring.data.redis.sentinel",
                    failure);
        }
        if (isAbout(failure, "WRONGTYPE")) {
            return new FormatException(
                    "a key of ours at " + location() + " is of another type (" + words(failure)
                            + "): something else has written to keys that begin with '" + Keys.PREFIX
                            + "'; remove it, or set another namespace",
                    failure);
        }
        if (isAbout(failure, "OOM ")) {
            return new NoSpaceException(
                    "the server at " + location() + " has no memory left (" + words(failure)
                            + "); raise its maxmemory, or remove something",
                    failure);
        }
        if (isCausedBy(failure, SSLException.class)) {
            return new ServerUnavailableException(
                    "the server at " + location() + " can't be reached by TLS (" + words(failure)
                            + "); set spring.data.redis.ssl.bundle to one that trusts its certificate, and has one of this"
                            + " client if the server asks for it",
                    failure);
        }
        if (isUnavailable(failure)) {
            return new ServerUnavailableException(
                    "the server at " + location() + " doesn't answer (" + words(failure)
                            + "); see that it runs there and can be reached, or set spring.data.redis.host and"
                            + " spring.data.redis.port",
                    failure);
        }
        return failure;
    }

    private static boolean isUnavailable(Throwable failure) {
        return isCausedBy(failure, RedisConnectionException.class)
                || isCausedBy(failure, RedisCommandTimeoutException.class)
                || isCausedBy(failure, RedisLoadingException.class)
                || isCausedBy(failure, RedisBusyException.class)
                || isCausedBy(failure, IOException.class)
                || isAbout(failure, "CLUSTERDOWN")
                || isAbout(failure, "MASTERDOWN")
                || isAbout(failure, "Connection is closed")
                || isAbout(failure, "Connection closed")
                || isAbout(failure, "Connection disconnected")
                || isAbout(failure, "Currently not connected");
    }

    private static boolean isCausedBy(Throwable failure, Class<? extends Throwable> type) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the server, or Lettuce, has said so. */
    private static boolean isAbout(Throwable failure, String words) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause.getMessage() != null && cause.getMessage().contains(words)) {
                return true;
            }
        }
        return false;
    }

    /** The words of the innermost, which are the server's or the kernel's. */
    private static @Nullable String words(Throwable failure) {
        Throwable innermost = failure;
        while (innermost.getCause() != null) {
            innermost = innermost.getCause();
        }
        return innermost.getMessage();
    }
}
