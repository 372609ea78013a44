package io.sharedstate.redis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.springframework.data.redis.connection.RedisConfiguration;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration.LettuceClientConfigurationBuilder;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration.LettuceSslClientConfigurationBuilder;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/*
 * Connections to where the application's own lead to, with the same threads and settings, but for these:
 *
 * - Nothing is sent twice. What wasn't answered when a connection breaks fails, and so does what is called until there is one again; Lettuce would
 *   keep both and send them later, and a counter would count twice.
 * - After a break it is tried at least once a second to connect again, as members die meanwhile; Lettuce would take up to half a minute.
 * - Lettuce keeps no timer for each command, which takes time: whoever calls waits no longer than the same time-out.
 * - Nothing is read from replicas.
 */
record OwnConnections(LettuceConnectionFactory factory, ClientResources resources) implements AutoCloseable {

    private static final Delay RECONNECTING =
            Delay.exponential(Duration.ofMillis(1), Duration.ofSeconds(1), 2, TimeUnit.MILLISECONDS);

    static OwnConnections like(LettuceConnectionFactory given) {
        ClientResources resources = sharing(given.getRequiredNativeClient().getResources());
        LettuceConnectionFactory own = new LettuceConnectionFactory(where(given), settings(given, resources));
        boolean interrupted = Thread.interrupted(); // which would break off what starts here
        try {
            own.afterPropertiesSet();
            own.start();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        return new OwnConnections(own, resources);
    }

    /** With its threads, which stay when these are shut down. */
    private static ClientResources sharing(ClientResources given) {
        return given.mutate()
                .eventLoopGroupProvider(given.eventLoopGroupProvider())
                .eventExecutorGroup(given.eventExecutorGroup())
                .timer(given.timer())
                .commandLatencyRecorder(given.commandLatencyRecorder())
                .reconnectDelay(RECONNECTING)
                .build();
    }

    private static RedisConfiguration where(LettuceConnectionFactory given) {
        if (given.getClusterConfiguration() != null) {
            return given.getClusterConfiguration();
        }
        if (given.getSentinelConfiguration() != null) {
            return given.getSentinelConfiguration();
        }
        if (given.getSocketConfiguration() != null) {
            return given.getSocketConfiguration();
        }
        RedisStandaloneConfiguration where = new RedisStandaloneConfiguration(given.getHostName(), given.getPort());
        where.setDatabase(given.getDatabase());
        where.setUsername(given.getStandaloneConfiguration().getUsername());
        where.setPassword(given.getPassword());
        return where;
    }

    private static LettuceClientConfiguration settings(LettuceConnectionFactory given, ClientResources resources) {
        LettuceClientConfiguration settings = given.getClientConfiguration();
        LettuceClientConfigurationBuilder own = LettuceClientConfiguration.builder()
                .clientResources(resources)
                .clientOptions(sendingOnce(given))
                .commandTimeout(settings.getCommandTimeout())
                .shutdownTimeout(settings.getShutdownTimeout())
                .shutdownQuietPeriod(settings.getShutdownQuietPeriod());
        settings.getClientName().ifPresent(own::clientName);
        settings.getRedisCredentialsProviderFactory().ifPresent(own::redisCredentialsProviderFactory);
        if (settings.isUseSsl()) {
            LettuceSslClientConfigurationBuilder ssl = own.useSsl().verifyPeer(settings.getVerifyMode());
            if (settings.isStartTls()) {
                ssl.startTls();
            }
        }
        return own.build();
    }

    private static ClientOptions sendingOnce(LettuceConnectionFactory given) {
        ClientOptions options = given.getRequiredNativeClient().getOptions();
        return options instanceof ClusterClientOptions cluster
                ? cluster.mutate()
                        .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
                        .timeoutOptions(TimeoutOptions.create())
                        .build()
                : options.mutate()
                        .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
                        .timeoutOptions(TimeoutOptions.create())
                        .build();
    }

    @Override
    public void close() {
        factory.destroy();
        resources.shutdown(0, 0, TimeUnit.SECONDS);
    }
}
