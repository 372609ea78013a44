package io.sharedstate.it.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.it.shop.Crowd;
import io.sharedstate.it.shop.Shop;
import io.sharedstate.it.shop.Shop.Hit;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.extension.TestWatcher;

/** What is promised of every launcher, while customers come. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class LauncherTests {

    /** How many requests may be lost when an instance stops: one whose handshake is half done when the listener closes. */
    private static final int CUT_BY_A_STOP = 1;

    static final int CUSTOMERS = 8;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private final Launcher launcher;

    LauncherTests(Launcher launcher) {
        this.launcher = launcher;
    }

    @BeforeAll
    void start() throws Exception {
        try {
            launcher.start();
        } catch (Throwable e) {
            e.addSuppressed(new IllegalStateException("log of the instances:\n" + launcher.log()));
            launcher.close();
            throw e;
        }
    }

    /** What they wrote is gone with them. */
    @RegisterExtension
    final TestWatcher watcher = new TestWatcher() {
        @Override
        public void testFailed(ExtensionContext test, @Nullable Throwable cause) {
            try {
                System.out.printf("%s: log of the instances:%n%s%n", test.getDisplayName(), launcher.log());
            } catch (Exception e) {
                System.out.println("no log of the instances: " + e);
            }
        }
    };

    @AfterAll
    void stop() throws Exception {
        launcher.close();
    }

    @Test
    void anInstanceThatIsKilledIsBackWithItsOrdinalAndNoAnsweredHitIsLost() throws Exception {
        System.out.printf("%s: seed %d%n", getClass().getSimpleName(), seed);
        Shop shop = launcher.shop();
        try (Crowd<Hit> crowd = new Crowd<>(CUSTOMERS, shop::hit)) {
            awaitAllOrdinals(crowd);
            long before = crowd.cut();
            Set<String> processes = launcher.processes();
            String victim = List.copyOf(processes).get(random.nextInt(3));

            launcher.kill(victim);

            soon("three processes, but not the killed one", () -> {
                Set<String> now = launcher.processes();
                return now.size() == 3 && !now.contains(victim);
            });
            assertThat(launcher.processes()).containsAll(without(victim, processes));
            awaitAllOrdinals(crowd);
            assertThatAllWereCounted(crowd);
            System.out.printf(
                    "%s: %,d hits answered though one was killed, %d cut%n",
                    getClass().getSimpleName(), crowd.answered(), crowd.cut() - before);
        }
    }

    @Test
    void aReloadReplacesEveryInstanceOneByOneAndLosesNoHit() throws Exception {
        Shop shop = launcher.shop();
        try (Crowd<Hit> crowd = new Crowd<>(CUSTOMERS, shop::hit)) {
            awaitAllOrdinals(crowd);
            Set<String> processes = launcher.processes();

            launcher.reload();

            assertThat(launcher.processes()).hasSize(3).doesNotContainAnyElementsOf(processes);
            awaitAllOrdinals(crowd);
            assertThatAllWereCounted(crowd);
            assertThat(crowd.cut()).isLessThanOrEqualTo(3 * CUT_BY_A_STOP);
            System.out.printf(
                    "%s: %,d hits answered while all were reloaded, %d cut%n",
                    getClass().getSimpleName(), crowd.answered(), crowd.cut());
        }
    }

    private static void awaitAllOrdinals(Crowd<Hit> crowd) {
        int answered = crowd.answered();
        soon("all three ordinals", () -> {
            List<Hit> answers = crowd.answers();
            return answers.stream()
                    .skip(answered)
                    .map(Hit::member)
                    .collect(Collectors.toSet())
                    .equals(Set.of(0, 1, 2));
        });
    }

    private void assertThatAllWereCounted(Crowd<Hit> crowd) throws Exception {
        crowd.sendHome();
        List<Hit> answers = crowd.answers();
        assertThat(answers).extracting(Hit::value).doesNotHaveDuplicates();
        assertThat(answers).extracting(Hit::member).containsOnly(0, 1, 2);
        long first = answers.stream().mapToLong(Hit::value).min().orElseThrow();
        assertThat(launcher.shop().hits().value() - first + 1)
                .isBetween((long) answers.size(), (long) answers.size() + crowd.cut());
    }

    private static Set<String> without(String victim, Set<String> processes) {
        return processes.stream().filter(process -> !process.equals(victim)).collect(Collectors.toSet());
    }

    private static void soon(String what, Callable<Boolean> condition) {
        await(what)
                .atMost(Duration.ofMinutes(3))
                .pollInterval(Duration.ofMillis(200))
                .until(condition);
    }
}
