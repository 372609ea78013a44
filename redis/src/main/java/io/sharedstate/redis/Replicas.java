package io.sharedstate.redis;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateAdapter;
import io.lettuce.core.api.StatefulRedisConnection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/*
 * Sees that replicas have heard of what was taken, if so many are asked for.
 *
 * WAIT tells how many replicas have all that was written by the connection that it comes over, and blocks that connection meanwhile. So what takes
 * something goes over a connection that nobody else uses until WAIT is answered. Such a connection is closed as soon as it breaks: made again, it might lead to another
 * server, which would say that its replicas have everything that this connection, which has written nothing there, has written.
 */
final class Replicas {

    private static final String TAKEN = "1";
    private static final int MOST_IDLE = 8;

    private final Server server;
    private final int least;
    private final long timeoutMs;
    private final Queue<StatefulRedisConnection<byte[], byte[]>> idle = new ConcurrentLinkedQueue<>();

    /** @param least how many; none, and nobody is waited for */
    Replicas(Server server, int least, long timeoutMs) {
        this.server = server;
        this.least = least;
        this.timeoutMs = timeoutMs;
    }

    /**
     * Runs a script that takes something, whose answer begins with 1 if it has.
     *
     * @param giveBack gives it back
     * @throws TooFewReplicasException if it was taken, and given back
     */
    List<Object> take(
            Thing thing, Script<List<Object>> script, List<byte[]> keys, Runnable giveBack, byte[]... arguments) {
        if (least == 0) {
            return thing.run(server, script, keys, arguments);
        }
        StatefulRedisConnection<byte[], byte[]> connection = connection();
        try {
            Server by = server.by(connection.async(), timeoutMs);
            List<Object> answer = thing.run(by, script, keys, arguments);
            if (Bytes.text(answer.get(0)).equals(TAKEN)) {
                requireHeard(by, thing, giveBack);
            }
            return answer;
        } finally {
            keep(connection);
        }
    }

    private void requireHeard(Server by, Thing thing, Runnable giveBack) {
        Long heard = by.call(commands -> commands.waitForReplication(least, timeoutMs));
        if (heard == null || heard < least) {
            giveBack.run();
            throw new TooFewReplicasException(
                    thing.kind().label() + " '" + thing.name() + "' was taken and is given back: "
                            + heard + " replicas of the server at " + server.location() + " had heard of it after "
                            + timeoutMs
                            + " ms, expected " + least
                            + "; see that they run and are connected to it (INFO replication), or lower sharedstate.redis.min-replicas");
        }
    }

    private StatefulRedisConnection<byte[], byte[]> connection() {
        StatefulRedisConnection<byte[], byte[]> kept = idle.poll();
        while (kept != null && !kept.isOpen()) {
            kept = idle.poll();
        }
        if (kept != null) {
            return kept;
        }
        StatefulRedisConnection<byte[], byte[]> made = server.connectAlone();
        made.addListener(new RedisConnectionStateAdapter() {
            @Override
            public void onRedisDisconnected(RedisChannelHandler<?, ?> connection) {
                connection.closeAsync();
            }
        });
        return made;
    }

    private void keep(StatefulRedisConnection<byte[], byte[]> connection) {
        if (connection.isOpen() && idle.size() < MOST_IDLE) {
            idle.add(connection);
        } else {
            connection.closeAsync();
        }
    }
}
