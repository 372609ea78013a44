package io.sharedstate.autoconfigure.health;

import io.sharedstate.SharedState;
import java.util.List;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/** Down when the state is no longer what the other processes see; the details say what to do. */
public class SharedStateHealthIndicator extends AbstractHealthIndicator {

    private final SharedState state;

    public SharedStateHealthIndicator(SharedState state) {
        super("Shared state health check failed");
        this.state = state;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        builder.withDetail("engine", state.engine()).withDetail("location", state.location());
        List<String> problems = state.problems();
        if (!problems.isEmpty()) {
            builder.down().withDetail("problems", problems);
            return;
        }
        builder.up()
                .withDetail("ordinal", state.members().self().ordinal())
                .withDetail("members", state.members().all().size());
    }
}
