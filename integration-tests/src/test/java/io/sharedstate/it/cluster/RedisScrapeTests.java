package io.sharedstate.it.cluster;

import io.sharedstate.redis.ServerUnderTest;
import java.util.List;
import org.junit.jupiter.api.AfterAll;

/** On a server. */
class RedisScrapeTests extends ScrapeTests {

    private final ServerUnderTest server = ServerUnderTest.start();

    @Override
    List<String> engine() {
        return Cluster.on(server);
    }

    @AfterAll
    void stopServer() {
        server.close();
    }
}
