package io.sharedstate.it.launcher;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** Commands in one directory, with additional variables. */
record Command(Path directory, Map<String, String> environment) {

    /** Runs a command to its end, and returns what it printed, without the last line break. */
    String run(String... command) throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).stripTrailing();
        int status = process.waitFor();
        if (status != 0) {
            throw new IOException("'%s' ended with %d: %s".formatted(String.join(" ", command), status, printed));
        }
        return printed;
    }

    /** Runs a line of the shell. */
    String shell(String line) throws IOException, InterruptedException {
        return run("bash", "-c", line);
    }

    /** The port of an address such as {@code 127.0.0.1:32768}. */
    static int port(String address) {
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }
}
