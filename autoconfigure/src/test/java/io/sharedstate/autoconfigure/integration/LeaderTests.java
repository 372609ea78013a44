package io.sharedstate.autoconfigure.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.SharedState;
import io.sharedstate.mapped.MappedEngine;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.integration.leader.DefaultCandidate;
import org.springframework.integration.support.leader.LockRegistryLeaderInitiator;

/** Spring Integration's election of a leader, by a lock. */
@Timeout(120)
class LeaderTests {

    private static final String ROLE = "cleaner of the inbox";

    @TempDir
    Path directory;

    private SharedState state;
    private LockRegistryLeaderInitiator candidate;

    @BeforeEach
    void open() {
        state = MappedEngine.at(directory.resolve("state")).open();
        candidate = candidate(state, ROLE);
    }

    @AfterEach
    void close() {
        stop(candidate);
        state.close();
    }

    private static LockRegistryLeaderInitiator candidate(SharedState state, String role) {
        LockRegistryLeaderInitiator candidate = new LockRegistryLeaderInitiator(
                new SharedLockRegistry(state),
                new DefaultCandidate("" + state.members().self().pid(), role));
        candidate.setApplicationEventPublisher(event -> {});
        return candidate;
    }

    private static boolean isLeader(LockRegistryLeaderInitiator candidate) {
        return candidate.getContext().isLeader();
    }

    private static void stop(LockRegistryLeaderInitiator candidate) {
        candidate.stop();
        await().until(() -> !isLeader(candidate));
    }

    @Test
    void anotherLeadsWhenTheLeaderStopsOrYields() {
        try (SharedState otherState =
                MappedEngine.at(directory.resolve("state")).open()) {
            LockRegistryLeaderInitiator other = candidate(otherState, ROLE);
            candidate.start();
            await().until(() -> isLeader(candidate));
            other.start();
            assertThat(isLeader(other)).isFalse();

            candidate.stop();
            await().until(() -> isLeader(other));
            assertThat(isLeader(candidate)).isFalse();

            candidate.start();
            await().until(() -> {
                other.getContext().yield();
                return isLeader(candidate);
            });
            assertThat(isLeader(other)).isFalse();
            stop(other);
        }
    }

    @Test
    void everyRoleHasALeaderOfItsOwn() {
        LockRegistryLeaderInitiator second = candidate(state, "another role");
        candidate.start();
        second.start();
        await().until(() -> isLeader(candidate) && isLeader(second));
        stop(second);
    }

    @Test
    void anotherLeadsWhenTheLeaderIsKilled() throws Exception {
        Process leader = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        LeaderProcess.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            awaitReady(leader);
            candidate.start();
            // As long as it lives, however often one asks.
            assertThat(new SharedLockRegistry(state).obtain(ROLE).tryLock(2, TimeUnit.SECONDS))
                    .isFalse();
            assertThat(isLeader(candidate)).isFalse();
            leader.destroyForcibly().waitFor();
            long killed = System.nanoTime();
            await().until(() -> isLeader(candidate));
            System.out.printf("leads %d ms after the kill%n", (System.nanoTime() - killed) / 1_000_000);
        } finally {
            leader.destroyForcibly().waitFor();
        }
    }

    private static void awaitReady(Process process) throws IOException {
        BufferedReader lines = process.inputReader();
        for (String line = lines.readLine(); !"ready".equals(line); line = lines.readLine()) {
            assertThat(line).as("it ended").isNotNull();
        }
    }

    /** Leads until it is killed, or its standard input ends. */
    static final class LeaderProcess {
        public static void main(String... arguments) throws IOException {
            SharedState state =
                    MappedEngine.at(Path.of(arguments[0]).resolve("state")).open();
            LockRegistryLeaderInitiator candidate = candidate(state, ROLE);
            candidate.start();
            await().until(() -> isLeader(candidate));
            System.out.println("ready");
            while (System.in.read() >= 0) {
                // nothing is said
            }
            System.exit(0);
        }
    }
}
