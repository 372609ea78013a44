package io.sharedstate.autoconfigure.diagnostics;

import io.sharedstate.FormatException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

class FormatFailureAnalyzer extends AbstractFailureAnalyzer<FormatException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, FormatException cause) {
        return new FailureAnalysis(
                cause.getMessage(),
                "If another version of sharedstate wrote it, run all processes of the application with "
                        + "one version, the newer one. If the file is foreign or damaged, stop all processes of "
                        + "the application and move the directory away: the state then begins anew. Or set "
                        + "sharedstate.name or sharedstate.mapped.directory to begin anew beside it.",
                cause);
    }
}
