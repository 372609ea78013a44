package io.sharedstate.autoconfigure;

import io.sharedstate.Kind;
import io.sharedstate.MapOptions;
import io.sharedstate.SharedCounter;
import io.sharedstate.SharedKeyedRateLimiter;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedQueue;
import io.sharedstate.SharedRateLimiter;
import io.sharedstate.SharedSemaphore;
import io.sharedstate.SharedState;
import io.sharedstate.SharedTopic;
import io.sharedstate.SharedValue;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.ConstructorArgumentValues;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.AutowireCandidateQualifier;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.ResolvableType;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.util.ClassUtils;
import org.springframework.util.unit.DataSize;

/**
 * Registers a bean for each counter, lock, value, map, rate limiter, queue, topic and semaphore that is declared by properties. They are made by
 * static factory methods with the name as an argument, so that ahead-of-time processing can write them down as code; everything but names and types is
 * read from the properties when the application runs.
 */
final class DeclaredBeans implements ImportBeanDefinitionRegistrar {

    private static final Pattern SEPARATOR = Pattern.compile("[-_.]+(.)");

    private final Environment environment;

    DeclaredBeans(Environment environment) {
        this.environment = environment;
    }

    @Override
    public void registerBeanDefinitions(AnnotationMetadata metadata, BeanDefinitionRegistry registry) {
        SharedStateProperties properties =
                Binder.get(environment).bindOrCreate("sharedstate", SharedStateProperties.class);
        Map<String, RootBeanDefinition> definitions = new LinkedHashMap<>();
        properties
                .declared(Kind.COUNTER)
                .forEach(name -> definitions.put(name + "Counter", definition("counter", name, SharedCounter.class)));
        properties
                .declared(Kind.LOCK)
                .forEach(name -> definitions.put(name + "Lock", definition("lock", name, SharedLock.class)));
        properties
                .values()
                .forEach((name, value) ->
                        definitions.put(name + "Value", definition("value", name, SharedValue.class, value.type())));
        properties
                .maps()
                .forEach((name, map) -> definitions.put(
                        name + "Map", definition("map", name, SharedMap.class, map.keyType(), map.valueType())));
        properties
                .declared(Kind.RATE_LIMITER)
                .forEach(name -> definitions.put(
                        name + "RateLimiter", definition("rateLimiter", name, SharedRateLimiter.class)));
        properties
                .declared(Kind.KEYED_RATE_LIMITER)
                .forEach(name -> definitions.put(
                        name + "RateLimiter", definition("keyedRateLimiter", name, SharedKeyedRateLimiter.class)));
        properties
                .queues()
                .forEach((name, queue) ->
                        definitions.put(name + "Queue", definition("queue", name, SharedQueue.class, queue.type())));
        properties
                .topics()
                .forEach((name, topic) ->
                        definitions.put(name + "Topic", definition("topic", name, SharedTopic.class, topic.type())));
        properties
                .declared(Kind.SEMAPHORE)
                .forEach(name ->
                        definitions.put(name + "Semaphore", definition("semaphore", name, SharedSemaphore.class)));

        definitions.keySet().removeIf(registry::isBeanNameInUse);
        definitions.forEach(registry::registerBeanDefinition);
        for (String beanName : definitions.keySet()) {
            String identifier = identifier(beanName);
            if (!registry.containsBeanDefinition(identifier)) {
                registry.registerAlias(beanName, identifier);
            }
        }
    }

    /** @param declaredTypes those of the kind's generics, which the factory method gets after the name */
    private static RootBeanDefinition definition(
            String factoryMethod, String name, Class<?> kind, Class<?>... declaredTypes) {
        Class<?>[] types = Stream.of(declaredTypes)
                .map(ClassUtils::resolvePrimitiveIfNecessary)
                .toArray(Class<?>[]::new);
        RootBeanDefinition definition = new RootBeanDefinition(DeclaredBeans.class);
        definition.setFactoryMethodName(factoryMethod);
        definition.setTargetType(ResolvableType.forClassWithGenerics(kind, types));
        definition.setAutowireMode(AbstractBeanDefinition.AUTOWIRE_CONSTRUCTOR);
        ConstructorArgumentValues arguments = definition.getConstructorArgumentValues();
        arguments.addIndexedArgumentValue(2, name);
        for (int i = 0; i < types.length; i++) {
            arguments.addIndexedArgumentValue(3 + i, types[i]);
        }
        definition.addQualifier(new AutowireCandidateQualifier(Qualifier.class, name));
        return definition;
    }

    /** {@code orderItemsLock} for {@code order-itemsLock}, so that the name of a field or parameter can select the bean. */
    private static String identifier(String beanName) {
        return SEPARATOR
                .matcher(beanName)
                .replaceAll(match -> Matcher.quoteReplacement(match.group(1).toUpperCase(Locale.ROOT)));
    }

