package io.sharedstate.autoconfigure.health;

import io.sharedstate.Kind;
import io.sharedstate.QueueStatistics;
import io.sharedstate.SharedState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

/**
 * Down when the state is no longer what the other processes see, {@link #DEGRADED} when a stranger listens on the port that they share; the
 * details say what to do. Up, they show the queues that have dead letters and, if so configured, the last health of every member, which never counts
 * for the status.
 */
public class SharedStateHealthIndicator extends AbstractHealthIndicator {

    /**
     * It works, but something is wrong that no restart puts right. Spring Boot answers it with 200 and leaves it out of the overall status,
     * unless {@code management.endpoint.health.status.*} says otherwise.
     */
    public static final Status DEGRADED = new Status("DEGRADED", "It works, but see the problems");

    private final SharedState state;
    private final Supplier<List<String>> portProblems;
    private final Supplier<? extends Map<String, ?>> membersHealth;

    /**
     * @param portProblems what is wrong with the port that the members share, each a sentence with what to do
     * @param membersHealth the last health of each member, by ordinal; empty if it isn't to be shown
     */
    public SharedStateHealthIndicator(
            SharedState state, Supplier<List<String>> portProblems, Supplier<? extends Map<String, ?>> membersHealth) {
        super("Shared state health check failed");
        this.state = state;
        this.portProblems = portProblems;
        this.membersHealth = membersHealth;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        builder.withDetail("engine", state.engine()).withDetail("location", state.location());
        List<String> problems = new ArrayList<>(state.problems());
        boolean down = !problems.isEmpty();
        problems.addAll(portProblems.get());
        builder.status(down ? Status.DOWN : problems.isEmpty() ? Status.UP : DEGRADED);
        if (!problems.isEmpty()) {
            builder.withDetail("problems", problems);
        }
        if (!down) {
            builder.withDetail("ordinal", state.members().self().ordinal())
                    .withDetail("members", state.members().all().size());
            Map<String, ?> health = membersHealth.get();
            if (!health.isEmpty()) {
                builder.withDetail("membersHealth", health);
            }
            Map<String, Long> deadLetters = deadLetters();
            if (!deadLetters.isEmpty()) {
                builder.withDetail("deadLetters", deadLetters);
            }
        }
    }

    /** How many each queue has, if it has any. They change no status: the state works, and each process would say the same. */
    private Map<String, Long> deadLetters() {
        Map<String, Long> deadLetters = new LinkedHashMap<>();
        for (String queue : state.names(Kind.QUEUE)) {
            long count = state.queueStatistics(queue)
                    .map(QueueStatistics::deadLetters)
                    .orElse(0L);
            if (count > 0) {
                deadLetters.put(queue, count);
            }
        }
        return deadLetters;
    }
}
