package io.sharedstate.autoconfigure;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sharedstate.SharedState;
import io.sharedstate.mapped.MappedEngine;
import io.sharedstate.redis.RedisEngine;
import io.sharedstate.redis.ServerUnderTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.util.FileSystemUtils;

/** Where the members of one test meet: in memory, in a directory or on a server. Closing it closes them. */
public final class Place implements AutoCloseable {

    /** What a test runs on; all that builds on the state is to work alike. */
    public enum Engine {
        HEAP,
        MAPPED,
        REDIS;

        /** A new, empty one. */
        public Place place() {
            return switch (this) {
                case HEAP -> new Place(true, MappedEngine.heap()::open, () -> {});
                case MAPPED -> inDirectory();
                case REDIS -> onServer();
            };
        }
    }

    private final boolean memory;
    private final Supplier<SharedState> opener;
    private final Runnable removal;
    private final List<SharedState> members = new CopyOnWriteArrayList<>();

    private Place(boolean memory, Supplier<SharedState> opener, Runnable removal) {
        this.memory = memory;
        this.opener = opener;
        this.removal = removal;
    }

    private static Place inDirectory() {
        try {
            Path directory = Files.createTempDirectory("sharedstate-test-");
            return new Place(true, MappedEngine.at(directory.resolve("test"))::open, () -> remove(directory));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void remove(Path directory) {
        try {
            FileSystemUtils.deleteRecursively(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Place onServer() {
        LettuceConnectionFactory connections = new LettuceConnectionFactory(
                "127.0.0.1", ServerUnderTest.shared().port());
        connections.afterPropertiesSet();
        RedisEngine engine = RedisEngine.on(connections).namespace("test-" + UUID.randomUUID());
        return new Place(false, engine::open, connections::destroy);
    }

    /** For tests that fill a map. */
    public void assumeThatMapsHaveBounds() {
        assumeTrue(memory, "maps are bounded by the server's maxmemory alone");
    }

    /** For tests of memory that all members see. */
    public void assumeThatThereAreRegions() {
        assumeTrue(memory, "there are no regions on a server");
    }

    public SharedState open() {
        SharedState member = opener.get();
        members.add(member);
        return member;
    }

    @Override
    public void close() {
        members.forEach(SharedState::close);
        removal.run();
    }
}
