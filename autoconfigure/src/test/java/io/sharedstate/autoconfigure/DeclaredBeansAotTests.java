package io.sharedstate.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.SharedCounter;
import io.sharedstate.SharedKeyedRateLimiter;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedQueue;
import io.sharedstate.SharedRateLimiter;
import io.sharedstate.SharedSemaphore;
import io.sharedstate.SharedTopic;
import io.sharedstate.SharedValue;
import io.sharedstate.autoconfigure.health.SharedStateHealthAutoConfiguration;
import io.sharedstate.autoconfigure.web.SharedStateWebAutoConfiguration;
import org.junit.jupiter.api.Test;
import org.springframework.aot.test.generate.TestGenerationContext;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.test.tools.CompileWithForkedClassLoader;
import org.springframework.core.test.tools.TestCompiler;

class DeclaredBeansAotTests {

    @Test
    @CompileWithForkedClassLoader
    void startsFromGeneratedCode() {
        try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
            declare(500).applyTo(context);
            context.register(Application.class);
            TestGenerationContext generation = new TestGenerationContext();
            var initializer = new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
            generation.writeGeneratedContent();
            TestCompiler.forSystem().with(generation).compile(compiled -> {
                @SuppressWarnings("unchecked")
                ApplicationContextInitializer<GenericApplicationContext> generated =
                        compiled.getInstance(ApplicationContextInitializer.class, initializer.toString());
                try (GenericApplicationContext application = new GenericApplicationContext()) {
                    declare(7).applyTo(application);
                    generated.initialize(application);
                    application.refresh();
                    Application.Injected injected = application.getBean(Application.Injected.class);
                    assertThat(injected.counter().name()).isEqualTo("order-items");
                    assertThat(injected.counter().get())
                            .as("initial, read when the application runs")
                            .isEqualTo(7);
                    assertThat(application.getBean("orderItemsCounter")).isSameAs(injected.counter());
                    assertThat(application
                                    .getBean(SharedRateLimiter.class)
                                    .limit()
                                    .permits())
                            .isEqualTo(7);
                    assertThat(application.getBean(SharedKeyedRateLimiter.class).available("ann"))
                            .isEqualTo(7);
                    assertThat(injected.lock().name()).isEqualTo("orders");
                    injected.text().set("hello");
                    assertThat(injected.text().get()).isEqualTo("hello");
                    injected.bytes().set(new byte[] {1});
                    assertThat(injected.bytes().get()).containsExactly(1);
                    injected.carts().put("one", new byte[] {2});
                    assertThat(injected.carts().get("one")).containsExactly(2);
                    injected.orders().add(3L);
                    assertThat(injected.orders().poll()).isEqualTo(3);
                    assertThat(injected.news().publish("hello")).isEqualTo(1);
                    assertThat(application.getBean(SharedSemaphore.class).permits())
                            .isEqualTo(7);
                    assertThat(application
                                    .getBean("sharedCounter", SharedCounter.class)
                                    .get())
                            .isZero();
                }
            });
        }
    }

    private static TestPropertyValues declare(int initial) {
        return TestPropertyValues.of(
                "sharedstate.engine=heap",
                "sharedstate.counters.order-items.initial=" + initial,
                "sharedstate.locks.orders=",
                "sharedstate.values.greeting=",
                "sharedstate.rate-limiters.mail.permits=" + initial,
                "sharedstate.rate-limiters.login.permits=" + initial,
                "sharedstate.rate-limiters.login.per-key=true",
                "sharedstate.values.picture.type=byte[]",
                "sharedstate.maps.carts.value-type=byte[]",
                "sharedstate.queues.orders.type=java.lang.Long",
                "sharedstate.topics.news=",
                "sharedstate.semaphores.printer.permits=" + initial);
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        SharedStateAutoConfiguration.class,
        SharedStateHealthAutoConfiguration.class,
        SharedStateWebAutoConfiguration.class
    })
    static class Application {

        record Injected(
                SharedCounter counter,
                SharedLock lock,
                SharedValue<String> text,
                SharedValue<byte[]> bytes,
                SharedMap<String, byte[]> carts,
                SharedQueue<Long> orders,
                SharedTopic<String> news) {}

        @Bean
        Injected injected(
                @Qualifier("order-items") SharedCounter counter,
                SharedLock lock,
                SharedValue<String> text,
                SharedValue<byte[]> bytes,
                SharedMap<String, byte[]> carts,
                SharedQueue<Long> orders,
                SharedTopic<String> news) {
            return new Injected(counter, lock, text, bytes, carts, orders, news);
        }
    }
}
