package io.sharedstate.autoconfigure;

import io.sharedstate.SharedState;
import io.sharedstate.SharedStateEvent;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.SmartLifecycle;

/**
 * Publishes each {@link SharedStateEvent} as an application event while the context runs, and says in the log, once, where the
 * state is. It starts before, and stops after, all else that has a life cycle.
 */
final class SharedStateEvents implements SmartLifecycle {

    private static final Log logger = LogFactory.getLog(SharedState.class);

    private final SharedState state;
    private final ApplicationEventPublisher publisher;
    private boolean listening;
    private volatile boolean running;

    SharedStateEvents(SharedState state, ApplicationEventPublisher publisher) {
        this.state = state;
        this.publisher = publisher;
    }

    @Override
    public void start() {
        running = true;
        // A listener can't be taken away again, and a context may be started more than once.
        if (!listening) {
            listening = true;
            state.addListener(this::publish);
            logger.info(String.format(
                    "Shared state (%s) in %s: this is member %d, %d of at most %d are attached, %,d bytes",
                    state.engine(),
                    state.location(),
                    state.members().self().ordinal(),
                    state.members().all().size(),
                    state.members().capacity(),
                    state.size()));
        }
    }

    private void publish(SharedStateEvent event) {
        if (running) {
            publisher.publishEvent(event);
        }
    }

    @Override
    public void stop() {
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return Integer.MIN_VALUE;
    }
}
