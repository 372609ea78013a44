package io.sharedstate.redis;

import java.nio.file.Path;

/** A {@link RedisServer} for the tests of other modules. */
public final class ServerUnderTest implements AutoCloseable {

    private final RedisServer server;

    private ServerUnderTest(RedisServer server) {
        this.server = server;
    }

    /** One for all tests that don't harm it, for as long as this process lives. */
    public static ServerUnderTest shared() {
        return new ServerUnderTest(RedisServer.shared());
    }

    /** One of its own, empty, that keeps nothing. */
    public static ServerUnderTest start(String... options) {
        return new ServerUnderTest(RedisServer.start(options));
    }

    /** One of its own, a process, that is reached by TLS alone; paths of PEM files. */
    public static ServerUnderTest startWithTls(Path certificate, Path key, String... options) {
        return new ServerUnderTest(RedisServer.Own.startWithTls(certificate, key, options));
    }

    /** Where there is no server. */
    public static int freePort() {
        return RedisServer.freePort();
    }

    public int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.close();
    }
}
