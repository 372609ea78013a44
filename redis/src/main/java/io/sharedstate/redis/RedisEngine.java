package io.sharedstate.redis;

import io.sharedstate.CodecFactory;
import io.sharedstate.SharedState;
import io.sharedstate.engine.Codecs;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * Opens state on a Redis or Valkey server, which processes on several hosts share: {@code
 * RedisEngine.on(connections).namespace("shop").open()}. Redis 7.0 or newer; a single server, with replicas if need be, or a cluster.
 *
 * <p>A member is alive as long as the server hears of it. One that it hasn't heard of for its time to live is dead for all: its locks are taken over, its
 * permits come back. When it was only stopped, or cut off, it notices that as soon as it can reach the server: each lock that it holds
 * throws {@link io.sharedstate.LockLostException} when it is used, a {@link io.sharedstate.SharedStateEvent.MembershipLost}
 * event is published, and it joins anew. The server's clock decides, and no other.
 */
public final class RedisEngine {

    private static final Pattern NAMESPACE = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Duration SHORTEST_TTL = Duration.ofMillis(100);
    private static final Duration LONGEST_TTL = Duration.ofHours(1);
    private static final Duration SHORTEST_REPLICA_TIMEOUT = Duration.ofMillis(1);
    private static final Duration LONGEST_REPLICA_TIMEOUT = Duration.ofMinutes(1);

    private final LettuceConnectionFactory connections;
    private String namespace = "default";
    private Duration memberTtl = Duration.ofSeconds(10);
    private int minReplicas;
    private Duration replicaTimeout = Duration.ofSeconds(1);
    private @Nullable CodecFactory codecs;

    private RedisEngine(LettuceConnectionFactory connections) {
        this.connections = connections;
    }

    /**
     * State on the server that these connections lead to: a single one, that of sentinels, or a cluster. The state has connections of its own
     * there, with the same settings and threads, so that close it before these. On its own connections nothing is sent twice, and what is called
     * while there is none fails at once.
     */
    public static RedisEngine on(LettuceConnectionFactory connections) {
        return new RedisEngine(connections);
    }

    /** All that are opened with the same one on the same server share the state; {@code default} unless told otherwise. */
    public RedisEngine namespace(String namespace) {
        if (!NAMESPACE.matcher(namespace).matches()) {
            throw new IllegalArgumentException("not a namespace: '" + namespace
                    + "'; namespaces have 1 to 64 of the characters A-Z a-z 0-9 . _ -");
        }
        this.namespace = namespace;
        return this;
    }

    /**
     * How long a member may not be heard of before it is dead, 100 ms to an hour; 10 s by default. A shorter one frees the locks of the
     * dead sooner, and takes a long pause for death more often.
     */
    public RedisEngine memberTtl(Duration memberTtl) {
        if (memberTtl.compareTo(SHORTEST_TTL) < 0 || memberTtl.compareTo(LONGEST_TTL) > 0) {
            throw new IllegalArgumentException(
                    "memberTtl is " + memberTtl + ", expected " + SHORTEST_TTL + " to " + LONGEST_TTL);
        }
        this.memberTtl = memberTtl;
        return this;
    }

    /**
     * How many replicas must have heard of it when a lock or permits of a semaphore were taken, before that is told; 0 by default, and nobody is
     * waited for. If they are too few in time, it is given back, and {@link TooFewReplicasException} says so. Each takes another round trip
     * then, and a connection. A cluster has none of this.
     */
    public RedisEngine minReplicas(int minReplicas) {
        if (minReplicas < 0) {
            throw new IllegalArgumentException("minReplicas is " + minReplicas + ", expected 0 or more");
        }
        this.minReplicas = minReplicas;
        return this;
    }

    /** How long replicas have for that, 1 ms to a minute; 1 s by default. */
    public RedisEngine replicaTimeout(Duration replicaTimeout) {
        if (replicaTimeout.compareTo(SHORTEST_REPLICA_TIMEOUT) < 0
                || replicaTimeout.compareTo(LONGEST_REPLICA_TIMEOUT) > 0) {
            throw new IllegalArgumentException("replicaTimeout is " + replicaTimeout + ", expected "
                    + SHORTEST_REPLICA_TIMEOUT + " to " + LONGEST_REPLICA_TIMEOUT);
        }
        this.replicaTimeout = replicaTimeout;
        return this;
    }

    /** Codecs for types other than {@code String}, {@code Long} and {@code byte[]}; by default those of Jackson when it is there. */
    public RedisEngine codecs(CodecFactory codecs) {
        this.codecs = codecs;
        return this;
    }

    /**
     * Joins.
     *
     * @throws ServerUnavailableException if the server can't be reached
     * @throws UnsupportedServerException if it is too old
     * @throws io.sharedstate.AccessRefusedException if it refuses the password, or is a replica that nobody may write to
     * @throws io.sharedstate.SharedStateException if it can't for another reason, saying why and what to do
     */
    public SharedState open() {
        OwnConnections own = OwnConnections.like(connections);
        boolean opened = false;
        try {
            Server server = new Server(own.factory());
            server.requireSupported();
            requireNoClusterIfReplicas(server);
            Replicas replicas = new Replicas(server, minReplicas, replicaTimeout.toMillis());
            SharedState state = new RedisState(
                    own, server, replicas, new Keys(namespace), new Codecs(codecs), memberTtl.toMillis());
            opened = true;
            return state;
        } finally {
            if (!opened) {
                own.close();
            }
        }
    }

    private void requireNoClusterIfReplicas(Server server) {
        if (minReplicas > 0 && server.isCluster()) {
            throw new UnsupportedServerException("minReplicas is " + minReplicas + ", and the server is a "
                    + server.location() + ", of which it can't be asked; set sharedstate.redis.min-replicas to 0, and"
                    + " min-replicas-to-write in the configuration of its nodes");
        }
    }
}
