package io.sharedstate.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.diagnostics.Analyses;
import io.sharedstate.redis.ServerUnderTest;
import io.sharedstate.redis.TooFewReplicasException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** {@code sharedstate.engine=redis} by TLS, as {@code spring.data.redis.ssl} says, against real servers. */
class OnRedisWithTlsTests {

    private static Certificate ofServer;
    private static Certificate ofClient;
    private static Certificate ofAnother;

    /** Lets in whoever comes. */
    private static ServerUnderTest open;
    /** Lets in only who shows the client's certificate. */
    private static ServerUnderTest choosy;
    /** Has a certificate that isn't for where it is. */
    private static ServerUnderTest elsewhere;

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    SharedStateAutoConfiguration.class, DataRedisAutoConfiguration.class, SslAutoConfiguration.class))
            .withPropertyValues(
                    "sharedstate.engine=redis",
                    "sharedstate.name=test-" + UUID.randomUUID(),
                    "spring.data.redis.host=127.0.0.1",
                    "spring.ssl.bundle.pem.trusting.truststore.certificate=" + ofServer.certificate(),
                    "spring.ssl.bundle.pem.known.truststore.certificate=" + ofServer.certificate(),
                    "spring.ssl.bundle.pem.known.keystore.certificate=" + ofClient.certificate(),
                    "spring.ssl.bundle.pem.known.keystore.private-key=" + ofClient.key(),
                    "spring.ssl.bundle.pem.mistrusting.truststore.certificate=" + ofClient.certificate(),
                    "spring.ssl.bundle.pem.elsewhere.truststore.certificate=" + ofAnother.certificate());

    @BeforeAll
    static void start(@TempDir Path directory) throws Exception {
        ofServer = Certificate.make(directory, "server", "ip:127.0.0.1");
        ofClient = Certificate.make(directory, "client", "dns:client");
        ofAnother = Certificate.make(directory, "another", "dns:redis.example.com");
        open = ServerUnderTest.startWithTls(ofServer.certificate(), ofServer.key(), "--tls-auth-clients", "no");
        choosy = ServerUnderTest.startWithTls(
                ofServer.certificate(),
                ofServer.key(),
                "--tls-ca-cert-file",
                ofClient.certificate().toString());
        elsewhere = ServerUnderTest.startWithTls(ofAnother.certificate(), ofAnother.key(), "--tls-auth-clients", "no");
    }

    @AfterAll
    static void stop() {
        open.close();
        choosy.close();
        elsewhere.close();
    }

    private ApplicationContextRunner at(ServerUnderTest server, String bundle) {
        return runner.withPropertyValues(
                "spring.data.redis.port=" + server.port(), "spring.data.redis.ssl.bundle=" + bundle);
    }

    @Test
    void sharesByTheBundleThatIsSet() {
        at(open, "trusting").run(OnRedisWithTlsTests::shares);
    }

    @Test
    void showsTheServerTheCertificateOfTheBundle() {
        at(choosy, "known").run(OnRedisWithTlsTests::shares);
    }

    private static void shares(AssertableApplicationContext context) {
        SharedState state = context.getBean(SharedState.class);
        assertThat(state.counter("hits").incrementAndGet()).isEqualTo(1);
    }

    @Test
    void reachesTheServerOnAllItsConnections() {
        at(choosy, "known")
                .withPropertyValues("sharedstate.redis.min-replicas=1")
                .run(context -> {
                    SharedState state = context.getBean(SharedState.class);
                    assertThat(state.queue("orders", String.class).poll(Duration.ofMillis(1)))
                            .as("by the connection on which who waits is woken")
                            .isNull();
                    assertThatThrownBy(() -> state.lock("orders").lock())
                            .as("by a connection of a thread that waits for replicas")
                            .isInstanceOf(TooFewReplicasException.class);
                });
    }

    @Test
    void saysThatTheCertificateIsNotTrusted() {
        refused(at(open, "mistrusting"), open, "can't be reached by TLS", "unable to find valid certification path")
                .contains("spring.data.redis.ssl.bundle", "trust store")
                .doesNotContain("Start the server");
    }

    @Test
    void saysThatTheCertificateIsForAnotherHost() {
        refused(at(elsewhere, "elsewhere"), elsewhere, "can't be reached by TLS", "127.0.0.1 found")
                .contains("spring.data.redis.host");
    }

    @Test
    void saysThatTheServerAsksForACertificate() {
        refused(at(choosy, "trusting"), choosy, "can't be reached by TLS", "certificate_required")
                .contains("key store");
    }

    @Test
    void saysThatItMayHaveToBeReachedByTls() {
        refused(runner.withPropertyValues("spring.data.redis.port=" + open.port()), open, "doesn't answer")
                .contains("spring.data.redis.ssl.bundle");
    }

    private static AbstractStringAssert<?> refused(
            ApplicationContextRunner runner, ServerUnderTest server, String... found) {
        AtomicReference<FailureAnalysis> analysis = new AtomicReference<>();
        runner.run(context -> {
            assertThat(context).hasFailed();
            analysis.set(Analyses.of(context.getStartupFailure()));
        });
        assertThat(analysis.get().getDescription())
                .contains("127.0.0.1:" + server.port())
                .contains(found);
        return assertThat(analysis.get().getAction());
    }
}
