package io.sharedstate.it.cluster;

import io.sharedstate.redis.ServerUnderTest;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;

/** On a server. */
class RedisScrapeTests extends ScrapeTests {

    private final ServerUnderTest server = ServerUnderTest.start();

    @Override
    List<String> engine() {
        // One that hangs isn't taken for dead before it has been looked at, though most questions are put to it and
        // time out.
        return Cluster.on(server, Duration.ofSeconds(30));
    }

    @AfterAll
    void stopServer() {
        server.close();
    }
}
