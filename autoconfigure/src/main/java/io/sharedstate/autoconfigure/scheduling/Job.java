package io.sharedstate.autoconfigure.scheduling;

import io.sharedstate.autoconfigure.scheduling.OncePerCluster.OnAbandoned;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Clock;
import java.util.Set;
import java.util.function.Predicate;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.Schedules;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringValueResolver;

/**
 * A method with {@link OncePerCluster}.
 *
 * @param isDue whether to run it when it was another's before
 */
record Job(String name, OnAbandoned onAbandoned, Predicate<JobRecord> isDue) {

    static Job of(Method method, Class<?> type, StringValueResolver placeholders, Clock clock) {
        OncePerCluster annotation = AnnotatedElementUtils.findMergedAnnotation(method, OncePerCluster.class);
        if (annotation == null) {
            throw new IllegalArgumentException(method + " has no @OncePerCluster");
        }
        String name = placeholders.resolveStringValue(annotation.name());
        Set<Scheduled> schedules =
                AnnotatedElementUtils.getMergedRepeatableAnnotations(method, Scheduled.class, Schedules.class);
        boolean onlyCron =
                schedules.stream().noneMatch(scheduled -> scheduled.cron().isEmpty());
        return new Job(
                name == null || name.isEmpty()
                        ? ClassUtils.getUserClass(type).getName() + "." + method.getName()
                        : name,
                annotation.onAbandoned(),
                onlyCron ? new CronTimes(schedules, placeholders, clock) : last -> true);
    }

    /** Refuses what a proxy can't intercept, and what hasn't ended when it returns. */
    static void requireUsable(Method method, Class<?> type) {
        String found = "'%s.%s' has @OncePerCluster, but ".formatted(type.getName(), method.getName());
        if (Modifier.isFinal(type.getModifiers())) {
            throw new OncePerClusterException(
                    found + "its class is final, so that it can't be called through a proxy.",
                    "Make the class non-final, or move the method to one that is.");
        }
        int modifiers = method.getModifiers();
        if (Modifier.isFinal(modifiers) || Modifier.isPrivate(modifiers) || Modifier.isStatic(modifiers)) {
            throw new OncePerClusterException(
                    found + "it is final, private or static, so that it can't be called through a proxy.",
                    "Make it a public method of the bean.");
        }
        if (method.getReturnType() != void.class) {
            throw new OncePerClusterException(
                    found
                            + "it returns a %s: nobody knows when its work is done."
                                    .formatted(method.getReturnType().getSimpleName()),
                    "Have it return void, when its work is done; block on what is reactive or asynchronous.");
        }
    }
}
