package io.sharedstate.autoconfigure.messaging;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.lang.annotation.Annotation;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.springframework.aop.SpringProxy;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.scheduling.annotation.Async;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/** A method of a bean that takes messages. */
final class ListenerMethod {

    private final ConfigurableListableBeanFactory beans;
    private final String beanName;
    private final Method method;
    private final String description;
    private final Class<?> envelope;
    private final ResolvableType parameter;

    /** What to call: the method, or that of an interface which a proxy has. */
    private volatile Method invocable;

    /**
     * @param type of the bean, without its proxies
     * @param annotation that it has
     * @param envelope what a message may come in
     */
    ListenerMethod(
            ConfigurableListableBeanFactory beans,
            String beanName,
            Class<?> type,
            Method method,
            Class<? extends Annotation> annotation,
            Class<?> envelope) {
        this.beans = beans;
        this.beanName = beanName;
        this.method = method;
        this.envelope = envelope;
        description = "'%s.%s' has @%s, but ".formatted(type.getName(), method.getName(), annotation.getSimpleName());
        requireUsable(type);
        parameter = ResolvableType.forMethodParameter(method, 0, type);
        invocable = invocable(Objects.requireNonNullElse(beans.getType(beanName), type));
    }

    private void requireUsable(Class<?> type) {
        if (method.getReturnType() != void.class) {
            throw unusable(
                    "it returns a %s: nobody knows when its work is done."
                            .formatted(method.getReturnType().getSimpleName()),
                    "Have it return void, when its work is done; block on what is reactive or asynchronous.");
        }
        if (AnnotatedElementUtils.hasAnnotation(method, Async.class)
                || AnnotatedElementUtils.hasAnnotation(type, Async.class)) {
            throw unusable(
                    "it is @Async: nobody knows when its work is done.",
                    "Leave @Async out; listeners have threads of their own.");
        }
        if (method.getParameterCount() != 1) {
            throw unusable(
                    "it has %d parameters.".formatted(method.getParameterCount()),
                    "Have it take the message, or a %s of it, and nothing else.".formatted(envelope.getSimpleName()));
        }
    }

    /** A failure of the start that says what is wrong with the method. */
    ListenerException unusable(String why, String action) {
        return new ListenerException(description + why, action);
    }

    private Method invocable(Class<?> exposed) {
        boolean subclassed = SpringProxy.class.isAssignableFrom(exposed) && !Proxy.isProxyClass(exposed);
        try {
            if (!subclassed || !Modifier.isFinal(method.getModifiers())) {
                Method found = AopUtils.selectInvocableMethod(method, exposed);
                ReflectionUtils.makeAccessible(found);
                return found;
            }
        } catch (IllegalStateException e) {
            // a private method, or one that the interfaces of a proxy don't have
        }
        throw unusable(
                "its bean '%s' is a proxy that it can't be called through.".formatted(beanName),
                "Make it a public method that isn't final; if the proxy is one of interfaces, put it into one of these, or have the"
                        + " class itself proxied.");
    }

    /** Whether it takes a message as it comes, with what is known of it. */
    boolean takesEnvelope() {
        return parameter.toClass() == envelope;
    }

    /** Of the message. */
    ResolvableType messageType() {
        ResolvableType type = takesEnvelope() ? parameter.getGeneric(0) : parameter;
        Class<?> raw = type.resolve();
        if (raw == null) {
            throw unusable(
                    "the type of its message isn't known: it takes a %s.".formatted(parameter),
                    "Have it take a message of a class, such as Order, or %s<Order>."
                            .formatted(envelope.getSimpleName()));
        }
        return raw.isPrimitive() ? ResolvableType.forClass(ClassUtils.resolvePrimitiveIfNecessary(raw)) : type;
    }

    /**
     * Calls it.
     *
     * @param observation of the call
     * @param argument that it is called with
     * @param end what is to be done when it has returned, and gives the outcome
     * @param failed what is to be done if one of these fails
     */
    void call(Observation observation, Supplier<Object> argument, Supplier<String> end, Consumer<Throwable> failed) {
        observation.start();
        try (Observation.Scope scope = observation.openScope()) {
            try {
                invoke(argument.get());
                observation.lowCardinalityKeyValue("outcome", end.get());
            } catch (Throwable e) {
                observation.error(e).lowCardinalityKeyValue("outcome", "failed");
                failed.accept(e);
            }
        } finally {
            observation.stop();
        }
    }

    private void invoke(Object argument) throws Throwable {
        Object bean = beans.getBean(beanName);
        if (!invocable.getDeclaringClass().isInstance(bean)) {
            invocable = invocable(bean.getClass()); // a lazy bean that has become a proxy
        }
        try {
            invocable.invoke(bean, argument);
        } catch (InvocationTargetException e) {
            throw e.getTargetException();
        } finally {
            Thread.interrupted(); // what the method leaves isn't for the next one
        }
    }

    /** @param kind of what {@code name} is the name of */
    static Observation observation(ObservationRegistry registry, String kind, String name) {
        return Observation.createNotStarted(MessageListeners.OBSERVATION, registry)
                .contextualName(kind + " " + name)
                .lowCardinalityKeyValue("kind", kind)
                .lowCardinalityKeyValue("name", name);
    }
}
