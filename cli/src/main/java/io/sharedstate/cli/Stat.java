package io.sharedstate.cli;

import io.sharedstate.Kind;
import io.sharedstate.SharedState;
import io.sharedstate.mapped.MappedEngine;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows all, again and again. */
@Command(
        mixinStandardHelpOptions = true,
        name = "stat",
        description =
                "Who is there, how fast things are counted, which locks are held, and what is in maps, queues, topics and"
                        + " semaphores. Goes on until it is interrupted.")
final class Stat implements Runnable {

    private static final String CLEARED = "\033[H\033[2J";

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private Target target;

    @Option(
            names = {"-i", "--interval"},
            paramLabel = "SECONDS",
            defaultValue = "2",
            description = "How long to wait before it looks again; ${DEFAULT-VALUE} unless told.")
    private double interval;

    @Option(
            names = {"-n", "--count"},
            paramLabel = "TIMES",
            description = "How often to look; without it, until interrupted.")
    private @Nullable Integer count;

    @Option(
            names = {"-t", "--top"},
            paramLabel = "LINES",
            defaultValue = "20",
            description = "How many counters and adders are shown, the fastest first; ${DEFAULT-VALUE} unless told.")
    private int top;

    private final Map<String, Long> before = new HashMap<>();
    private long lookedAt;

    record CountRow(String name, long value, @Nullable Double perSecond) {}

    @Override
    public void run() {
        try (SharedState state = MappedEngine.observe(target.directory())) {
            for (int times = 0; count == null || times < count; times++) {
                if (times > 0) {
                    TimeUnit.NANOSECONDS.sleep((long) (interval * 1e9));
                }
                Map<String, List<? extends Record>> tables = tables(state);
                target.print(tables, () -> (target.isWatched() ? CLEARED : "") + state + "\n\n" + Table.text(tables));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Map<String, List<? extends Record>> tables(SharedState state) {
        long now = System.nanoTime();
        double seconds = (now - lookedAt) / 1e9;
        Map<String, List<? extends Record>> tables = new LinkedHashMap<>();
        tables.put("members", Rows.members(state));
        tables.put(
                "counters",
                counts(state, Kind.COUNTER, name -> state.counter(name).get(), seconds));
        tables.put("adders", counts(state, Kind.ADDER, name -> state.adder(name).sum(), seconds));
        tables.put(
                "locks held",
                Rows.locks(state).stream().filter(lock -> lock.age() != null).toList());
        tables.put("maps", Rows.maps(state));
        tables.put("queues", Rows.queues(state));
        tables.put("topics", Rows.topics(state));
        tables.put("semaphores", Rows.semaphores(state));
        lookedAt = now;
        return tables;
    }

    private List<CountRow> counts(SharedState state, Kind kind, ToLongFunction<String> value, double seconds) {
        return state.names(kind).stream()
                .flatMap(name -> Rows.ifThere(() -> row(kind, name, value.applyAsLong(name), seconds)))
                .sorted(Comparator.comparing(row -> row.perSecond() == null ? 0 : -Math.abs(row.perSecond())))
                .limit(top)
                .toList();
    }

    private CountRow row(Kind kind, String name, long value, double seconds) {
        Long last = before.put(kind + " " + name, value);
        return new CountRow(name, value, last == null ? null : (value - last) / seconds);
    }
}
