package io.sharedstate.autoconfigure;

import io.sharedstate.CodecFactory;
import io.sharedstate.SharedState;
import io.sharedstate.redis.RedisEngine;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/** Opens the state on the server that the application's connections lead to. The only class that knows the engine, which is optional. */
final class RedisOpener {

    private static final String REPLICAS = "spring.data.redis.masterreplica.nodes";

    private final ObjectProvider<LettuceConnectionFactory> connections;
    private final Environment environment;

    RedisOpener(ObjectProvider<LettuceConnectionFactory> connections, Environment environment) {
        this.connections = connections;
        this.environment = environment;
    }

    SharedState open(String namespace, SharedStateProperties.Redis properties, ObjectProvider<CodecFactory> codecs) {
        RedisEngine engine = RedisEngine.on(connections()).namespace(namespace);
        set("member-ttl", properties.memberTtl(), engine::memberTtl);
        set("min-replicas", properties.minReplicas(), engine::minReplicas);
        set("replica-timeout", properties.replicaTimeout(), engine::replicaTimeout);
        codecs.ifUnique(engine::codecs);
        return engine.open();
    }

    private static <T> void set(String property, T value, Consumer<T> setting) {
        try {
            setting.accept(value);
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigurationPropertyValueException(
                    "sharedstate.redis." + property, value, e.getMessage());
        }
    }

    private LettuceConnectionFactory connections() {
        LettuceConnectionFactory unique = connections.getIfUnique();
        if (unique == null) {
            throw new InvalidConfigurationPropertyValueException(
                    "sharedstate.engine",
                    "redis",
                    "It needs one LettuceConnectionFactory, or one that is primary, and there are "
                            + connections.stream().count()
                            + ". Spring Boot makes one, unless spring.data.redis.client-type is 'jedis' or there is"
                            + " another RedisConnectionFactory.");
        }
        Binder.get(environment).bind(REPLICAS, String[].class).ifBound(nodes -> {
            throw new InvalidConfigurationPropertyValueException(
                    REPLICAS,
                    String.join(",", nodes),
                    "With sharedstate.engine=redis all goes to the primary, which is not known from a list of nodes once"
                            + " another takes over. Set spring.data.redis.sentinel, or spring.data.redis.host.");
        });
        return unique;
    }

    /** What a native image has to hold. */
    static final class Scripts implements RuntimeHintsRegistrar {

        @Override
        public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
            hints.resources().registerPattern("io/sharedstate/redis/*.lua");
        }
    }
}
