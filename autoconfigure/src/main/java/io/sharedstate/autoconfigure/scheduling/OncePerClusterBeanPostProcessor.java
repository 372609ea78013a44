package io.sharedstate.autoconfigure.scheduling;

import java.io.Serial;
import java.lang.reflect.Method;
import java.time.Clock;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.autoproxy.AbstractBeanFactoryAwareAdvisingPostProcessor;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.EmbeddedValueResolverAware;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.scheduling.support.ScheduledMethodRunnable;
import org.springframework.util.StringValueResolver;
import org.springframework.util.function.SingletonSupplier;

/** Has the methods with {@link OncePerCluster} called by the {@link JobRunner}. */
final class OncePerClusterBeanPostProcessor extends AbstractBeanFactoryAwareAdvisingPostProcessor
        implements EmbeddedValueResolverAware {

    @Serial
    private static final long serialVersionUID = 1L;

    private final transient Supplier<JobRunner> runner;
    private final transient Clock clock;
    private final transient Map<Method, Job> jobs = new ConcurrentHashMap<>();
    private transient @Nullable StringValueResolver placeholders;

    OncePerClusterBeanPostProcessor(ObjectProvider<JobRunner> runner, Clock clock) {
        this.runner = SingletonSupplier.of(runner::getObject);
        this.clock = clock;
        setProxyTargetClass(true);
        advisor = new DefaultPointcutAdvisor(
                AnnotationMatchingPointcut.forMethodAnnotation(OncePerCluster.class), (MethodInterceptor) invocation ->
                        this.runner
                                .get()
                                .run(
                                        job(AopUtils.getMostSpecificMethod(
                                                invocation.getMethod(),
                                                Objects.requireNonNull(invocation.getThis())
                                                        .getClass())),
                                        invocation));
    }

    private Job job(Method method) {
        return Objects.requireNonNull(jobs.get(method), () -> method + " was not seen when its bean was made");
    }

    @Override
    public void setEmbeddedValueResolver(StringValueResolver resolver) {
        placeholders = resolver;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        Class<?> type = AopUtils.getTargetClass(bean);
        if (!isEligible(type)) {
            return bean;
        }
        Map<Method, Boolean> methods =
                MethodIntrospector.selectMethods(type, (MethodIntrospector.MetadataLookup<@Nullable Boolean>)
                        method -> AnnotatedElementUtils.hasAnnotation(method, OncePerCluster.class) ? true : null);
        methods.keySet().forEach(method -> Job.requireUsable(method, type));
        Object proxy = super.postProcessAfterInitialization(bean, beanName);
        methods.keySet().forEach(method -> {
            Job job = Job.of(method, type, Objects.requireNonNull(placeholders), clock);
            if (jobs.putIfAbsent(method, job) == null) {
                runner.get()
                        .add(
                                job,
                                new ScheduledMethodRunnable(
                                        proxy, AopUtils.selectInvocableMethod(method, proxy.getClass())));
            }
        });
        return proxy;
    }
}
