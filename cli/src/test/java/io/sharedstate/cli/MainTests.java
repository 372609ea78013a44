package io.sharedstate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.sharedstate.Kind;
import io.sharedstate.Lease;
import io.sharedstate.SharedState;
import io.sharedstate.mapped.MappedEngine;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class MainTests {

    @TempDir
    Path parent;

    private Path directory;
    private SharedState state;

    @BeforeEach
    void createState() {
        directory = parent.resolve("state");
        state = MappedEngine.at(directory).open();
        state.members().announce("127.0.0.1:8080");
        state.members().announceVersion("2.7.1");
        state.counter("hits").set(1_234_567);
        state.adder("pages").add(5);
        state.lock("free");
        state.map("prices", String.class, Long.class).put("a", 1L);
        state.map("prices", String.class, Long.class).get("a");
        state.queue("orders", String.class).offer("one");
        state.topic("news", String.class).publish("it is out");
        state.semaphore("slow", 3);
    }

    @AfterEach
    void closeState() {
        state.close();
    }

    /** What a command printed, and ended with. */
    private record Outcome(int status, String out, String error) {}

    private static Outcome run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter error = new StringWriter();
        CommandLine commandLine = Main.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(error))
                .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF));
        int status = commandLine.execute(arguments);
        return new Outcome(status, out.toString(), error.toString());
    }

    private Outcome look(String command, String... options) {
        String[] arguments = new String[options.length + 2];
        arguments[0] = command;
        System.arraycopy(options, 0, arguments, 1, options.length);
        arguments[options.length + 1] = directory.toString();
        return run(arguments);
    }

    private JsonNode json(String command, String... options) {
        String[] all = new String[options.length + 1];
        System.arraycopy(options, 0, all, 1, options.length);
        all[0] = "--json";
        Outcome outcome = look(command, all);
        assertThat(outcome.error()).isEmpty();
        assertThat(outcome.out()).hasLineCount(1);
        return JsonMapper.shared().readTree(outcome.out());
    }

    @Test
    void statShowsAll() {
        assertThat(look("stat", "-n", "1"))
                .returns(0, Outcome::status)
                .satisfies(outcome -> assertThat(outcome.out())
                        .containsPattern("members \\(1\\)\n +ordinal +pid +address +version +up +silence +hung\n"
                                + " +0 .*127.0.0.1:8080 +2.7.1 .* s +no\n")
                        .containsPattern("hits +1,234,567 +-\n")
                        .containsPattern("pages +5 ")
                        .containsPattern("prices +1 ")
                        .containsPattern("orders +1 +0 +0 ")
                        .containsPattern("news +1 +0 +0\n")
                        .containsPattern("slow +3 +0 ")
                        .doesNotContain("locks held", "free"));
    }

    @Test
    void statTellsHowFastIsCounted() {
        Outcome outcome = look("stat", "-n", "2", "-i", "0.01", "--json");

        assertThat(outcome.out()).hasLineCount(2);
        JsonNode last =
                JsonMapper.shared().readTree(outcome.out().lines().toList().get(1));
        assertThat(last.at("/counters/0/name").asString()).isEqualTo("hits");
        assertThat(last.at("/counters/0/perSecond").asDouble()).isZero();
    }

    @Test
    void statShowsTheFastestCountersOnly() {
        for (int i = 0; i < 30; i++) {
            state.counter("counter-" + i);
        }
        assertThat(json("stat", "-n", "1").get("counters")).hasSize(20);
        assertThat(json("stat", "-n", "1", "--top", "5").get("counters")).hasSize(5);
    }

    @Test
    void locksShowWhoHoldsWhich() {
        try (Lease lease = state.lock("till").acquire()) {
            JsonNode locks = json("locks").get("locks");

            assertThat(locks).hasSize(2);
            assertThat(locks.at("/0/name").asString()).isEqualTo("till");
            assertThat(locks.at("/0/holder").asInt()).isZero();
            assertThat(locks.at("/0/pid").asLong())
                    .isEqualTo(ProcessHandle.current().pid());
            assertThat(locks.at("/0/alive").isBoolean()).isTrue();
            assertThat(locks.at("/0/alive").asBoolean()).isTrue();
            assertThat(locks.at("/0/abandoned").isBoolean()).isTrue();
            assertThat(locks.at("/0/fencingToken").asLong()).isEqualTo(lease.fencingToken());
            assertThat(locks.at("/1/name").asString()).isEqualTo("free");
            assertThat(locks.at("/1/holder").isNull()).isTrue();
        }
        assertThat(look("locks").out()).contains("locks (2)").containsPattern("free +- +-");
    }

    @Test
    void aThreadsNameDoesNothingToTheTerminal() throws Exception {
        Thread thread = new Thread(() -> state.lock("till").lock(), "\033[2Jgone");
        thread.start();
        thread.join();

        assertThat(look("locks").out()).contains("?[2Jgone").doesNotContain("\033");
    }

    @Test
    void mapsShowTheirFillAndHits() {
        JsonNode map = json("maps").at("/maps/0");

        assertThat(map.get("name").asString()).isEqualTo("prices");
        assertThat(map.get("entries").asLong()).isEqualTo(1);
        assertThat(map.get("hits").asLong()).isEqualTo(1);
        assertThat(map.get("hitPercent").asDouble()).isEqualTo(100);
        assertThat(map.get("fillPercent").asDouble()).isBetween(0d, 1d);
    }

    @Test
    void queuesShowWhatWaits() {
        JsonNode queue = json("queues").at("/queues/0");

        assertThat(queue.get("name").asString()).isEqualTo("orders");
        assertThat(queue.get("depth").asLong()).isEqualTo(1);
        assertThat(queue.get("inWork").asLong()).isZero();
    }

    @Test
    void ofNothingNothingIsShown() {
        state.remove(Kind.MAP, "prices");

        assertThat(look("maps").out()).isEqualTo("none\n");
        assertThat(json("maps").get("maps")).isEmpty();
    }

    @Test
    void allIsSeenOnceNobodyIsThere() {
        state.close();

        assertThat(json("stat", "-n", "1").get("members")).isEmpty();
        assertThat(json("stat", "-n", "1").at("/counters/0/value").asLong()).isEqualTo(1_234_567);
    }

    @Test
    void whatIsWholeIsCountedByCheck() {
        assertThat(look("check"))
                .returns(0, Outcome::status)
                .satisfies(outcome ->
                        assertThat(outcome.out()).matches("\\d+ verified: \\d+ whole, 0 in use, 0 damaged\n"));
    }

    @Test
    void whatIsDamagedIsNamedByCheck() throws IOException {
        state.close();
        byte[] bytes = Files.readAllBytes(directory.resolve("maps/prices.dat"));
        bytes[0]++;
        Files.write(directory.resolve("maps/prices.dat"), bytes);

        assertThat(look("check"))
                .returns(1, Outcome::status)
                .satisfies(outcome -> assertThat(outcome.out())
                        .startsWith("maps/prices.dat is DAMAGED: ")
                        .endsWith(", 1 damaged\n"));
        assertThat(look("check", "--json"))
                .returns(1, Outcome::status)
                .satisfies(outcome -> assertThat(outcome.out()).contains("\"DAMAGED\""));
    }

    @Test
    void doctorSaysWhatIsWrongAndWhatToDo() throws IOException {
        assumeThat(Files.getFileStore(directory).type())
                .as("no finding by itself")
                .isNotEqualTo("overlay");
        assertThat(look("doctor")).returns(0, Outcome::status).returns("nothing found\n", Outcome::out);
        assertThat(json("doctor").get("findings")).isEmpty();

        Files.createSymbolicLink(directory.resolve("link"), parent);

        assertThat(look("doctor"))
                .returns(1, Outcome::status)
                .satisfies(outcome -> assertThat(outcome.out())
                        .contains(directory + "/link is a symbolic link to " + parent + "; expected plain files"));
        JsonNode finding = json("doctor").at("/findings/0");
        assertThat(finding.get("found").asString()).contains("link");
        assertThat(finding.get("expected").asString()).contains("plain files");
        assertThat(finding.get("action").asString()).contains("chown");
    }

    @Test
    void doctorNamesDifferentVersionsOfTheApplication() {
        try (SharedState other = MappedEngine.at(directory).open()) {
            other.members().announceVersion("2.8.0");
            assertThat(look("doctor"))
                    .returns(1, Outcome::status)
                    .satisfies(outcome -> assertThat(outcome.out()).contains("2.7.1 (member 0), 2.8.0 (member 1)"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"stat", "locks", "maps", "queues", "check", "doctor"})
    void anotherDirectoryIsRefused(String command) {
        assertThat(run(command, parent.toString()))
                .returns(2, Outcome::status)
                .returns("", Outcome::out)
                .satisfies(outcome -> assertThat(outcome.error())
                        .startsWith("sharedstate: " + parent + " is no state directory")
                        .doesNotContain("\tat "));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "remove", "stat", "stat -i soon", "locks --no-such-option"})
    void whatIsNoCommandIsAnsweredWithTheUsage(String line) {
        Outcome outcome = run(line.isEmpty() ? new String[0] : line.split(" "));

        assertThat(outcome.status()).isEqualTo(2);
        assertThat(outcome.error()).contains("sharedstate");
    }

    @Test
    void helpIsNoError() {
        assertThat(run("--help"))
                .returns(0, Outcome::status)
                .satisfies(outcome ->
                        assertThat(outcome.out()).contains("stat", "locks", "maps", "queues", "check", "doctor"));
        assertThat(run("check", "--help").status()).isZero();
        assertThat(run("--version").out()).startsWith("sharedstate ");
    }
}
