package io.sharedstate.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** What all commands are told. */
final class Target {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    @Parameters(paramLabel = "DIRECTORY", description = "The state directory.")
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @Option(names = "--json", description = "Print one line of JSON.")
    private boolean json;

    Path directory() {
        return directory;
    }

    /** Prints either what is to be read by a program, or by a person. */
    void print(Map<String, ?> value, Supplier<String> text) {
        PrintWriter out = command.commandLine().getOut();
        out.println(json ? JSON.writeValueAsString(value) : text.get().stripTrailing());
        out.flush();
    }

    /** Whether a person looks at a terminal. */
    boolean isWatched() {
        return !json && command.commandLine().getColorScheme().ansi().enabled();
    }
}
