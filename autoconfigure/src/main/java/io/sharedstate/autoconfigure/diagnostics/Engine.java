package io.sharedstate.autoconfigure.diagnostics;

import org.springframework.core.env.Environment;

/** Which engine the application asked for: what to do about a failure depends on it. */
final class Engine {

    private Engine() {}

    static boolean isRedis(Environment environment) {
        return "redis".equalsIgnoreCase(environment.getProperty("sharedstate.engine"));
    }
}
