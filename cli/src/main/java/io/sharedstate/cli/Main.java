package io.sharedstate.cli;

import io.sharedstate.SharedState;
import io.sharedstate.SharedStateException;
import io.sharedstate.doctor.Finding;
import io.sharedstate.mapped.MappedEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;

/** {@code java -jar sharedstate-cli.jar COMMAND DIRECTORY}. */
@Command(
        name = "sharedstate",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        description =
                "Looks into the state that processes of an application share: beside those that run or hang, and after a"
                        + " crash. Changes nothing.",
        footer = {
            "",
            "DIRECTORY is the one that the application says it has joined, as /actuator/sharedstate does.",
            "Ends with 0; 'check' and 'doctor' with 1 if something is wrong; with 2 if it can't look."
        },
        subcommands = {Stat.class, Verify.class})
final class Main {

    /** Something is wrong. */
    static final int FOUND = 1;

    private static final int CANNOT_LOOK = 2;

    private Main() {}

    /** Where it was built from. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"sharedstate " + (version == null ? "(not packaged)" : version)};
        }
    }

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    @Command(
            mixinStandardHelpOptions = true,
            description = "Who holds which lock since when, and who waits; the longest held first.")
    void locks(@Mixin Target target) {
        show(target, "locks", Rows::locks);
    }

    @Command(
            mixinStandardHelpOptions = true,
            description = "How full maps are, and what became of them. Caches and sessions are maps.")
    void maps(@Mixin Target target) {
        show(target, "maps", Rows::maps);
    }

    @Command(
            mixinStandardHelpOptions = true,
            description = "What waits in queues, is in work, or was received in vain too often.")
    void queues(@Mixin Target target) {
        show(target, "queues", Rows::queues);
    }

    @Command(
            mixinStandardHelpOptions = true,
            description =
                    "What is wrong around the state, or soon may be: too little room, who cleans up there, permissions, strangers on the"
                            + " port, members of different versions. Ends with 1 if something is.")
    int doctor(@Mixin Target target) {
        List<Finding> findings = MappedEngine.examine(target.directory());
        target.print(
                Map.of("findings", findings),
                () -> findings.isEmpty()
                        ? "nothing found"
                        : findings.stream().map(Finding::toString).collect(Collectors.joining("\n\n")));
        return findings.isEmpty() ? 0 : FOUND;
    }

    private static void show(Target target, String title, Function<SharedState, List<? extends Record>> rows) {
        try (SharedState state = MappedEngine.observe(target.directory())) {
            Map<String, List<? extends Record>> tables = Map.of(title, rows.apply(state));
            target.print(tables, () -> Table.text(tables));
        }
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((e, commandLine, parsed) -> {
                    if (!(e instanceof SharedStateException)) {
                        throw e;
                    }
                    commandLine.getErr().println("sharedstate: " + e.getMessage());
                    String others = directories(MappedEngine.defaultParent());
                    if (others != null) {
                        commandLine.getErr().println(others);
                    }
                    return CANNOT_LOOK;
                });
    }

    /** Those who have given the wrong directory look for another; null if there is none in the usual place. */
    private static @Nullable String directories(Path parent) {
        if (!Files.isDirectory(parent)) {
            return null;
        }
        try (Stream<Path> all = Files.list(parent)) {
            List<String> found =
                    all.filter(Files::isDirectory).map(Path::toString).sorted().toList();
            return found.isEmpty() ? null : "directories in the usual place: " + String.join(", ", found);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
