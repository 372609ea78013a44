package io.sharedstate.redis;

import io.sharedstate.EngineUnderTest;
import io.sharedstate.Kind;
import io.sharedstate.SharedState;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
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
        private final Supplier<LettuceConnectionFactory> server;
        private final UnaryOperator<RedisEngine> settings;
        private final Map<SharedState, LettuceConnectionFactory> members = new HashMap<>();

        Host(RedisServer server) {
            this(server::connections, engine -> engine);
        }

        Host(Supplier<LettuceConnectionFactory> server, UnaryOperator<RedisEngine> settings) {
            this.server = server;
            this.settings = settings;
        }

        @Override
        public SharedState open() {
            return open(server.get(), settings);
        }

        /** One that is set otherwise, or goes another way. */
        SharedState open(LettuceConnectionFactory connections, UnaryOperator<RedisEngine> settings) {
            boolean opened = false;
            try {
                SharedState member = settings.apply(RedisEngine.on(connections).namespace(namespace))
                        .open();
                members.put(member, connections);
                opened = true;
                return member;
            } finally {
                if (!opened) {
                    connections.destroy();
                }
            }
        }

        String namespace() {
            return namespace;
        }

        /** As if its time to live were over, which nobody waits for here. */
        @Override
        public void kill(SharedState member) {
            LettuceConnectionFactory connections = members.remove(member);
            ((RedisState) member).die();
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
            LettuceConnectionFactory connections = server.get();
            Server at = new Server(connections);
            String ours = Keys.PREFIX + "{" + namespace + ":*";
            at.call(commands -> commands.keys(ours)).forEach(key -> at.call(commands -> commands.del(key)));
            connections.destroy();
        }
    }
}