    static SharedCounter counter(SharedState state, SharedStateProperties properties, String name) {
        SharedStateProperties.Counter counter = properties.counters().get(name);
        return state.counter(name, counter != null ? counter.initial() : 0);
    }

    static SharedLock lock(SharedState state, SharedStateProperties properties, String name) {
        return state.lock(name);
    }

    static <T> SharedValue<T> value(SharedState state, SharedStateProperties properties, String name, Class<T> type) {
        SharedStateProperties.Value value = properties.values().get(name);
        return value != null ? state.value(name, type, bytes(name, value.maxSize())) : state.value(name, type);
    }

    static <K, V> SharedMap<K, V> map(
            SharedState state, SharedStateProperties properties, String name, Class<K> keyType, Class<V> valueType) {
        SharedStateProperties.MapSettings map = properties.maps().get(name);
        return map != null
                ? state.map(name, keyType, valueType, options(name, map))
                : state.map(name, keyType, valueType);
    }

    private static MapOptions options(String name, SharedStateProperties.MapSettings map) {
        String property = "sharedstate.maps." + name;
        long bytes = map.maxSize().toBytes();
        if (bytes < MapOptions.MIN_SIZE || bytes > MapOptions.MAX_SIZE) {
            throw new InvalidConfigurationPropertyValueException(
                    property + ".max-size", map.maxSize(), "It must be at least 64KB and at most 2GB.");
        }
        Duration ttl = map.ttl();
        if (ttl != null && (ttl.isZero() || ttl.isNegative())) {
            throw new InvalidConfigurationPropertyValueException(
                    property + ".ttl", ttl, "It must be more than zero; leave it out for entries that don't expire.");
        }
        return new MapOptions(bytes, ttl, map.whenFull());
    }

    static SharedRateLimiter rateLimiter(SharedState state, SharedStateProperties properties, String name) {
        return withPermits("rate-limiters", name, properties.rateLimiters(), limiter -> {
            if (limiter.maxSize() != null) {
                throw new IllegalArgumentException(
                        "It has a 'max-size', which only a limiter with 'per-key: true' has a use for.");
            }
            return state.rateLimiter(name, limiter.limit());
        });
    }

    static SharedKeyedRateLimiter keyedRateLimiter(SharedState state, SharedStateProperties properties, String name) {
        return withPermits("rate-limiters", name, properties.rateLimiters(), limiter -> {
            DataSize maxSize = limiter.maxSize();
            return maxSize == null
                    ? state.keyedRateLimiter(name, limiter.limit())
                    : state.keyedRateLimiter(name, limiter.limit(), maxSize.toBytes());
        });
    }

    static <T> SharedQueue<T> queue(SharedState state, SharedStateProperties properties, String name, Class<T> type) {
        SharedStateProperties.Queue queue = properties.queues().get(name);
        return queue != null
                ? checked("queues", name, queue, it -> state.queue(name, type, it.options()))
                : state.queue(name, type);
    }

    static <T> SharedTopic<T> topic(SharedState state, SharedStateProperties properties, String name, Class<T> type) {
        SharedStateProperties.Topic topic = properties.topics().get(name);
        return topic != null
                ? checked("topics", name, topic, it -> state.topic(name, type, it.options()))
                : state.topic(name, type);
    }

    static SharedSemaphore semaphore(SharedState state, SharedStateProperties properties, String name) {
        return withPermits(
                "semaphores", name, properties.semaphores(), semaphore -> state.semaphore(name, semaphore.permits()));
    }

    // None of these is called as a factory method is: ahead-of-time processing finds those by their names.

    private static <S, T> T withPermits(String kind, String name, Map<String, S> declared, Function<S, T> maker) {
        S settings = declared.get(name);
        if (settings == null) {
            throw new IllegalStateException("'sharedstate." + kind + "." + name + "' was there when this application"
                    + " was built ahead of time, and is missing now; set its 'permits'");
        }
        return checked(kind, name, settings, maker);
    }

    private static <S, T> T checked(String kind, String name, S settings, Function<S, T> maker) {
        try {
            return maker.apply(settings);
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigurationPropertyValueException(
                    "sharedstate." + kind + "." + name, settings, e.getMessage());
        }
    }

    private static int bytes(String name, DataSize maxSize) {
        long bytes = maxSize.toBytes();
        if (bytes < 1 || bytes > Integer.MAX_VALUE) {
            throw new InvalidConfigurationPropertyValueException(
                    "sharedstate.values." + name + ".max-size", maxSize, "It must be at least 1B and less than 2GB.");
        }
        return (int) bytes;
    }
}
