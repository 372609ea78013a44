package io.sharedstate.autoconfigure.messaging;

import io.micrometer.observation.ObservationRegistry;
import io.sharedstate.SharedTopic;
import io.sharedstate.TopicMessage;
import io.sharedstate.TopicSubscription;
import java.util.Objects;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/** The thread that calls a method with the messages of a topic, from when this is made. */
final class TopicWorker<T> implements Worker {

    private static final Log log = LogFactory.getLog(SharedTopicListener.class);

    private final SharedTopic<T> topic;
    private final ListenerMethod method;
    private final ObservationRegistry observations;
    private final TopicSubscription<T> subscription;

    TopicWorker(SharedTopic<T> topic, ListenerMethod method, ObservationRegistry observations) {
        this.topic = topic;
        this.method = method;
        this.observations = observations;
        this.subscription = topic.subscribe();
    }

    @Override
    public void run() {
        subscription.forEach(this::handle);
    }

    @Override
    public void stop() {
        subscription.close();
    }

    private void handle(TopicMessage<T> message) {
        boolean whole = method.takesEnvelope();
        if (message.missed() > 0 && !whole) {
            log.warn(
                    "topic '%s': %d messages before number %d were missed, as the listener was too slow; raise the topic's size, or have it take a TopicMessage, which tells"
                            .formatted(topic.name(), message.missed(), message.number()));
        }
        method.call(
                ListenerMethod.observation(observations, "topic", topic.name()),
                () -> whole ? message : Objects.requireNonNull(message.value()),
                () -> "done",
                e -> log.warn(
                        "topic '%s': message %d failed; it goes on with the next"
                                .formatted(topic.name(), message.number()),
                        e));
    }
}
