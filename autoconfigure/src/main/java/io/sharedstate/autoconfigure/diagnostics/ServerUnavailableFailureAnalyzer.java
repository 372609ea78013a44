package io.sharedstate.autoconfigure.diagnostics;

import io.sharedstate.redis.ServerUnavailableException;
import javax.net.ssl.SSLException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

class ServerUnavailableFailureAnalyzer extends AbstractFailureAnalyzer<ServerUnavailableException> {

    private static final String NOT_THERE =
            "Start the server, or set spring.data.redis.host and spring.data.redis.port (or "
                    + "spring.data.redis.url, spring.data.redis.sentinel, spring.data.redis.cluster) to where it is. If it is reached "
                    + "by TLS alone, set spring.data.redis.ssl.bundle. If this process needs to share nothing, set "
                    + "sharedstate.engine=heap.";

    private static final String TLS =
            "Set spring.data.redis.ssl.bundle to a bundle whose trust store has the certificate of "
                    + "the server or of its authority, and whose key store has one that the server trusts if it asks for it, and "
                    + "spring.data.redis.host to a name that the server's certificate is for. If the server has no TLS, set "
                    + "spring.data.redis.ssl.enabled=false.";

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, ServerUnavailableException cause) {
        return new FailureAnalysis(cause.getMessage(), isAboutTls(cause) ? TLS : NOT_THERE, cause);
    }

    private static boolean isAboutTls(Throwable failure) {
        return failure instanceof SSLException || (failure.getCause() != null && isAboutTls(failure.getCause()));
    }
}
