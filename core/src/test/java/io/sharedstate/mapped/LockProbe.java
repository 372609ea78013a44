package io.sharedstate.mapped;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Another process that says which bytes of a file are locked: only another one can ask the kernel that. */
final class LockProbe {

    private LockProbe() {}

    /** {@code locked} or {@code free} for each position. */
    static List<String> of(Path file, int... positions) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                Path.of(LockProbe.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .getPath())
                        .toString(),
                LockProbe.class.getName(),
                file.toString()));
        for (int position : positions) {
            command.add(Integer.toString(position));
        }
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("no answer within a minute from " + command);
            }
            return new String(process.getInputStream().readAllBytes()).lines().toList();
        } finally {
            process.destroyForcibly();
        }
    }

    public static void main(String[] arguments) throws IOException {
        try (FileChannel channel =
                FileChannel.open(Path.of(arguments[0]), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            for (int i = 1; i < arguments.length; i++) {
                System.out.println(channel.tryLock(Long.parseLong(arguments[i]), 1, true) == null ? "locked" : "free");
            }
        }
    }
}
