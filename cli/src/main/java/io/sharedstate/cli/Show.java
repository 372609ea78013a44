package io.sharedstate.cli;

import io.sharedstate.SharedState;
import io.sharedstate.mapped.MappedEngine;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Shows what there is of some kind. */
abstract class Show implements Runnable {

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private Target target;

    /** The tables, by their titles. */
    abstract Map<String, List<? extends Record>> tables(SharedState state);

    @Override
    public void run() {
        try (SharedState state = MappedEngine.observe(target.directory())) {
            Map<String, List<? extends Record>> tables = new LinkedHashMap<>(tables(state));
            target.print(tables, () -> Table.text(tables));
        }
    }

    @Command(
            mixinStandardHelpOptions = true,
            name = "locks",
            description = "Who holds which lock since when, and who waits; the longest held first.")
    static final class Locks extends Show {
        @Override
        Map<String, List<? extends Record>> tables(SharedState state) {
            return Map.of("locks", Rows.locks(state));
        }
    }

    @Command(
            mixinStandardHelpOptions = true,
            name = "maps",
            description = "How full maps are, and what became of them. Caches and sessions are maps.")
    static final class Maps extends Show {
        @Override
        Map<String, List<? extends Record>> tables(SharedState state) {
            return Map.of("maps", Rows.maps(state));
        }
    }

    @Command(
            mixinStandardHelpOptions = true,
            name = "queues",
            description = "What waits in queues, is in work, or was received in vain too often.")
    static final class Queues extends Show {
        @Override
        Map<String, List<? extends Record>> tables(SharedState state) {
            return Map.of("queues", Rows.queues(state));
        }
    }
}
