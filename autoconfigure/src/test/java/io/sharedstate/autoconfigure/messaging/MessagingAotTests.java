package io.sharedstate.autoconfigure.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.aot.test.generate.TestGenerationContext;
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

class MessagingAotTests {

    private static final TestPropertyValues PROPERTIES = TestPropertyValues.of("sharedstate.engine=heap");

    @Test
    @CompileWithForkedClassLoader
    void listensWhenTheGeneratedCodeRunsAndNotBefore() {
        try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
            PROPERTIES.applyTo(context);
            context.register(Application.class);
            TestGenerationContext generation = new TestGenerationContext();
            var initializer = new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
            assertThat(context.getBeanFactory().containsSingleton("sharedState"))
                    .isFalse();
            assertThat(context.getBeanFactory().containsSingleton("sharedStateMessageListeners"))
                    .isFalse();
            assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(Inbox.class, "on"))
                    .accepts(generation.getRuntimeHints());
            generation.writeGeneratedContent();
            TestCompiler.forSystem().with(generation).compile(compiled -> {
                @SuppressWarnings("unchecked")
                ApplicationContextInitializer<GenericApplicationContext> generated =
                        compiled.getInstance(ApplicationContextInitializer.class, initializer.toString());
                try (GenericApplicationContext application = new GenericApplicationContext()) {
                    PROPERTIES.applyTo(application);
                    generated.initialize(application);
                    application.refresh();
                    application
                            .getBean(SharedState.class)
                            .queue("texts", String.class)
                            .add("hello");
                    Inbox inbox = application.getBean(Inbox.class);
                    await().untilAsserted(() -> assertThat(inbox.heard).containsExactly("hello"));
                }
            });
        }
    }

    static class Inbox {

        final Queue<String> heard = new ConcurrentLinkedQueue<>();

        @SharedQueueListener(queue = "texts")
        void on(String text) {
            heard.add(text);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({SharedStateAutoConfiguration.class, SharedStateMessagingAutoConfiguration.class})
    static class Application {

        @Bean
        Inbox inbox() {
            return new Inbox();
        }
    }
}
