package io.sharedstate.redis;

import static org.awaitility.Awaitility.await;

import io.sharedstate.redis.RedisServer.Own;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.RedisNode;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/** A cluster of three nodes, without replicas. */
final class RedisCluster implements AutoCloseable {

    private static final int SLOTS = 1 << 14;
    private static final int NODES = 3;

    private final List<Own> nodes = Stream.generate(
                    () -> Own.start("--cluster-enabled", "yes", "--cluster-node-timeout", "2000"))
            .limit(NODES)
            .toList();

    RedisCluster() {
        for (int i = 0; i < nodes.size(); i++) {
            int[] slots =
                    IntStream.range(SLOTS * i / NODES, SLOTS * (i + 1) / NODES).toArray();
            int before = nodes.get(Math.max(0, i - 1)).port();
            nodes.get(i).ask(commands -> commands.clusterAddSlots(slots));
            nodes.get(i).ask(commands -> commands.clusterMeet(RedisServer.LOOPBACK, before));
        }
        for (Own node : nodes) {
            await().until(() -> {
                String info = node.ask(commands -> commands.clusterInfo());
                return info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:" + nodes.size());
            });
        }
    }

    LettuceConnectionFactory connections() {
        RedisClusterConfiguration where = new RedisClusterConfiguration();
        nodes.forEach(node -> where.addClusterNode(new RedisNode(RedisServer.LOOPBACK, node.port())));
        return RedisServer.connections(where);
    }

    @Override
    public void close() {
        nodes.forEach(Own::close);
    }
}
