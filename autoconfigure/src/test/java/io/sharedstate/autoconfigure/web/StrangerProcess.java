package io.sharedstate.autoconfigure.web;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;

/** Another process of the same user that listens on a port with SO_REUSEPORT and knows nothing of any state. */
final class StrangerProcess implements AutoCloseable {

    private final Process process;

    private StrangerProcess(Process process) {
        this.process = process;
    }

    /** Starts one; it listens when this returns. */
    static StrangerProcess on(String address, int port, String... jvmOptions) {
        return new StrangerProcess(start(StrangerProcess.class, List.of(jvmOptions), address, "" + port));
    }

    /** Starts a class with a main method, and waits until it prints a line that ends with {@code ready}. */
    static Process start(Class<?> main, List<String> jvmOptions, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        List<String> output = new ArrayList<>();
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            BufferedReader lines = process.inputReader();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.endsWith("ready")) {
                    return process;
                }
                output.add(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new AssertionError(main + " ended:\n" + String.join("\n", output));
    }

    long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        end(process);
    }

    static void end(Process process) {
        process.destroyForcibly().onExit().join();
    }

    /** Listens until its standard input ends. */
    public static void main(String... arguments) throws IOException {
        try (ServerSocketChannel channel = ServerSocketChannel.open()) {
            channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            channel.bind(new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])));
            System.out.println("ready");
            while (System.in.read() >= 0) {
                // nothing is said
            }
        }
    }
}
