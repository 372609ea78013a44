package io.sharedstate.autoconfigure.logging;

import io.sharedstate.SharedState;
import org.springframework.beans.factory.config.DestructionAwareBeanPostProcessor;

/**
 * The system property from which log patterns take the ordinal, each time they format an event: a number from joining until leaving, otherwise
 * {@value #NONE}. There is one log in a JVM; if there are several states, it tells of the one that was joined last.
 */
final class LoggedOrdinal implements DestructionAwareBeanPostProcessor {

    static final String PROPERTY = "LOGGED_MEMBER_ORDINAL";

    static final String NONE = "-";

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        if (bean instanceof SharedState state) {
            System.setProperty(PROPERTY, ordinal(state));
        }
        return bean;
    }

    @Override
    public void postProcessBeforeDestruction(Object bean, String beanName) {
        if (bean instanceof SharedState state) {
            System.getProperties().replace(PROPERTY, ordinal(state), NONE);
        }
    }

    @Override
    public boolean requiresDestruction(Object bean) {
        return bean instanceof SharedState;
    }

    private static String ordinal(SharedState state) {
        return Integer.toString(state.members().self().ordinal());
    }
}
