package io.sharedstate.it.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Volume;
import io.sharedstate.it.shop.Crowd;
import io.sharedstate.it.shop.Shop;
import io.sharedstate.it.shop.Shop.Hit;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.lifecycle.Startables;
import org.testcontainers.utility.MountableFile;

/** Two containers with the sample application, each with process ids of its own, that share a volume behind a proxy. */
@RequiresDocker
class ContainersTests {

    private static final Duration START = Duration.ofMinutes(3);
    private static final String VOLUME = "sharedstate-it-" + UUID.randomUUID();
    private static final Network NETWORK = Network.newNetwork();
    private static final List<GenericContainer<?>> APPS = List.of(app("app0"), app("app1"));
    private static final GenericContainer<?> PROXY = proxy();

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    private static GenericContainer<?> app(String name) {
        return new GenericContainer<>(property("test.image.jre"))
                .withNetwork(NETWORK)
                .withNetworkAliases(name)
                .withCreateContainerCmdModifier(command -> Objects.requireNonNull(command.getHostConfig())
                        .withBinds(new Bind(VOLUME, new Volume("/state"))))
                .withCopyFileToContainer(MountableFile.forHostPath(property("sample-app.jar")), "/sample-app.jar")
                .withEnv(Map.of(
                        "SERVER_ADDRESS", "0.0.0.0",
                        "SHAREDSTATE_MAPPED_DIRECTORY", "/state",
                        "JDK_JAVA_OPTIONS", Shop.JVM_OPTIONS))
                .withCommand("java", "-jar", "/sample-app.jar")
                .withExposedPorts(8080)
                .waitingFor(Wait.forHttp("/actuator/health/readiness").withStartupTimeout(START));
    }

    private static GenericContainer<?> proxy() {
        return new GenericContainer<>(property("test.image.nginx"))
                .withNetwork(NETWORK)
                .withCopyToContainer(Transferable.of("""
                        events {}
                        http {
                          upstream shop {
                            server app0:8080;
                            server app1:8080;
                          }
                          server {
                            listen 80;
                            location / {
                              proxy_pass http://shop;
                              # The address of a container that was killed swallows what is sent to it.
                              proxy_connect_timeout 1s;
                            }
                          }
                        }
                        """), "/etc/nginx/nginx.conf")
                .withCommand("nginx", "-g", "daemon off;")
                .withExposedPorts(80)
                .waitingFor(Wait.forHttp("/hits"))
                .dependsOn(APPS);
    }

    static String property(String name) {
        return Objects.requireNonNull(System.getProperty(name), () -> "no system property " + name + "; run by Maven");
    }

    /** A tmpfs of 64 MB, as /dev/shm is in a container by default. */
    @BeforeAll
    static void start() {
        docker().createVolumeCmd()
                .withName(VOLUME)
                .withLabels(DockerClientFactory.DEFAULT_LABELS)
                .withDriver("local")
                .withDriverOpts(Map.of("type", "tmpfs", "device", "tmpfs", "o", "size=64m"))
                .exec();
        Startables.deepStart(PROXY).join();
    }

    @AfterAll
    static void stop() {
        PROXY.stop();
        APPS.forEach(GenericContainer::stop);
        NETWORK.close();
        docker().removeVolumeCmd(VOLUME).exec();
    }

    @Test
    void theOtherContainerGoesOnAndNoAnsweredHitIsLostWhenOneIsKilled() throws Exception {
        System.out.printf("theOtherContainerGoesOnAndNoAnsweredHitIsLostWhenOneIsKilled: seed %d%n", seed);
        Shop shop = shop(PROXY, 80);
        GenericContainer<?> victim = APPS.get(random.nextInt(APPS.size()));
        Hit victimHits = shop(victim, 8080).hits();
        long before = shop.hits().value();
        try (Crowd<Hit> crowd = new Crowd<>(8, shop::hit)) {
            int killAfter = 500 + random.nextInt(1000);
            soon("hits of both", () -> crowd.answered() >= killAfter);
            assertThat(crowd.answers()).extracting(Hit::member).containsOnly(0, 1);
            assertThat(crowd.answers()).extracting(Hit::pid).containsOnly(1L);

            docker().killContainerCmd(victim.getContainerId())
                    .withSignal("KILL")
                    .exec();
            int killedAfter = crowd.answered();
            soon("the other to go on", () -> crowd.answered() >= killedAfter + 500);

            long killed = System.nanoTime();
            docker().startContainerCmd(victim.getContainerId()).exec();
            // It may have another address now.
            assertThat(PROXY.execInContainer("nginx", "-s", "reload").getExitCode())
                    .isZero();
            int restartedAfter = crowd.answered();
            soon(
                    "the killed one to be back with its ordinal",
                    () -> crowd.answers().stream()
                            .skip(restartedAfter)
                            .anyMatch(hit -> hit.member() == victimHits.member()));
            System.out.printf(
                    "member %d, started again, is back after %,d ms%n",
                    victimHits.member(),
                    Duration.ofNanos(System.nanoTime() - killed).toMillis());
            crowd.sendHome();

            List<Hit> answers = crowd.answers();
            assertThat(answers).extracting(Hit::value).doesNotHaveDuplicates();
            assertThat(answers).extracting(Hit::member).containsOnly(0, 1);
            assertThat(shop.hits().value() - before)
                    .isBetween((long) answers.size(), (long) answers.size() + crowd.cut());
            System.out.printf("%,d hits answered, %d cut%n", answers.size(), crowd.cut());
        }
    }

    private static DockerClient docker() {
        return DockerClientFactory.instance().client();
    }

    private static Shop shop(GenericContainer<?> container, int port) {
        return new Shop(container.getHost(), container.getMappedPort(port));
    }

    private static void soon(String what, Callable<Boolean> condition) {
        await(what).atMost(START).pollInterval(Duration.ofMillis(20)).until(condition);
    }
}
