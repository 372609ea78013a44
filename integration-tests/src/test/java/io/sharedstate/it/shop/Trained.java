package io.sharedstate.it.shop;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;

/** The sample application as {@code sample-app/train} prepares it: a start takes half the processor time, which is what these tests wait for. */
public final class Trained {

    private static final Path HOME = Path.of(System.getProperty("sample-app.home", "../sample-app"))
            .toAbsolutePath()
            .normalize();
    private static final Path JAR = HOME.resolve("target/sample-app.jar");
    private static final Path ARGUMENTS = HOME.resolve("target/trained/java.args");

    private Trained() {}

    /** The argument of java that starts it. It is trained first if that wasn't done with this build. */
    public static synchronized String arguments() throws IOException {
        if (!Files.exists(ARGUMENTS) || changed(ARGUMENTS).compareTo(changed(JAR)) <= 0) {
            train();
        }
        return "@" + ARGUMENTS;
    }

    /** A build sets the time of modification, but not this one. */
    private static FileTime changed(Path file) throws IOException {
        return (FileTime) Files.getAttribute(file, "unix:ctime");
    }

    private static void train() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(HOME.resolve("train").toString()).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = process.onExit().join().exitValue();
        if (status != 0) {
            throw new IOException("sample-app/train ended with " + status + ": " + printed);
        }
    }
}
