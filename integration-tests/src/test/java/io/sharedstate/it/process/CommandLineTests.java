package io.sharedstate.it.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.SharedState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line as it is shipped, beside processes that work, are stopped and are killed. */
class CommandLineTests {

    @TempDir(factory = SharedMemory.class)
    Path parent;

    @AutoClose
    final Workers workers = new Workers();

    /** Writes whatever there is to be written, and holds a lock. */
    static final class Writer implements Work {
        @Override
        public void run(Child child) throws Exception {
            try (SharedState state = child.open()) {
                var counter = state.counter("it");
                var value = state.value("it", String.class);
                var map = state.map("it", String.class, Long.class);
                var queue = state.queue("it", Long.class);
                var topic = state.topic("it", Long.class);
                state.lock("it").lock();
                child.say("working");
                for (long i = 0; !child.hasHeard(); i++) {
                    counter.incrementAndGet();
                    value.set("at " + i);
                    map.put("key " + i % 5_000, i);
                    queue.offer(i);
                    if (i % 10 > 0) {
                        queue.poll();
                    }
                    topic.publish(i);
                }
            }
        }
    }

    private record Outcome(int status, String text) {}

    private static Outcome run(String command, Path directory) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-jar",
                        System.getProperty("cli.jar"),
                        command,
                        "--json",
                        directory.toString())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(), text);
    }

    @Test
    void stateIsLookedAtBesideWhoWorksIsStoppedAndIsKilled() throws Exception {
        Path directory = parent.resolve("state");
        Worker worker = workers.fork(Writer.class, directory);
        worker.expect("working");

        assertThat(run("check", directory))
                .returns(0, Outcome::status)
                .satisfies(outcome -> assertThat(outcome.text()).doesNotContain("DAMAGED"));
        assertHolder(directory, worker, true);

        worker.stop();
        assertHolder(directory, worker, true);
        assertThat(run("check", directory).status()).isZero();

        worker.kill();
        assertHolder(directory, worker, false);
        assertThat(run("check", directory))
                .returns(0, Outcome::status)
                .satisfies(outcome -> assertThat(outcome.text()).doesNotContain("DAMAGED", "IN_USE"));
        assertThat(run("maps", directory).text()).contains("\"name\":\"it\"");
    }

    private static void assertHolder(Path directory, Worker worker, boolean alive) throws Exception {
        assertThat(run("locks", directory))
                .returns(0, Outcome::status)
                .satisfies(outcome -> assertThat(outcome.text())
                        .contains("\"holder\":0,\"pid\":" + worker.pid() + ",\"alive\":" + alive + ","));
    }
}
