package io.sharedstate.autoconfigure.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.SharedQueue;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.aop.framework.autoproxy.DefaultAdvisorAutoProxyCreator;
import org.springframework.aop.scope.ScopedObject;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.CustomScopeConfigurer;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Role;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.support.SimpleThreadScope;
import org.springframework.core.annotation.AliasFor;

/** The beans that listeners can be methods of. */
@Timeout(60)
class ListenerBeansTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    SharedStateAutoConfiguration.class, SharedStateMessagingAutoConfiguration.class))
            .withPropertyValues("sharedstate.engine=heap")
            .withUserConfiguration(Advised.class);

    private static final Queue<Long> HEARD = new ConcurrentLinkedQueue<>();
    private static final AtomicInteger MADE = new AtomicInteger();
    private static final AtomicInteger INTERCEPTED = new AtomicInteger();

    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @SharedQueueListener(queue = "")
    @interface Composed {

        @AliasFor(annotation = SharedQueueListener.class, attribute = "queue")
        String from();
    }

    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @interface Intercepted {}

    /** As {@code @Transactional} and the like do it. */
    @Configuration(proxyBeanMethods = false)
    static class Advised {

        @Bean
        @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
        static DefaultAdvisorAutoProxyCreator creator() {
            return new DefaultAdvisorAutoProxyCreator();
        }

        @Bean
        @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
        static DefaultPointcutAdvisor advisor() {
            return new DefaultPointcutAdvisor(
                    AnnotationMatchingPointcut.forMethodAnnotation(Intercepted.class),
                    (MethodInterceptor) invocation -> {
                        INTERCEPTED.incrementAndGet();
                        return invocation.proceed();
                    });
        }
    }

    private static void send(ApplicationContext context, long... numbers) {
        SharedQueue<Long> numbered = context.getBean(SharedState.class).queue("numbers", Long.class);
        for (long number : numbers) {
            numbered.add(number);
        }
        await().until(() -> numbered.statistics().bytes() == 0);
    }

    private void heard(Class<?> listener, int made, int intercepted) {
        HEARD.clear();
        MADE.set(0);
        INTERCEPTED.set(0);
        runner.withUserConfiguration(listener).run(context -> {
            send(context, 1, 2, 3);

            assertThat(HEARD).containsExactly(1L, 2L, 3L);
            assertThat(MADE).hasValue(made);
            assertThat(INTERCEPTED).hasValue(intercepted);
        });
    }

    static class Plain {
        Plain() {
            MADE.incrementAndGet();
        }

        @Composed(from = "numbers")
        private void on(long number) {
            HEARD.add(number);
        }
    }

    @Test
    void theAnnotationMayBeOnAnotherOne() {
        heard(Plain.class, 1, 0);
    }

    @Configuration(proxyBeanMethods = false)
    static class LazyBean {
        @Bean
        @Lazy
        Plain plain() {
            return new Plain();
        }
    }

    @Test
    void aLazyBeanIsMadeByItsFirstMessage() {
        heard(LazyBean.class, 1, 0);
        runner.withUserConfiguration(LazyBean.class).run(context -> {
            MADE.set(0);
            assertThat(context.getSourceApplicationContext().getBeanFactory().containsSingleton("plain"))
                    .isFalse();
            assertThat(MADE).hasValue(0);
        });
    }

    @Test
    void beansThatAreAllLazyListen() {
        runner.withInitializer(context ->
                        context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
                .withUserConfiguration(Plain.class)
                .run(context -> {
                    HEARD.clear();
                    send(context, 4);
                    assertThat(HEARD).containsExactly(4L);
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class PrototypeBean {
        @Bean
        @Scope("prototype")
        Plain plain() {
            return new Plain();
        }
    }

    @Test
    void aPrototypeIsMadeForEachMessage() {
        heard(PrototypeBean.class, 3, 0);
    }

    static class Subclassed {
        Subclassed() {
            MADE.incrementAndGet();
        }

        @Intercepted
        @SharedQueueListener(queue = "numbers")
        public void on(long number) {
            HEARD.add(number);
        }
    }

    @Test
    void aBeanMayBeAProxyOfItsClass() {
        heard(Subclassed.class, 1, 3);
    }

    interface Numbers {
        void on(long number);
    }

    static class Implementing implements Numbers {
        @Override
        @Intercepted
        @SharedQueueListener(queue = "numbers")
        public void on(long number) {
            HEARD.add(number);
        }
    }

    @Test
    void aBeanMayBeAProxyOfItsInterfaces() {
        heard(Implementing.class, 0, 3);
        runner.withUserConfiguration(Implementing.class)
                .run(context -> assertThat(AopUtils.isJdkDynamicProxy(context.getBean(Numbers.class)))
                        .isTrue());
    }

    @Configuration(proxyBeanMethods = false)
    static class LazyProxy {
        @Bean
        @Lazy
        Implementing implementing() {
            return new Implementing();
        }
    }

    @Test
    void aLazyBeanMayBecomeAProxyOfItsInterfaces() {
        heard(LazyProxy.class, 0, 3);
    }

    interface Declared {
        @SharedQueueListener(queue = "numbers")
        void on(long number);
    }

    static class Inheriting implements Declared {
        @Override
        public void on(long number) {
            HEARD.add(number);
        }
    }

    @Test
    void theAnnotationMayBeThatOfAnInterface() {
        heard(Inheriting.class, 0, 0);
    }

    @Configuration(proxyBeanMethods = false)
    static class Scoped {
        @Bean
        static CustomScopeConfigurer scopes() {
            CustomScopeConfigurer scopes = new CustomScopeConfigurer();
            scopes.addScope("thread", new SimpleThreadScope());
            return scopes;
        }

        @Bean
        @Scope(scopeName = "thread", proxyMode = ScopedProxyMode.TARGET_CLASS)
        Subclassed scoped() {
            return new Subclassed();
        }
    }

    @Test
    void aBeanMayBeAScopedProxy() {
        heard(Scoped.class, 1, 3);
        runner.withUserConfiguration(Scoped.class)
                .run(context -> assertThat(context.getBean("scoped")).isInstanceOf(ScopedObject.class));
    }

    @Test
    void withoutSharedStateNobodyListens() {
        runner.withPropertyValues("sharedstate.enabled=false")
                .withUserConfiguration(Plain.class)
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(MessageListeners.class));
    }
}
