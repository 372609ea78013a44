package io.sharedstate.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.it.shop.Crowd;
import io.sharedstate.it.shop.Shop;
import io.sharedstate.it.shop.Shop.Hit;
import io.sharedstate.redis.ServerUnderTest;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** On a server. */
class RedisCustomerTests extends CustomerTests {

    private final ServerUnderTest server = ServerUnderTest.start();

    @Override
    List<String> engine() {
        // What a killed instance held is free soon, and one that waits for the processor isn't taken for dead.
        return Cluster.on(server, Duration.ofSeconds(5));
    }

    @AfterAll
    void stopServer() {
        server.close();
    }

    @Test
    void everyAnsweredHitIsCountedOnceAndAllInstancesHaveTheSameNumberThoughOneIsKilled() throws Exception {
        Shop shop = cluster().shop();
        long before = shop.hits().value();
        try (Crowd<Hit> crowd = new Crowd<>(8, shop::hit)) {
            await().atMost(Duration.ofMinutes(1)).until(() -> crowd.answered() >= 500);
            kill(shop.hits().pid());
            cluster().pids(3);
            crowd.sendHome();

            List<Hit> answers = crowd.answers();
            assertThat(answers).extracting(Hit::value).doesNotHaveDuplicates();
            Map<Integer, Long> values = new HashMap<>();
            await().atMost(Duration.ofMinutes(1)).until(() -> {
                Hit hits = shop.hits();
                values.put(hits.member(), hits.value());
                return values.size() == 3;
            });
            assertThat(values.values()).containsOnly(shop.hits().value());
            assertThat(shop.hits().value() - before)
                    .isBetween((long) answers.size(), (long) answers.size() + crowd.cut());
        }
    }
}
