package io.sharedstate.autoconfigure.diagnostics;

import io.sharedstate.TooManyMembersException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

class TooManyMembersFailureAnalyzer extends AbstractFailureAnalyzer<TooManyMembersException> {

    private final Environment environment;

    TooManyMembersFailureAnalyzer(Environment environment) {
        this.environment = environment;
    }

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, TooManyMembersException cause) {
        return new FailureAnalysis(
                cause.getMessage(),
                Engine.isRedis(environment)
                        ? "Stop processes of this application that are not needed, or set another sharedstate.name for some "
                                + "of them; the state of that name begins anew."
                        : "Stop processes of this application that are not needed, or set "
                                + "sharedstate.mapped.max-members higher. It counts when the directory is created: for "
                                + "that, stop all processes of the application and move the directory away, or set another "
                                + "sharedstate.name; the state then begins anew.",
                cause);
    }
}
