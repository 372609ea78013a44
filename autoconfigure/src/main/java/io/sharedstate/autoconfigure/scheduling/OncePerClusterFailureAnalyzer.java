package io.sharedstate.autoconfigure.scheduling;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says why a method can't be a job, and what to do. */
final class OncePerClusterFailureAnalyzer extends AbstractFailureAnalyzer<OncePerClusterException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, OncePerClusterException cause) {
        return new FailureAnalysis(cause.getMessage(), cause.action(), cause);
    }
}
