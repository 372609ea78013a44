package io.sharedstate.autoconfigure.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(
        value = Server.class,
        names = {"TOMCAT", "JETTY", "NETTY"})
@EnabledOnOs(OS.LINUX)
@EnabledIf(value = "perlIsThere", disabledReason = "/usr/bin/perl gives a socket to processes; it isn't there")
@Timeout(value = 3, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InheritedTests {

    @Parameter
    private Server server = Server.TOMCAT;

    @TempDir
    private Path directory;

    private Launcher launcher;

    static boolean perlIsThere() {
        return Launcher.AVAILABLE;
    }

    @BeforeEach
    void listen() throws IOException {
        launcher = new Launcher("tcp", directory);
    }

    @AfterEach
    void close() throws InterruptedException {
        launcher.close();
    }

    private Launcher.Child begin(String name) throws IOException {
        return launcher.start(InheritedProcess.Serving.class, server.name(), name);
    }

    private Launcher.Child start(String name) throws IOException {
        return begin(name).awaitLog(name + " is on port " + launcher.port());
    }

    @Test
    void noRequestIsLostWhileAllProcessesAreRestarted() throws Exception {
        Launcher.Child[] children = {begin("zero"), begin("one")};
        start("two");
        try (Load load = new Load(launcher.port())) {
            for (int i = 0; i < 2; i++) {
                load.awaitMore(100);
                children[i].stop();
                assertThat(children[i].awaitEnd())
                        .contains("'server.port=1' has no effect", "Graceful shutdown complete");
                children[i] = start("again" + i);
            }
            load.awaitMore(100);
            assertThat(load.stop()).isEmpty();
        }
    }

    /** Also when it has let go of all its connections, and nobody else is there. */
    @Test
    void whatIsQueuedWaitsForTheNextProcess() throws Exception {
        Launcher.Child one = start("one");
        one.stop();
        one.awaitEnd();
        List<RawConnection> queued = new ArrayList<>();
        try {
            for (int i = 0; i < 10; i++) {
                queued.add(new RawConnection(launcher.port(), "/"));
            }
            start("two");
            for (RawConnection connection : queued) {
                assertThat(connection.answerUntil("two HTTP/1.1")).startsWith("HTTP/1.1 200");
            }
        } finally {
            for (RawConnection connection : queued) {
                connection.close();
            }
        }
    }

    /** A process that another was faster than then waits in accept(2). */
    @Test
    void aProcessStopsAlsoWhenALauncherHasMadeTheSocketBlocking() throws Exception {
        Launcher.Child one = begin("one");
        Launcher.Child two = start("two");
        one.awaitLog("one is on port " + launcher.port());
        launcher.makeBlocking();
        for (int i = 0; i < 20; i++) {
            assertThat(RawConnection.get(launcher.port())).startsWith("HTTP/1.1 200");
        }
        one.stop();
        assertThat(one.awaitEnd()).contains("Graceful shutdown complete");
        for (int i = 0; i < 20; i++) {
            assertThat(RawConnection.get(launcher.port())).contains("two HTTP/1.1");
        }
        two.stop();
        assertThat(two.awaitEnd()).contains("Graceful shutdown complete");
    }

    @Test
    void theSocketServesOneContextAfterTheOther() throws Exception {
        Launcher.Child child = launcher.start(InheritedProcess.Restarting.class, server.name());
        child.awaitLog("restarted on " + launcher.port());
        assertThat(child.text())
                .contains("before is on port " + launcher.port())
                .contains("second: ")
                .contains("Another web server of this process already listens on the inherited socket");
        assertThat(RawConnection.get(launcher.port())).contains("after HTTP/1.1");
    }
}
