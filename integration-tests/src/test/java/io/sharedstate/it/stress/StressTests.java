package io.sharedstate.it.stress;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.it.process.ClassPath;
import io.sharedstate.it.process.SharedMemory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import joptsimple.OptionParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jcstress.Main;
import org.openjdk.jcstress.annotations.JCStressTest;

/** Runs the jcstress tests of this package, each for about a second. Their report stands in {@code target/jcstress}. */
class StressTests {

    private static final int STRIDE_SIZE = 32;
    private static final int STRIDE_COUNT = 4;

    @TempDir(factory = SharedMemory.class)
    Path directory;

    @Test
    void nothingForbiddenHappens() throws Exception {
        assertThat(4 * STRIDE_SIZE * STRIDE_COUNT).isLessThanOrEqualTo(Both.LIVE);
        Path target = Files.createDirectories(Path.of("target", "jcstress").toAbsolutePath());
        Path log = target.resolve("log.txt");
        Process stress = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        ClassPath.with(Main.class, OptionParser.class),
                        Main.class.getName(),
                        "-t",
                        getClass().getPackageName(),
                        "-r",
                        "report",
                        "-f",
                        "1",
                        "-fsm",
                        "1",
                        "-iters",
                        "2",
                        "-time",
                        "400",
                        "-strideSize",
                        String.valueOf(STRIDE_SIZE),
                        "-strideCount",
                        String.valueOf(STRIDE_COUNT),
                        "-hs",
                        "128",
                        "-sc",
                        "false",
                        "-af",
                        "NONE",
                        "-jvmArgs",
                        "-Dsharedstate.stress.directory=" + directory))
                .directory(target.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(stress.waitFor(5, TimeUnit.MINUTES)).isTrue();
        } finally {
            stress.descendants().forEach(ProcessHandle::destroyForcibly);
            stress.destroyForcibly();
        }

        String said = Files.readString(log);
        assertThat(stress.exitValue()).as(said).isZero();
        long tests = Stream.of(
                        CounterStress.class, AdderStress.class, ValueStress.class, MapStress.class, LockStress.class)
                .flatMap(group -> Stream.of(group.getDeclaredClasses()))
                .filter(test -> test.isAnnotationPresent(JCStressTest.class))
                .count();
        assertThat(said).as("all were run").contains("All remaining tests: " + tests + " matching test results");
    }
}
