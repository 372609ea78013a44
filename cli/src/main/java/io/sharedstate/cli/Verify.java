package io.sharedstate.cli;

import io.sharedstate.Verdict;
import io.sharedstate.Verdict.Result;
import io.sharedstate.mapped.MappedEngine;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Verifies every file. */
@Command(
        mixinStandardHelpOptions = true,
        name = "check",
        description =
                "Verifies every file, and ends with 1 if one is damaged. What is being written is looked at again and again; if it"
                        + " is never found whole it is reported as in use, and is no damage.")
final class Verify implements Callable<Integer> {

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private Target target;

    @Override
    public Integer call() {
        List<Verdict> verdicts = MappedEngine.verify(target.directory());
        target.print(Map.of("verdicts", verdicts), () -> text(verdicts));
        return count(verdicts, Result.DAMAGED) == 0 ? 0 : Main.FOUND;
    }

    private static String text(List<Verdict> verdicts) {
        String found = verdicts.stream()
                .filter(verdict -> verdict.result() != Result.WHOLE)
                .map(verdict -> "%s is %s: %s%n"
                        .formatted(
                                verdict.what(),
                                verdict.result() == Result.DAMAGED ? "DAMAGED" : "in use, and was not found whole",
                                verdict.detail()))
                .collect(Collectors.joining());
        return found
                + "%d verified: %d whole, %d in use, %d damaged"
                        .formatted(
                                verdicts.size(),
                                count(verdicts, Result.WHOLE),
                                count(verdicts, Result.IN_USE),
                                count(verdicts, Result.DAMAGED));
    }

    private static long count(List<Verdict> verdicts, Result result) {
        return verdicts.stream().filter(verdict -> verdict.result() == result).count();
    }
}
