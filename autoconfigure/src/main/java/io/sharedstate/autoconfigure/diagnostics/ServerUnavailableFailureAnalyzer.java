package io.sharedstate.autoconfigure.diagnostics;

import io.sharedstate.redis.ServerUnavailableException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

class ServerUnavailableFailureAnalyzer extends AbstractFailureAnalyzer<ServerUnavailableException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, ServerUnavailableException cause) {
        return new FailureAnalysis(
                cause.getMessage(),
                "Start the server, or set spring.data.redis.host and spring.data.redis.port (or "
                        + "spring.data.redis.url, spring.data.redis.sentinel, spring.data.redis.cluster) to where it "
                        + "is. If this process needs to share nothing, set sharedstate.engine=heap.",
                cause);
    }
}
