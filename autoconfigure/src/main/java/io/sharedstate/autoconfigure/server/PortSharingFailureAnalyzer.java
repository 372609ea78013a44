package io.sharedstate.autoconfigure.server;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says what is in the way of sharing the port, and what to do. */
final class PortSharingFailureAnalyzer extends AbstractFailureAnalyzer<PortSharingException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, PortSharingException cause) {
        return new FailureAnalysis(cause.getMessage(), cause.action(), cause);
    }
}
