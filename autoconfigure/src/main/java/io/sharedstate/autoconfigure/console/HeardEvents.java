package io.sharedstate.autoconfigure.console;

import io.sharedstate.SharedStateEvent;
import org.springframework.context.event.EventListener;

/** Takes down what this process hears of, and has it shown. */
record HeardEvents(RecentEvents events, Sampler sampler) {

    @EventListener
    void on(SharedStateEvent event) {
        events.add(event);
        sampler.sampleSoon();
    }
}
