package io.sharedstate.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterScriptTests {

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void aSignalStopsAllInstances(String signal) throws Exception {
        try (Cluster cluster = Cluster.serving(2)) {
            List<ProcessHandle> processes = cluster.script().descendants().toList();
            assertThat(processes).hasSizeGreaterThanOrEqualTo(2);

            new ProcessBuilder(
                            "kill", "-" + signal, Long.toString(cluster.script().pid()))
                    .start()
                    .waitFor();

            assertThat(cluster.script().waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(cluster.script().exitValue()).isZero();
            assertThat(processes).noneMatch(ProcessHandle::isAlive);
            assertThat(cluster.log()).contains("Graceful shutdown complete").doesNotContain("killing it");
        }
    }

    @Test
    void noInstanceOutlivesAScriptThatIsKilled() throws Exception {
        try (Cluster cluster = Cluster.serving(2)) {
            List<ProcessHandle> processes = cluster.script().descendants().toList();
            assertThat(processes).hasSizeGreaterThanOrEqualTo(2);

            cluster.script().destroyForcibly();

            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(processes).noneMatch(ProcessHandle::isAlive));
        }
    }

    @Test
    void aTakenPortIsAnErrorAndNotTriedAgain() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Cluster cluster = Cluster.run(taken.getLocalPort(), "2")) {
            assertThat(cluster.script().waitFor(2, TimeUnit.MINUTES)).isTrue();
            assertThat(cluster.script().exitValue()).isEqualTo(1);
            assertThat(cluster.log()).contains("Port " + taken.getLocalPort() + " was already in use");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "65", "many"})
    void aBadNumberOfInstancesIsAnsweredWithTheUsage(String instances) throws Exception {
        try (Cluster cluster = Cluster.run(8080, instances)) {
            assertThat(cluster.script().waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(cluster.script().exitValue()).isEqualTo(2);
            assertThat(cluster.log()).startsWith("usage: ");
        }
    }
}
