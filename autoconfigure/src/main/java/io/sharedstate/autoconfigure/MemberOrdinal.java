package io.sharedstate.autoconfigure;

import io.sharedstate.SharedState;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.PropertySource;

/**
 * {@code sharedstate.member.ordinal} in the environment. Who asks for it first makes this process join. It can't be enumerated, so that it isn't
 * taken for configuration.
 */
final class MemberOrdinal extends PropertySource<ObjectProvider<SharedState>> {

    private static final String PROPERTY = "sharedstate.member.ordinal";

    private MemberOrdinal(ObjectProvider<SharedState> state) {
        super("sharedstate member", state);
    }

    @Override
    public @Nullable Object getProperty(String name) {
        if (!name.equals(PROPERTY)) {
            return null;
        }
        SharedState state = source.getIfUnique();
        return state != null ? state.members().self().ordinal() : null;
    }

    /**
     * Post-processes nothing, but is made when beans can be, and before all beans that aren't post-processors: asked for any earlier, the
     * property would make a {@code SharedState} that isn't configured yet.
     */
    static final class Installation implements BeanPostProcessor {

        Installation(ConfigurableEnvironment environment, ObjectProvider<SharedState> state) {
            environment.getPropertySources().addFirst(new MemberOrdinal(state));
        }
    }
}
