package io.sharedstate.it.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Skips the tests of a class, and says so on the console, where a command fails. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(Requires.Condition.class)
public @interface Requires {

    /** For the shell. */
    String command();

    /** What is missing, and how to get it. */
    String otherwise();

    /** Runs the command. */
    class Condition implements ExecutionCondition {

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            Requires requires = context.getRequiredTestClass().getAnnotation(Requires.class);
            if (succeeds(requires.command())) {
                return ConditionEvaluationResult.enabled(requires.command());
            }
            if (context.getTestMethod().isEmpty()) {
                System.out.printf("SKIPPED %s: %s%n", context.getDisplayName(), requires.otherwise());
            }
            return ConditionEvaluationResult.disabled(requires.otherwise());
        }

        private static boolean succeeds(String command) {
            try {
                return new ProcessBuilder("sh", "-c", command)
                                .redirectErrorStream(true)
                                .redirectOutput(Redirect.DISCARD)
                                .start()
                                .waitFor()
                        == 0;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
    }
}
