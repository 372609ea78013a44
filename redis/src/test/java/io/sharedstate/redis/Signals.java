package io.sharedstate.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Stops a process, and lets it go on. */
final class Signals {

    private Signals() {}

    static void send(String signal, Process to) {
        try {
            assertThat(new ProcessBuilder("kill", "-" + signal, "" + to.pid())
                            .start()
                            .waitFor())
                    .as("kill -" + signal)
                    .isZero();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
