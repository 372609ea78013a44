package io.sharedstate.it.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A forked JVM that does a {@link Work}, as its parent sees it: it is told lines and heard saying lines, and is killed or stopped by its pid.
 * Every wait for it has an end.
 */
final class Worker implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final String name;
    private final Process process;
    private final Writer input;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final Thread ear;

    private Worker(String name, Process process) {
        this.name = name;
        this.process = process;
        this.input = process.outputWriter(StandardCharsets.UTF_8);
        this.ear = new Thread(this::listen, name + " " + process.pid());
        ear.setDaemon(true);
        ear.start();
    }

    /** A small JVM that starts fast and needs no flag to run the engine. */
    static Worker fork(Class<? extends Work> work, Path directory, Object... arguments) {
        return fork(List.of("-Xmx64m"), work, directory, arguments);
    }

    static Worker fork(List<String> options, Class<? extends Work> work, Path directory, Object... arguments) {
        return start(List.of(), ClassPath.with(), options, work, directory, arguments);
    }

    /** A worker that has all that this JVM has: Spring, too. */
    static Worker withEverything(Class<? extends Work> work, Path directory, Object... arguments) {
        return start(List.of(), System.getProperty("java.class.path"), List.of("-Xmx128m"), work, directory, arguments);
    }

    /** A worker behind another command, for example one that changes the user, who may need a class path of his own. */
    static Worker behind(List<String> command, String classPath, Class<? extends Work> work, Path directory) {
        return start(command, classPath, List.of("-Xmx64m"), work, directory);
    }

    private static Worker start(
            List<String> before,
            String classPath,
            List<String> options,
            Class<? extends Work> work,
            Path directory,
            Object... arguments) {
        List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Dslf4j.internal.verbosity=ERROR"));
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, Child.class.getName(), work.getName(), directory.toString()));
        Stream.of(arguments).map(String::valueOf).forEach(command::add);
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            return new Worker(work.getSimpleName(), process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void listen() {
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long pid() {
        return process.pid();
    }

    void tell(Object line) {
        try {
            input.write(line + "\n");
            input.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(this + " hears nothing more", e);
        }
    }

    /** The next line it says, which has to begin with {@code word}; returns the rest of the line. */
    String expect(String word) {
        return expect(word, PATIENCE);
    }

    String expect(String word, Duration patience) {
        try {
            String line = poll(patience);
            assertThat(line).as("said by %s", this).isNotNull().matches(said -> (said + " ").startsWith(word + " "));
            return line.substring(Math.min(line.length(), word.length() + 1));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private String poll(Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        while (true) {
            String line = lines.poll(50, TimeUnit.MILLISECONDS);
            if (line != null) {
                return line;
            }
            if (!ear.isAlive() && lines.isEmpty()) {
                process.waitFor(10, TimeUnit.SECONDS);
                throw new AssertionError(this + " said nothing more");
            }
            if (System.nanoTime() > end) {
                throw new AssertionError(this + " said nothing for " + patience);
            }
        }
    }

    long expectNumber(String word) {
        return Long.parseLong(expect(word));
    }

    /** What it has said since the last time it was asked or expected to say something. */
    List<String> said() {
        List<String> said = new ArrayList<>();
        lines.drainTo(said);
        return said;
    }

    int saidLines() {
        return lines.size();
    }

    boolean isSilent() {
        return lines.isEmpty();
    }

    /** SIGKILL while it lives; on return it is dead, and everything it said is {@link #said()}. */
    void kill() {
        sigkill();
        awaitEnd();
        assertThat(process.exitValue()).as("exit status of %s", this).isEqualTo(128 + 9);
    }

    /** SIGSTOP; on return the kernel has stopped it. */
    void stop() {
        signal("STOP");
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(1)).until(() -> state() == 'T');
    }

    /** SIGCONT. */
    void resume() {
        signal("CONT");
    }

    /** Waits until it has ended by itself, without an error. */
    void join() {
        awaitEnd();
        assertThat(process.exitValue()).as("exit status of %s", this).isZero();
    }

    /** Not by the process itself: that would close the stream in which there may be more to read. */
    private void sigkill() {
        process.toHandle().destroyForcibly();
    }

    private void awaitEnd() {
        try {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError(this + " doesn't end");
            }
            ear.join(PATIENCE.toMillis());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void signal(String signal) {
        try {
            Process kill = new ProcessBuilder("sh", "-c", "kill -" + signal + " " + pid()).start();
            assertThat(kill.waitFor()).isZero();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private char state() throws IOException {
        String stat = Files.readString(Path.of("/proc", String.valueOf(pid()), "stat"));
        return stat.charAt(stat.lastIndexOf(')') + 2);
    }

    /** Kills it if it still lives. */
    @Override
    public void close() {
        sigkill();
        awaitEnd();
    }

    @Override
    public String toString() {
        return name + " (pid " + pid() + (process.isAlive() ? "" : ", ended with " + process.exitValue()) + ")";
    }
}
