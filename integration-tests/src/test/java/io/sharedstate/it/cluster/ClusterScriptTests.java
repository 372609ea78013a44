package io.sharedstate.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.it.cluster.Cluster.Answer;
import io.sharedstate.it.shop.Crowd;
import io.sharedstate.it.shop.Ports;
import io.sharedstate.it.shop.Shop;
import io.sharedstate.it.shop.Shop.Hit;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
    void noInstanceOutlivesAScriptThatIsKilledAndAnotherTakesItsPlace() throws Exception {
        try (Cluster cluster = Cluster.serving(2)) {
            List<ProcessHandle> processes = cluster.script().descendants().toList();
            assertThat(processes).hasSizeGreaterThanOrEqualTo(2);

            cluster.script().destroyForcibly();

            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(processes).noneMatch(ProcessHandle::isAlive));
            assertThat(cluster.control()).exists();
            assertThat(cluster.ask("reload"))
                    .isEqualTo(new Answer(
                            1,
                            "cluster: no cluster of user %s runs on port %d; start one with 'sample-app/cluster INSTANCES'\n"
                                    .formatted(System.getProperty("user.name"), cluster.port())));
            cluster.runAgain("1");
            assertThat(cluster.pids(1)).containsOnlyKeys(0);
            assertThat(cluster.ask("reload").status()).isZero();
            cluster.script().destroy();
            assertThat(cluster.script().waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(cluster.control()).doesNotExist();
        }
    }

    @Test
    void scalingUpTakesNewOrdinalsAndScalingDownGivesUpTheHighest() throws Exception {
        try (Cluster cluster = Cluster.serving(1)) {
            Shop shop = cluster.shop();
            Map<Integer, Long> one = cluster.pids(1);
            try (Crowd<Hit> crowd = new Crowd<>(4, shop::hit)) {
                assertThat(cluster.ask("scale", "3"))
                        .satisfies(answer -> assertThat(answer.text()).contains("3 instances on port"))
                        .returns(0, Answer::status);
                Map<Integer, Long> three = cluster.pids(3);
                assertThat(three).containsOnlyKeys(0, 1, 2).containsAllEntriesOf(one);

                assertThat(cluster.ask("scale", "2"))
                        .satisfies(answer ->
                                assertThat(answer.text()).contains("stopping member 2 (process " + three.get(2) + ")"))
                        .returns(0, Answer::status);
                assertThat(ProcessHandle.of(three.get(2))).isEmpty();
                int answered = crowd.answered();
                await().until(() -> crowd.answered() > answered + 100);
                crowd.sendHome();

                assertThat(crowd.answers().subList(answered + 4, answered + 100))
                        .extracting(Hit::pid)
                        .isSubsetOf(three.get(0), three.get(1));
                assertThat(crowd.cut())
                        .as("one connection, half made when member 2 closed its listener")
                        .isLessThan(2);
                assertThat(shop.hits().value())
                        .isBetween((long) crowd.answered(), (long) crowd.answered() + crowd.cut());
            }
            assertThat(cluster.ask("scale", "0")).returns(2, Answer::status);
        }
    }

    @Test
    void aReloadEndsAtTheFirstInstanceThatDoesNotComeUpAndLeavesTheOthers() throws Exception {
        try (Cluster cluster = Cluster.serving(2)) {
            Map<Integer, Long> before = cluster.pids(2);
            Path configuration = cluster.directory().resolve("application.properties");
            Files.writeString(configuration, "server.port=nowhere");

            Answer answer = cluster.ask("reload");

            assertThat(answer.status()).isEqualTo(1);
            assertThat(answer.text())
                    .contains("ended before it was ready; the log of the cluster says why")
                    .endsWith("reload ends here: 0 of 2 were reloaded before, the others are as they were\n");
            assertThat(cluster.log()).contains("Invalid value 'nowhere'");
            assertThat(cluster.pids(1).entrySet()).isSubsetOf(before.entrySet());

            Files.delete(configuration);
            Answer late = cluster.ask(Map.of("READY_WITHIN", "1"), "reload");

            assertThat(late.status()).isEqualTo(1);
            assertThat(late.text()).contains("isn't ready after 1 s").contains("0 of 2 were reloaded");
            assertThat(cluster.ask("reload")).returns(0, Answer::status);
            assertThat(cluster.pids(2)).containsOnlyKeys(0, 1).doesNotContainEntry(0, before.get(0));
        }
    }

    @Test
    void aPortHasOneClusterAndItsDirectoryIsNobodyElses() throws Exception {
        try (Cluster cluster = Cluster.serving(1)) {
            assertThat(cluster.ask("1"))
                    .returns(1, Answer::status)
                    .satisfies(
                            answer -> assertThat(answer.text()).contains("a cluster runs on port " + cluster.port()));
            assertThat(cluster.ask(Map.of("READY_WITHIN", "soon"), "reload")).returns(2, Answer::status);

            Files.setPosixFilePermissions(cluster.control(), PosixFilePermissions.fromString("rwxr-xr-x"));

            assertThat(cluster.ask("reload")).returns(1, Answer::status);
            assertThat(cluster.ask("1"))
                    .returns(1, Answer::status)
                    .satisfies(answer -> assertThat(answer.text())
                            .contains(cluster.control() + " is not a directory of user", "with mode 700; remove it"));
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
    @ValueSource(strings = {"", "0", "65", "many", "scale"})
    void aBadNumberOfInstancesIsAnsweredWithTheUsage(String instances) throws Exception {
        try (Cluster cluster = Cluster.run(8080, instances)) {
            assertThat(cluster.script().waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(cluster.script().exitValue()).isEqualTo(2);
            assertThat(cluster.log()).startsWith("usage: ");
        }
    }

    @Test
    void anEngineThatThereIsntIsSaid() throws Exception {
        try (Cluster cluster = Cluster.run(8080, "1", "--engine", "mongo")) {
            assertThat(cluster.script().waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(cluster.script().exitValue()).isEqualTo(2);
            assertThat(cluster.log()).isEqualTo("cluster: the engine is 'mongo', but must be mapped or redis\n");
        }
    }

    @Test
    void onRedisItSaysWhereAServerHasToAnswer() throws Exception {
        int nobody = Ports.free(2);
        try (Cluster cluster =
                Cluster.run(nobody, "1", "--engine", "redis", "--spring.data.redis.port=" + (nobody + 1))) {
            assertThat(cluster.script().waitFor(2, TimeUnit.MINUTES)).isTrue();
            assertThat(cluster.script().exitValue()).isEqualTo(1);
            assertThat(cluster.log())
                    .contains("the server at localhost:" + (nobody + 1) + " doesn't answer")
                    .contains("has to be put right first; a Redis (7.0 or newer) or Valkey server has to answer where"
                            + " spring.data.redis.* say");
        }
    }
}
