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

    private final LettuceConnectionFactory connections;
    private String namespace = "default";
    private Duration memberTtl = Duration.ofSeconds(10);
    private @Nullable CodecFactory codecs;

    private RedisEngine(LettuceConnectionFactory connections) {
        this.connections = connections;
    }

    /** State on the server that these connections lead to. They stay open when the state is closed. */
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
        Server server = new Server(connections);
        server.requireSupported();
        return new RedisState(server, new Keys(namespace), new Codecs(codecs), memberTtl.toMillis());
    }
}
