package io.sharedstate.autoconfigure.messaging;

import io.micrometer.observation.ObservationRegistry;
import io.sharedstate.Delivery;
import io.sharedstate.SharedQueue;
import io.sharedstate.SharedTopic;
import io.sharedstate.TopicMessage;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.EmbeddedValueResolver;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.ClassUtils;

/**
 * All methods with {@link SharedQueueListener} and {@link SharedTopicListener}. They are called while the context runs: after everything else has
 * started, until before anything else is stopped, which waits for what is in work.
 */
final class MessageListeners implements SmartInitializingSingleton, SmartLifecycle {

    /** The name of the observation, and the meter, of each call. */
    static final String OBSERVATION = "sharedstate.listener";

    private static final Log log = LogFactory.getLog(MessageListeners.class);

    /** @param worker begins to hear when it is made */
    private record Listener(String threadNames, int concurrency, Supplier<Worker> worker) {}

    private record Running(Worker worker, CompletableFuture<@Nullable Void> ended) {}

    private final ConfigurableListableBeanFactory beans;
    private final EmbeddedValueResolver placeholders;
    private final MessageSources sources;
    private final ObservationRegistry observations;
    private final Function<String, ThreadFactory> threads;
    private final List<Listener> listeners = new ArrayList<>();
    private final List<Running> workers = new ArrayList<>();
    private volatile boolean running;

    /** @param threads of a name to begin with */
    MessageListeners(
            ConfigurableListableBeanFactory beans,
            MessageSources sources,
            ObservationRegistry observations,
            Function<String, ThreadFactory> threads) {
        this.beans = beans;
        this.placeholders = new EmbeddedValueResolver(beans);
        this.sources = sources;
        this.observations = observations;
        this.threads = threads;
    }

    /** Looks at the types of beans rather than at the beans, so that lazy ones are made by their first message only. */
    @Override
    public void afterSingletonsInstantiated() {
        for (String beanName : beans.getBeanNamesForType(Object.class)) {
            if (!ScopedProxyUtils.isScopedTarget(beanName)) {
                Class<?> type = type(beanName);
                methods(type, SharedQueueListener.class)
                        .forEach((method, annotation) ->
                                listeners.add(queueListener(annotation, beanName, type, method)));
                methods(type, SharedTopicListener.class)
                        .forEach((method, annotation) ->
                                listeners.add(topicListener(annotation, beanName, type, method)));
            }
        }
    }

    /** Without proxies; if it isn't known, as that of a null, nobody listens. */
    private Class<?> type(String beanName) {
        try {
            Class<?> type = AutoProxyUtils.determineTargetClass(beans, beanName);
            return type == null ? Object.class : ClassUtils.getUserClass(type);
        } catch (RuntimeException | LinkageError e) {
            log.debug("the type of bean '" + beanName + "' isn't known", e);
            return Object.class;
        }
    }

    private static <A extends Annotation> Map<Method, A> methods(Class<?> type, Class<A> annotation) {
        if (!AnnotationUtils.isCandidateClass(type, annotation)) {
            return Map.of();
        }
        try {
            return MethodIntrospector.selectMethods(type, (MethodIntrospector.MetadataLookup<@Nullable A>)
                    method -> AnnotatedElementUtils.findMergedAnnotation(method, annotation));
        } catch (RuntimeException | LinkageError e) {
            log.debug("the methods of " + type + " can't be had", e); // a class of a library that isn't there
            return Map.of();
        }
    }

    private Listener queueListener(SharedQueueListener annotation, String beanName, Class<?> type, Method method) {
        ListenerMethod target =
                new ListenerMethod(beans, beanName, type, method, SharedQueueListener.class, Delivery.class);
        String name = resolved(annotation.queue());
        int concurrency = setting(target, "concurrency", annotation.concurrency(), MessageListeners::concurrency);
        Duration retryDelay = setting(target, "retryDelay", annotation.retryDelay(), MessageListeners::retryDelay);
        SharedQueue<?> queue = sources.queue(name, target);
        return new Listener(
                "queue-" + name + "-", concurrency, () -> new QueueWorker<>(queue, target, retryDelay, observations));
    }

    private Listener topicListener(SharedTopicListener annotation, String beanName, Class<?> type, Method method) {
        ListenerMethod target =
                new ListenerMethod(beans, beanName, type, method, SharedTopicListener.class, TopicMessage.class);
        String name = resolved(annotation.topic());
        SharedTopic<?> topic = sources.topic(name, target);
        return new Listener("topic-" + name + "-", 1, () -> new TopicWorker<>(topic, target, observations));
    }

    private String resolved(String value) {
        return Objects.requireNonNullElse(placeholders.resolveStringValue(value), "");
    }

    private <V> V setting(ListenerMethod target, String attribute, String value, Function<String, V> parser) {
        String found = resolved(value);
        try {
            return parser.apply(found);
        } catch (IllegalArgumentException e) {
            throw target.unusable(
                    "its %s is '%s'.".formatted(attribute, found),
                    attribute.equals("concurrency")
                            ? "Say how many messages each process may handle at once: 1 or more."
                            : "Say how long, such as 500ms, 10s or PT1M: zero or more.");
        }
    }

    private static int concurrency(String value) {
        int concurrency = Integer.parseInt(value);
        if (concurrency < 1) {
            throw new IllegalArgumentException(value);
        }
        return concurrency;
    }

    private static Duration retryDelay(String value) {
        Duration delay = DurationStyle.detectAndParse(value);
        if (delay.isNegative()) {
            throw new IllegalArgumentException(value);
        }
        return delay;
    }

    @Override
    public synchronized void start() {
        running = true;
        workers.clear();
        for (Listener listener : listeners) {
            ThreadFactory factory = threads.apply(listener.threadNames());
            for (int i = 0; i < listener.concurrency(); i++) {
                Worker worker = listener.worker().get();
                CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();
                workers.add(new Running(worker, ended));
                factory.newThread(() -> {
                            try {
                                worker.run();
                            } finally {
                                ended.complete(null);
                            }
                        })
                        .start();
            }
        }
    }

    @Override
    public void stop() {
        stop(() -> {});
    }

    /** What isn't finished in the time that the context waits goes to others as soon as the {@code SharedState} is closed. */
    @Override
    public synchronized void stop(Runnable callback) {
        running = false;
        workers.forEach(each -> each.worker().stop());
        CompletableFuture.allOf(workers.stream().map(Running::ended).toArray(CompletableFuture[]::new))
                .thenRun(callback);
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
