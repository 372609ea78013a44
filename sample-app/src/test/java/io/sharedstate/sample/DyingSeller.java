package io.sharedstate.sample;

import io.sharedstate.SharedState;
import io.sharedstate.mapped.MappedEngine;
import java.nio.file.Path;

/** A process that dies in the middle of a sale: the seat is taken, the buyer isn't on record. */
final class DyingSeller {

    static final int DEAD = 42;

    private DyingSeller() {}

    public static void main(String[] args) {
        SharedState state = MappedEngine.at(Path.of(args[0])).open();
        state.lock("tickets.gala").lock();
        if (state.counter("tickets.gala").tryAdd(-1, 0, Long.MAX_VALUE)) {
            Runtime.getRuntime().halt(DEAD);
        }
    }
}
