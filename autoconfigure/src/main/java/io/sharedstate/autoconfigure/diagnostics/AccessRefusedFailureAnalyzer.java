package io.sharedstate.autoconfigure.diagnostics;

import io.sharedstate.AccessRefusedException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

class AccessRefusedFailureAnalyzer extends AbstractFailureAnalyzer<AccessRefusedException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, AccessRefusedException cause) {
        return new FailureAnalysis(
                cause.getMessage(),
                "Run all processes of the application as one user, who owns the directory and may write "
                        + "to it. A directory of another user, or a symbolic link, is never used: set "
                        + "sharedstate.mapped.directory to a plain directory of this user's, or sharedstate.name "
                        + "to a name of this application's own.",
                cause);
    }
}
