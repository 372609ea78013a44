package io.sharedstate.autoconfigure.messaging;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says why a method can't be a listener, and what to do. */
final class ListenerFailureAnalyzer extends AbstractFailureAnalyzer<ListenerException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, ListenerException cause) {
        return new FailureAnalysis(cause.getMessage(), cause.action(), cause);
    }
}
