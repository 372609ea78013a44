package io.sharedstate.autoconfigure.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Starts JVMs whose standard input is one and the same socket, as systemd does: it makes the socket blocking for each of them. */
final class Launcher implements AutoCloseable {

    /** Java can't give a socket to another process; Perl is there wherever Debian or Git is. */
    private static final String SCRIPT = """
            use Socket; use Fcntl; use POSIX ();
            my ($kind, $path) = @ARGV;
            my $socket;
            if ($kind eq 'tcp' || $kind eq 'udp') {
                socket($socket, PF_INET, $kind eq 'tcp' ? SOCK_STREAM : SOCK_DGRAM, 0) or die $!;
                bind($socket, sockaddr_in(0, INADDR_LOOPBACK)) or die $!;
            } elsif ($kind eq 'unix') {
                socket($socket, PF_UNIX, SOCK_STREAM, 0) or die $!;
                bind($socket, sockaddr_un($path)) or die $!;
            } else {
                socketpair($socket, my $other, PF_UNIX, SOCK_STREAM, 0) or die $!;
            }
            if ($kind eq 'tcp' || $kind eq 'unix') {
                listen($socket, 128) or die $!;
            }
            $| = 1;
            $SIG{CHLD} = 'IGNORE';
            print $kind eq 'tcp' ? (sockaddr_in(getsockname($socket)))[0] : 0, "\\n";
            my @pids;
            while (<STDIN>) {
                chomp;
                fcntl($socket, F_SETFL, 0);
                my ($log, @command) = split /\\t/;
                if (!@command) {
                    print "0\\n";
                    next;
                }
                my $pid = fork();
                if (!$pid) {
                    POSIX::dup2(fileno($socket), 0);
                    open(STDOUT, '>', $log);
                    open(STDERR, '>&', \\*STDOUT);
                    exec @command;
                }
                push @pids, $pid;
                print "$pid\\n";
            }
            kill 'KILL', @pids;
            """;

    static final boolean AVAILABLE = Files.isExecutable(Path.of("/usr/bin/perl"));

    private final Path directory;
    private final Process process;
    private final BufferedReader answers;
    private final PrintStream commands;
    private final int port;
    private int started;

    Launcher(String kind, Path directory) throws IOException {
        this.directory = directory;
        process = new ProcessBuilder(
                        "/usr/bin/perl",
                        "-e",
                        SCRIPT,
                        kind,
                        directory.resolve("socket").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        answers = process.inputReader(StandardCharsets.UTF_8);
        commands = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        port = Integer.parseInt(answers.readLine());
    }

    int port() {
        return port;
    }

    /** What each start does, too. */
    void makeBlocking() throws IOException {
        commands.println();
        assertThat(answers.readLine()).isEqualTo("0");
    }

    Child start(Class<?> main, String... arguments) throws IOException {
        Path log = directory.resolve(started++ + ".log");
        List<String> command = new ArrayList<>(java(main));
        command.add(1, "-Djava.io.tmpdir=" + directory); // Those that are killed leave files there.
        command.add(0, log.toString());
        command.addAll(List.of(arguments));
        commands.println(String.join("\t", command));
        return new Child(ProcessHandle.of(Long.parseLong(answers.readLine())).orElseThrow(), log);
    }

    static List<String> java(Class<?> main) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                main.getName());
    }

    @Override
    public void close() throws InterruptedException {
        commands.close();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }

    record Child(ProcessHandle process, Path log) {

        Child awaitLog(String text) throws IOException {
            await().atMost(Duration.ofSeconds(60)).until(() -> text().contains(text) || !process.isAlive());
            assertThat(text()).contains(text);
            return this;
        }

        String text() throws IOException {
            return Files.exists(log) ? Files.readString(log) : "";
        }

        /** SIGTERM. */
        void stop() {
            process.destroy();
        }

        String awaitEnd() throws IOException {
            await().atMost(Duration.ofSeconds(60)).until(() -> !process.isAlive());
            return text();
        }
    }
}
