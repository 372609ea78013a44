package io.sharedstate.autoconfigure.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@EnabledOnOs(OS.LINUX)
@EnabledIf(value = "perlIsThere", disabledReason = "/usr/bin/perl gives a socket to processes; it isn't there")
@Timeout(value = 3, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InheritedSocketTests {

    @TempDir
    private Path directory;

    static boolean perlIsThere() {
        return Launcher.AVAILABLE;
    }

    @ParameterizedTest
    @CsvSource({"udp,a datagram socket", "unix,the UNIX domain socket '", "pair,a connection"})
    void anotherSocketIsRefused(String kind, String found) throws Exception {
        try (Launcher launcher = new Launcher(kind, directory)) {
            assertThat(launcher.start(InheritedProcess.Finding.class).awaitEnd())
                    .contains("(file descriptor 0), which is " + found)
                    .contains("'StandardInput=socket'", "'sharedstate.server.port-sharing=none'");
        }
    }

    @Test
    void whatIsNoSocketIsRefused() throws Exception {
        assertThat(find(ProcessBuilder.Redirect.PIPE)).contains("which is 'pipe:[");
        assertThat(find(ProcessBuilder.Redirect.from(new File("/dev/null")))).contains("which is '/dev/null'.");
    }

    private static String find(ProcessBuilder.Redirect input) throws IOException {
        Process process = new ProcessBuilder(Launcher.java(InheritedProcess.Finding.class))
                .redirectInput(input)
                .redirectErrorStream(true)
                .start();
        return new String(process.getInputStream().readAllBytes());
    }

    /**
     * A process that another was faster than waits in accept(2) when a launcher has made the socket blocking. It would take a connection
     * after it has left.
     */
    @Test
    void aProcessThatHasLeftTakesNoConnection() throws Exception {
        try (Launcher launcher = new Launcher("tcp", directory)) {
            Launcher.Child one = launcher.start(InheritedProcess.Accepting.class, "one");
            Launcher.Child two = launcher.start(InheritedProcess.Accepting.class, "two");
            one.awaitLog("ready");
            two.awaitLog("ready");
            for (int i = 0; i < 5; i++) {
                launcher.makeBlocking();
                assertThat(answer(launcher)).containsAnyOf("one", "two");
            }
            one.stop();
            one.awaitLog("left");
            for (int i = 0; i < 5; i++) {
                assertThat(answer(launcher)).isEqualTo("two");
            }
        }
    }

    private static String answer(Launcher launcher) throws IOException {
        try (RawConnection connection = new RawConnection(launcher.port())) {
            return connection.answer();
        }
    }

    @Test
    void withoutASocketThereIsNothingToTake() {
        assertThatThrownBy(InheritedSocket::take).isInstanceOf(PortSharingException.class);
    }
}
