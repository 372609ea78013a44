package io.sharedstate.autoconfigure.diagnostics;

import io.sharedstate.FormatException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

class FormatFailureAnalyzer extends AbstractFailureAnalyzer<FormatException> {

    private final Environment environment;

    FormatFailureAnalyzer(Environment environment) {
        this.environment = environment;
    }

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, FormatException cause) {
        return new FailureAnalysis(
                cause.getMessage(),
                Engine.isRedis(environment)
                        ? "If a value, map, queue or topic was created with another type, set its type back to that "
                                + "(sharedstate.values.<name>.type, and so on), remove it (SharedState.remove), or "
                                + "use another name. If something else has written to the keys, set "
                                + "sharedstate.name or spring.data.redis.database to another: the state then begins "
                                + "anew."
                        : "If a value, map, queue or topic was created with another type, set its type back to that "
                                + "(sharedstate.values.<name>.type, and so on), remove it (SharedState.remove), or use another "
                                + "name. If another version of sharedstate wrote the file, run all processes of the application with the newer one. If it is "
                                + "foreign or damaged, stop all of them and move the directory away, or set "
                                + "sharedstate.name or sharedstate.mapped.directory to another: the state then begins anew.",
                cause);
    }
}
