package io.sharedstate.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Another JVM, on the same JDK, that does what it is asked by lines, and answers by lines; killed when it is closed. */
final class Child implements AutoCloseable {

    private final Process process;
    private final PrintWriter requests;
    private final BufferedReader answers;

    private Child(Process process) {
        this.process = process;
        this.requests = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
        this.answers = process.inputReader(StandardCharsets.UTF_8);
    }

    static Child worker() {
        return start(
                System.getProperty("java.class.path"), Worker.class, "-Dlogback.configurationFile=quiet-logback.xml");
    }

    static Child start(String classPath, Class<?> main, String... options) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("-Xmx256m", "-cp", classPath, main.getName()));
        try {
            return new Child(new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void send(Object... words) {
        List<String> line = new ArrayList<>();
        for (Object word : words) {
            line.add(word.toString());
        }
        requests.println(String.join(" ", line));
    }

    /** The numbers of the next line. */
    long[] receive() {
        try {
            String line = answers.readLine();
            if (line == null) {
                throw new IllegalStateException(
                        "process " + process.pid() + " ended without an answer; its error is above");
            }
            return Arrays.stream(line.split(" ", -1)).mapToLong(Long::parseLong).toArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long[] ask(Object... words) {
        send(words);
        return receive();
    }

    /** Nanoseconds that its threads have been on a CPU. */
    long cpuNs() {
        return CpuTime.ofProcess(process.pid());
    }

    void kill() {
        process.destroyForcibly();
    }

    @Override
    public void close() {
        kill();
        process.onExit().join();
    }
}
