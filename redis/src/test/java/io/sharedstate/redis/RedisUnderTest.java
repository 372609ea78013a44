package io.sharedstate.redis;

import io.sharedstate.EngineUnderTest;
import io.sharedstate.Kind;
import io.sharedstate.SharedState;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/** The engine on a real server. */
public final class RedisUnderTest implements EngineUnderTest {

    /** Finds it for the contract tests. */
    public static final class Provider implements EngineUnderTest.Provider {

        @Override
        public Stream<? extends EngineUnderTest> get() {
            return Stream.of(new RedisUnderTest());
        }
    }

    @Override
    public Host host() {
        return new Host(RedisServer.shared());
    }

    @Override
    public Set<Kind> kinds() {
        return EnumSet.of(
                Kind.COUNTER,
                Kind.ADDER,
                Kind.LOCK,
                Kind.VALUE,
                Kind.RATE_LIMITER,
                Kind.KEYED_RATE_LIMITER,
                Kind.MAP,
                Kind.QUEUE,
                Kind.SEMAPHORE,
                Kind.TOPIC);
    }

    @Override
    public int rounds(int times) {
        return Math.max(1, times / 20);
    }

    @Override
    public boolean compacts() {
        return false;
    }

    @Override
    public String toString() {
        return "REDIS";
    }

    /** A namespace; each member has connections of its own. */
    static final class Host implements EngineUnderTest.Host {

        private final String namespace = "test-" + UUID.randomUUID();
        private final RedisServer server;
        private final Map<SharedState, LettuceConnectionFactory> members = new HashMap<>();

        Host(RedisServer server) {
            this.server = server;
        }

        @Override
        public SharedState open() {
            LettuceConnectionFactory connections = server.connections();
            SharedState member =
                    RedisEngine.on(connections).namespace(namespace).open();
            members.put(member, connections);
            return member;
        }

        /** As if its time to live were over, which nobody waits for here. */
        @Override
        public void kill(SharedState member) {
            LettuceConnectionFactory connections = members.remove(member);
            ((RedisState) member).endThreads();
            expire(new Server(connections), member);
            connections.destroy();
        }

        /** Ends a member at the server; it doesn't know yet. */
        void expire(SharedState member) {
            expire(new Server(members.get(member)), member);
        }

        private void expire(Server at, SharedState member) {
            byte[] key = keys().member(member.members().self().ordinal());
            at.call(commands -> commands.del(key));
        }

        Keys keys() {
            return new Keys(namespace);
        }

        Server server(SharedState member) {
            return new Server(members.get(member));
        }

        @Override
        public boolean kills() {
            return true;
        }

        @Override
        public void checkInvariants() {}

        @Override
        public void close() {
            members.keySet().forEach(SharedState::close);
            members.values().forEach(LettuceConnectionFactory::destroy);
            LettuceConnectionFactory connections = server.connections();
            Server at = new Server(connections);
            String ours = Keys.PREFIX + "{" + namespace + ":*";
            at.call(commands -> commands.keys(ours)).forEach(key -> at.call(commands -> commands.del(key)));
            connections.destroy();
        }
    }
}
