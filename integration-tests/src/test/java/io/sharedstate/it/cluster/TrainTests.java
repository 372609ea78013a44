package io.sharedstate.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.FileSystemUtils;

/** {@code sample-app/train}, with the JDK that runs the test. */
class TrainTests {

    private static final Path HOME = Path.of(System.getProperty("sample-app.home", "../sample-app"))
            .toAbsolutePath()
            .normalize();
    private static final String JAVA_HOME = System.getProperty("java.home");

    @TempDir
    private Path directory;

    @Test
    void theApplicationStartsWithWhatWasNoted() throws Exception {
        Path trained = directory.resolve("trained");

        String printed =
                run(0, HOME.resolve("train").toString(), System.getProperty("sample-app.jar"), trained.toString());

        assertThat(printed).isEqualTo("train: java @%s/java.args\n".formatted(trained));
        assertThat(directory).isDirectoryNotContaining(file -> !file.equals(trained));
        // The JVM refuses to start if it can't use the archive.
        Path loaded = directory.resolve("loaded");
        boolean aot = Runtime.version().feature() >= 25;
        assertThat(Files.exists(trained.resolve("application.aot"))).isEqualTo(aot);
        List<String> command = new ArrayList<>(List.of(
                Path.of(JAVA_HOME, "bin", "java").toString(),
                aot ? "-XX:AOTMode=on" : "-Xshare:on",
                "-Xlog:class+load:" + loaded,
                "-Dspring.context.exit=onRefresh",
                "@" + trained.resolve("java.args"),
                "--sharedstate.mapped.directory=" + directory.resolve("state")));
        run(0, command.toArray(String[]::new));
        assertThat(Files.readString(loaded))
                .containsPattern("io\\.sharedstate\\.sample\\.TicketShop source: shared objects file");
    }

    @Test
    void theClusterUsesWhatWasNotedOfTheSameBuild() throws Exception {
        Path jar = HOME.resolve("target/sample-app.jar");
        Path trained = HOME.resolve("target/trained");
        run(0, HOME.resolve("train").toString());
        try (Cluster cluster = Cluster.serving(1)) {
            assertThat(commandLine(cluster)).contains("@" + trained.resolve("java.args"));

            // Its status changes, as if it were built anew.
            Files.setLastModifiedTime(jar, Files.getLastModifiedTime(jar));
            assertThat(cluster.ask("reload").status()).isZero();

            assertThat(commandLine(cluster)).contains("-jar " + jar);
        } finally {
            FileSystemUtils.deleteRecursively(trained);
        }
    }

    private static String commandLine(Cluster cluster) {
        long pid = cluster.pids(1).get(0);
        return ProcessHandle.of(pid).orElseThrow().info().commandLine().orElseThrow();
    }

    @Test
    void aJarThatIsMissingIsSaid() throws Exception {
        Path jar = directory.resolve("none.jar");

        assertThat(run(1, HOME.resolve("train").toString(), jar.toString()))
                .isEqualTo("train: there is no %s; build it first\n".formatted(jar));
    }

    private static String run(int expected, String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", JAVA_HOME);
        Process process = builder.start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(printed).isEqualTo(expected);
        return printed;
    }
}
