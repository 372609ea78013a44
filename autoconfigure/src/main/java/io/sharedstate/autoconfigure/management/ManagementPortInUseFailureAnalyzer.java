package io.sharedstate.autoconfigure.management;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/** Says how a port that is taken came to be this process's management port. */
final class ManagementPortInUseFailureAnalyzer extends AbstractFailureAnalyzer<PortInUseException> implements Ordered {

    private final Environment environment;

    ManagementPortInUseFailureAnalyzer(Environment environment) {
        this.environment = environment;
    }

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable rootFailure, PortInUseException cause) {
        int base = environment.getProperty(ManagementPort.BASE, Integer.class, 0);
        int offset = environment.getProperty(ManagementPort.OFFSET, Integer.class, 0);
        int port = cause.getPort();
        boolean isServerPort = port == environment.getProperty("server.port", Integer.class, 8080);
        if (base <= 0 || offset <= 0 || port < base || (port - base) % offset != 0 || isServerPort) {
            return null;
        }
        return new FailureAnalysis(
                "Port %d was already in use. It is the management port of this process, the member with ordinal %d: '%s=%d' + %2$d × '%s=%d'."
                        .formatted(
                                port, (port - base) / offset, ManagementPort.BASE, base, ManagementPort.OFFSET, offset),
                "Identify and stop the process that's listening on port %d, or set '%s' so that the ports from there on, as many as there are members, are free."
                        .formatted(port, ManagementPort.BASE),
                cause);
    }

    /** Before Spring Boot's own, which knows nothing of ordinals. */
    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }
}
