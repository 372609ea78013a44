package io.sharedstate.mapped;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;

/** Channel I/O that an interrupt doesn't break: an interrupt would close the channel half-way. */
final class Interrupts {

    /** An I/O operation that can be repeated from its beginning. */
    interface Operation<T> {
        T run() throws IOException;
    }

    private Interrupts() {}

    /** Runs the operation, again if an interrupt came, and leaves the thread interrupted if it was or became so. */
    static <T> T shield(Operation<T> operation) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return operation.run();
                } catch (ClosedByInterruptException e) {
                    interrupted = true;
                    Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
