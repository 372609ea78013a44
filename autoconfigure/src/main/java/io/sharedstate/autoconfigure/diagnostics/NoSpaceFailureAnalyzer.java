package io.sharedstate.autoconfigure.diagnostics;

import io.sharedstate.NoSpaceException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

class NoSpaceFailureAnalyzer extends AbstractFailureAnalyzer<NoSpaceException> {

    private final Environment environment;

    NoSpaceFailureAnalyzer(Environment environment) {
        this.environment = environment;
    }

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, NoSpaceException cause) {
        return new FailureAnalysis(
                cause.getMessage(),
                Engine.isRedis(environment)
                        ? "Raise the server's maxmemory, remove what is not needed any more, or set spring.data.redis.host to "
                                + "a server with more memory."
                        : "Free some space there, or give it more: a container's /dev/shm has 64 MB unless it is "
                                + "started with more (docker run --shm-size=256m, shm_size in Compose, an emptyDir with "
                                + "medium Memory on /dev/shm in Kubernetes). Or set sharedstate.mapped.directory to a "
                                + "directory with more room, or ask for less: sharedstate.values.<name>.max-size, "
                                + "sharedstate.mapped.max-members.",
                cause);
    }
}
