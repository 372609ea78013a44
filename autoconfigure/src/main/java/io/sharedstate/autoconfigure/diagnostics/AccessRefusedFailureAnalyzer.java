package io.sharedstate.autoconfigure.diagnostics;

import io.sharedstate.AccessRefusedException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

class AccessRefusedFailureAnalyzer extends AbstractFailureAnalyzer<AccessRefusedException> {

    private final Environment environment;

    AccessRefusedFailureAnalyzer(Environment environment) {
        this.environment = environment;
    }

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, AccessRefusedException cause) {
        return new FailureAnalysis(
                cause.getMessage(),
                Engine.isRedis(environment)
                        ? "Set spring.data.redis.username and spring.data.redis.password to a user of the server who may run "
                                + "all commands and scripts on keys and channels that begin with 'sharedstate:', and "
                                + "spring.data.redis.host (or spring.data.redis.sentinel) so that it leads to the "
                                + "primary, never to a replica."
                        : "Run all processes of the application as one user, who owns the directory and may write "
                                + "to it. A directory of another user, or a symbolic link, is never used: set "
                                + "sharedstate.mapped.directory to a plain directory of this user's, or sharedstate.name "
                                + "to a name of this application's own.",
                cause);
    }
}
