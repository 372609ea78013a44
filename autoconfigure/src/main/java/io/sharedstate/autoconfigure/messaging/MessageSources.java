package io.sharedstate.autoconfigure.messaging;

import io.sharedstate.SharedQueue;
import io.sharedstate.SharedState;
import io.sharedstate.SharedTopic;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.ResolvableType;

/**
 * The queues and topics that are listened to: the bean of that name if there is one, so that it is the same for who offers and for who receives; else with
 * default options.
 */
final class MessageSources {

    private final ConfigurableListableBeanFactory beans;
    private final SharedState state;

    MessageSources(ConfigurableListableBeanFactory beans, SharedState state) {
        this.beans = beans;
        this.state = state;
    }

    SharedQueue<?> queue(String name, ListenerMethod listener) {
        String bean = bean(SharedQueue.class, candidate -> ((SharedQueue<?>) candidate).name(), name, listener);
        return bean != null
                ? beans.getBean(bean, SharedQueue.class)
                : made(SharedQueue.class, name, listener, type -> state.queue(name, type));
    }

    SharedTopic<?> topic(String name, ListenerMethod listener) {
        String bean = bean(SharedTopic.class, candidate -> ((SharedTopic<?>) candidate).name(), name, listener);
        return bean != null
                ? beans.getBean(bean, SharedTopic.class)
                : made(SharedTopic.class, name, listener, type -> state.topic(name, type));
    }

    private @Nullable String bean(
            Class<?> source, Function<Object, String> naming, String name, ListenerMethod listener) {
        for (String bean : beans.getBeanNamesForType(source)) {
            if (naming.apply(beans.getBean(bean)).equals(name)) {
                ResolvableType expected = ResolvableType.forClassWithGenerics(source, listener.messageType());
                if (!beans.isTypeMatch(bean, expected)) {
                    throw listener.unusable(
                            "it takes messages of type %s, and the bean '%s', which has the name '%s', isn't a %s."
                                    .formatted(listener.messageType(), bean, name, expected),
                            "Have both say the same type.");
                }
                return bean;
            }
        }
        return null;
    }

    private static <S> S made(Class<?> source, String name, ListenerMethod listener, Function<Class<?>, S> maker) {
        ResolvableType type = listener.messageType();
        if (type.hasGenerics()) {
            throw listener.unusable(
                    "it takes messages of type %s, which no codec is known for.".formatted(type),
                    "Have it take a message of a class without type parameters, or declare a bean of type %s<%s> with the name '%s'."
                            .formatted(source.getSimpleName(), type, name));
        }
        try {
            return maker.apply(type.toClass());
        } catch (IllegalArgumentException e) {
            throw listener.unusable(
                    "its %s '%s' can't be had: %s".formatted(source.getSimpleName(), name, e.getMessage()),
                    "Correct the name, or the type of the messages.");
        }
    }
}
