package io.sharedstate.autoconfigure.diagnostics;

import io.sharedstate.redis.UnsupportedServerException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

class UnsupportedServerFailureAnalyzer extends AbstractFailureAnalyzer<UnsupportedServerException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, UnsupportedServerException cause) {
        return new FailureAnalysis(
                cause.getMessage(),
                "Update the server to Redis 7.0 or newer, or to Valkey, or set spring.data.redis.host to one that is.",
                cause);
    }
}
