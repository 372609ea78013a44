package io.sharedstate.autoconfigure.diagnostics;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.core.env.Environment;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.core.io.support.SpringFactoriesLoader.ArgumentResolver;
import org.springframework.core.io.support.SpringFactoriesLoader.FailureHandler;

/** What a user is told about a failed start, by whichever analyzer there is. */
public final class Analyses {

    private Analyses() {}

    public static FailureAnalysis of(@Nullable Throwable failure) {
        return of(failure, new StandardEnvironment());
    }

    public static FailureAnalysis of(@Nullable Throwable failure, Environment environment) {
        Throwable root = Objects.requireNonNull(failure, "the context has not failed");
        return SpringFactoriesLoader.forDefaultResourceLocation()
                .load(
                        FailureAnalyzer.class,
                        ArgumentResolver.of(Environment.class, environment),
                        FailureHandler.handleMessage((message, error) -> {}))
                .stream()
                .map(analyzer -> analyzer.analyze(root))
                .filter(Objects::nonNull)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no analyzer knows this failure", root));
    }
}
