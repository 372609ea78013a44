package io.sharedstate.autoconfigure.diagnostics;

import io.sharedstate.NamespaceException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

class NamespaceFailureAnalyzer extends AbstractFailureAnalyzer<NamespaceException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, NamespaceException cause) {
        return new FailureAnalysis(
                cause.getMessage(),
                "Start all processes of the application in one time namespace (with the same container "
                        + "settings), or let this one have state of its own: set sharedstate.name or "
                        + "sharedstate.mapped.directory.",
                cause);
    }
}
