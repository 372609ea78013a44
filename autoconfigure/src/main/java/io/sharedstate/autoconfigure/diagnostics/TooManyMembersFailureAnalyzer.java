package io.sharedstate.autoconfigure.diagnostics;

import io.sharedstate.TooManyMembersException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

class TooManyMembersFailureAnalyzer extends AbstractFailureAnalyzer<TooManyMembersException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, TooManyMembersException cause) {
        return new FailureAnalysis(
                cause.getMessage(),
                "Stop processes of this application that are not needed, or set "
                        + "sharedstate.mapped.max-members higher. It counts when the directory is created: for "
                        + "that, stop all processes of the application and move the directory away, or set another "
                        + "sharedstate.name; the state then begins anew.",
                cause);
    }
}
