package io.sharedstate.autoconfigure.diagnostics;

import io.sharedstate.CapacityExceededException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

class CapacityExceededFailureAnalyzer extends AbstractFailureAnalyzer<CapacityExceededException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, CapacityExceededException cause) {
        return new FailureAnalysis(
                cause.getMessage(),
                "Set sharedstate.mapped.max-counters or sharedstate.mapped.max-locks higher, in all "
                        + "processes of the application, or remove names that are not needed any more "
                        + "(SharedState.remove). Names made from data, such as one counter per user, grow without "
                        + "bound.",
                cause);
    }
}
