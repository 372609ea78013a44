package io.sharedstate.autoconfigure.diagnostics;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

class ActionableFailureAnalyzer extends AbstractFailureAnalyzer<ActionableException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, ActionableException cause) {
        return new FailureAnalysis(cause.getMessage(), cause.action(), cause);
    }
}
