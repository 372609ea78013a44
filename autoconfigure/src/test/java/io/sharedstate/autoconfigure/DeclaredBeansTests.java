package io.sharedstate.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.Codec;
import io.sharedstate.CodecFactory;
import io.sharedstate.Kind;
import io.sharedstate.RateLimit;
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
import io.sharedstate.autoconfigure.diagnostics.Analyses;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class DeclaredBeansTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SharedStateAutoConfiguration.class))
            .withPropertyValues("sharedstate.engine=heap");

    @Test
    void injectsTheOnlyCounterByType() {
        runner.run(context -> {
            SharedCounter counter = context.getBean(SharedCounter.class);
            assertThat(counter.name()).isEqualTo("shared");
            assertThat(counter.incrementAndGet()).isEqualTo(1);
            assertThat(context.getBean(SharedState.class).counter("shared").get())
                    .isEqualTo(1);
        });
    }

    @Test
    void startsDeclaredCountersAtTheirInitialValue() {
        runner.withPropertyValues("sharedstate.counters.tickets.initial=500", "sharedstate.counters.shared.initial=7")
                .run(context -> {
                    assertThat(context.getBean("ticketsCounter", SharedCounter.class)
                                    .get())
                            .isEqualTo(500);
                    assertThat(context.getBean("sharedCounter", SharedCounter.class)
                                    .get())
                            .isEqualTo(7);
                });
    }

    @Test
    void declaresByAnEmptyPropertyToo() {
        runner.withPropertyValues(
                        "sharedstate.counters.a=",
                        "sharedstate.locks.b=",
                        "sharedstate.values.c=",
                        "sharedstate.maps.d=",
                        "sharedstate.queues.e=",
                        "sharedstate.topics.f=")
                .run(context -> {
                    SharedState state = context.getBean(SharedState.class);
                    assertThat(context.getBean("aCounter", SharedCounter.class)).isSameAs(state.counter("a"));
                    assertThat(context.getBean("bLock", SharedLock.class)).isSameAs(state.lock("b"));
                    assertThat(context.getBean("cValue", SharedValue.class).maxSize())
                            .isEqualTo(4096);
                    assertThat(state.names(Kind.VALUE)).containsExactly("c");
                    assertThat(context.getBean("dMap")).isSameAs(state.map("d", String.class, String.class));
                    assertThat(context.getBean("eQueue")).isSameAs(state.queue("e", String.class));
                    assertThat(context.getBean("fTopic")).isSameAs(state.topic("f", String.class));
                });
    }

    @Test
    void refusesSettingsOfALock() {
        runner.withPropertyValues("sharedstate.locks.orders=fair").run(context -> {
            assertThat(context).hasFailed();
            assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                    .contains("sharedstate.locks.orders", "no settings");
        });
    }

    @Test
    void declaresRateLimiters() {
        runner.withPropertyValues(
                        "sharedstate.rate-limiters.mail.permits=10",
                        "sharedstate.rate-limiters.password-reset.permits=3",
                        "sharedstate.rate-limiters.password-reset.per=1h",
                        "sharedstate.rate-limiters.password-reset.burst=1")
                .run(context -> {
                    SharedRateLimiter mail = context.getBean("mailRateLimiter", SharedRateLimiter.class);
                    assertThat(mail.limit()).isEqualTo(RateLimit.of(10, Duration.ofSeconds(1)));
                    assertThat(mail.tryAcquire(10)).isTrue();
                    assertThat(context.getBean("passwordResetRateLimiter", SharedRateLimiter.class)
                                    .limit())
                            .isEqualTo(new RateLimit(3, Duration.ofHours(1), 1));
                    assertThat(context.getBean(SharedState.class).names(Kind.RATE_LIMITER))
                            .containsExactly("mail", "password-reset");
                });
    }

    @Test
    void declaresRateLimitersWithALimitForEachKey() {
        runner.withPropertyValues(
                        "sharedstate.rate-limiters.mail.permits=10",
                        "sharedstate.rate-limiters.log-in.permits=3",
                        "sharedstate.rate-limiters.log-in.per=1h",
                        "sharedstate.rate-limiters.log-in.per-key=true",
                        "sharedstate.rate-limiters.log-in.max-size=64KB")
                .run(context -> {
                    SharedKeyedRateLimiter login = context.getBean(SharedKeyedRateLimiter.class);
                    assertThat(context.getBean("logInRateLimiter")).isSameAs(login);
                    assertThat(login.limit()).isEqualTo(RateLimit.of(3, Duration.ofHours(1)));
                    assertThat(login.tryAcquire("ann", 3)).isTrue();
                    assertThat(login.tryAcquire("ann")).isFalse();
                    assertThat(login.tryAcquire("bob")).isTrue();
                    assertThat(context.getBean(SharedRateLimiter.class).name()).isEqualTo("mail");
                    assertThat(context.getBean(SharedState.class).names(Kind.KEYED_RATE_LIMITER))
                            .containsExactly("log-in");
                });
    }

    @ParameterizedTest
    @CsvSource({"per-key=false, a use for", "per-key=true, '1024 bytes: expected 65536'"})
    void refusesASizeThatMakesNoSenseForARateLimiter(String perKey, String message) {
        runner.withPropertyValues(
                        "sharedstate.rate-limiters.mail.permits=1",
                        "sharedstate.rate-limiters.mail.max-size=1KB",
                        "sharedstate.rate-limiters.mail." + perKey)
                .run(context -> {
                    assertThat(context).hasFailed();
                    assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                            .contains("sharedstate.rate-limiters.mail", message);
                });
    }

    @ParameterizedTest
    @CsvSource({"per=1s, permits is 0", "permits=-1, permits is -1", "permits=2000000000, more than one in a nanosecond"
    })
    void refusesALimitThatMakesNoSense(String setting, String message) {
        runner.withPropertyValues("sharedstate.rate-limiters.mail." + setting).run(context -> {
            assertThat(context).hasFailed();
            assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                    .contains("sharedstate.rate-limiters.mail", message);
        });
    }

    @Test
    void selectsByQualifierByNameAndByGenericType() {
        runner.withPropertyValues(
                        "sharedstate.counters.orders.initial=1",
                        "sharedstate.locks.orders=",
                        "sharedstate.locks.stock=",
                        "sharedstate.values.greeting.type=java.lang.String",
                        "sharedstate.values.limit.type=java.lang.Long",
                        "sharedstate.values.picture.type=byte[]",
                        "sharedstate.values.picture.max-size=64KB")
                .withUserConfiguration(Consumers.class)
                .run(context -> {
                    Consumers.Injected injected = context.getBean(Consumers.Injected.class);
                    assertThat(injected.qualified().name()).isEqualTo("orders");
                    assertThat(injected.ordersLock().name()).isEqualTo("orders");
                    assertThat(injected.text().name()).isEqualTo("greeting");
                    assertThat(injected.number().name()).isEqualTo("limit");
                    assertThat(injected.bytes().name()).isEqualTo("picture");
                    assertThat(injected.bytes().maxSize()).isEqualTo(65_536);
                    injected.number().set(3L);
                    assertThat(injected.number().get()).isEqualTo(3L);
                });
    }

    @Test
    void failsLoudlyWhenAnInjectionIsAmbiguous() {
        runner.withPropertyValues("sharedstate.counters.orders.initial=1")
                .withUserConfiguration(Ambiguous.class)
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(NoUniqueBeanDefinitionException.class)
                        .hasMessageContaining("ordersCounter")
                        .hasMessageContaining("sharedCounter"));
    }

    @Test
    void isNeitherPrimaryNorFallback() {
        runner.withPropertyValues("sharedstate.counters.orders.initial=1").run(context -> {
            for (String name : context.getBeanNamesForType(SharedCounter.class)) {
                BeanDefinition definition = context.getBeanFactory().getBeanDefinition(name);
                assertThat(definition.isPrimary()).as(name).isFalse();
                assertThat(definition.isFallback()).as(name).isFalse();
            }
        });
    }

    @Test
    void leavesABeanNameToTheUser() {
        runner.withPropertyValues("sharedstate.counters.orders.initial=1", "sharedstate.locks.orders=")
                .withUserConfiguration(Own.class)
                .run(context -> {
                    assertThat(context.getBean("ordersCounter", SharedCounter.class)
                                    .name())
                            .isEqualTo("own");
                    assertThat(context.getBean("sharedCounter")).isEqualTo("mine");
                    assertThat(context.getBean("ordersLock", SharedLock.class).name())
                            .isEqualTo("orders");
                });
    }

    @Test
    void givesANameWithSeparatorsASecondNameForFieldsAndParameters() {
        runner.withPropertyValues(
                        "sharedstate.counters.order-items.initial=4",
                        "sharedstate.counters.[a.b_c].initial=5",
                        "sharedstate.counters.camelCase.initial=6")
                .run(context -> {
                    assertThat(context.getBean("order-itemsCounter", SharedCounter.class)
                                    .name())
                            .isEqualTo("order-items");
                    assertThat(context.getBean("orderItemsCounter")).isSameAs(context.getBean("order-itemsCounter"));
                    assertThat(context.getBean("aBCCounter", SharedCounter.class)
                                    .get())
                            .isEqualTo(5);
                    assertThat(context.getBean("camelCaseCounter", SharedCounter.class)
                                    .get())
                            .isEqualTo(6);
                    assertThat(context.getBeansOfType(SharedCounter.class)).hasSize(4);
                });
    }

    @Test
    void refusesTwoNamesThatWouldGetTheSameSecondName() {
        runner.withPropertyValues(
                        "sharedstate.counters.order-items.initial=4", "sharedstate.counters.[order_items].initial=5")
                .run(context -> assertThat(context)
                        .getFailure()
                        .hasMessageContaining("order-itemsCounter")
                        .hasMessageContaining("order_itemsCounter"));
    }

    @Test
    void refusesAValueWithoutRoom() {
        runner.withPropertyValues("sharedstate.values.huge.max-size=2GB").run(context -> {
            assertThat(context).hasFailed();
            assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                    .contains("sharedstate.values.huge.max-size", "less than 2GB");
        });
    }

    @Test
    void declaresMapsByTheirTypesAndHowTheyAreUsed() {
        runner.withPropertyValues(
                        "sharedstate.maps.carts.value-type=byte[]",
                        "sharedstate.maps.carts.max-size=64KB",
                        "sharedstate.maps.carts.ttl=30m",
                        "sharedstate.maps.carts.when-full=evict",
                        "sharedstate.maps.order-totals.key-type=java.lang.Long",
                        "sharedstate.maps.order-totals.value-type=java.lang.Long")
                .withUserConfiguration(MapConsumers.class)
                .run(context -> {
                    MapConsumers.Injected injected = context.getBean(MapConsumers.Injected.class);
                    assertThat(injected.carts().name()).isEqualTo("carts");
                    assertThat(injected.qualified()).isSameAs(injected.totals());
                    assertThat(context.getBean("orderTotalsMap")).isSameAs(injected.totals());
                    for (int i = 0; i < 500; i++) {
                        injected.carts().put("cart-" + i, new byte[1_000]);
                    }
                    assertThat(injected.carts().statistics().capacity()).isLessThan(65_536);
                    assertThat(injected.carts().statistics().evictions()).isPositive();
                    assertThat(injected.carts().expiry("cart-499").orElseThrow())
                            .isBetween(Duration.ofMinutes(29), Duration.ofMinutes(30));
                    injected.totals().merge(7L, 5L, Long::sum);
                    assertThat(injected.totals().expiry(7L)).isEmpty();
                    assertThat(context.getBean(SharedState.class).names(Kind.MAP))
                            .containsExactly("carts", "order-totals");
                });
    }

    @Test
    void refusesSettingsOfAMapThatCannotBe() {
        Map<String, String> settings =
                Map.of("max-size=4KB", "at least 64KB", "max-size=3GB", "at most 2GB", "ttl=0s", "more than zero");
        settings.forEach((setting, expected) -> runner.withPropertyValues("sharedstate.maps.carts." + setting)
                .run(context -> {
                    assertThat(context).hasFailed();
                    assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                            .contains("sharedstate.maps.carts." + setting.substring(0, setting.indexOf('=')), expected);
                }));
    }

    @Test
    void declaresQueuesByTheirTypeSizeAndAttempts() {
        runner.withPropertyValues(
                        "sharedstate.queues.orders.type=java.lang.Long",
                        "sharedstate.queues.orders.max-size=64KB",
                        "sharedstate.queues.orders.max-attempts=1",
                        "sharedstate.queues.order-mails=")
                .withUserConfiguration(QueueConsumers.class)
                .run(context -> {
                    QueueConsumers.Injected injected = context.getBean(QueueConsumers.Injected.class);
                    assertThat(injected.mails()).isSameAs(context.getBean("orderMailsQueue"));
                    SharedQueue<Long> orders = injected.orders();
                    assertThat(orders).isSameAs(injected.qualified());
                    assertThat(orders.statistics().capacity()).isEqualTo(65_536);
                    orders.add(7L);
                    orders.receive().close();
                    assertThat(orders.statistics().deadLetters()).isEqualTo(1);
                    assertThat(context.getBean(SharedState.class).names(Kind.QUEUE))
                            .containsExactly("order-mails", "orders");
                });
    }

    @Test
    void declaresTopicsByTheirTypeAndSize() {
        runner.withPropertyValues(
                        "sharedstate.topics.prices.type=java.lang.Long",
                        "sharedstate.topics.prices.max-size=64KB",
                        "sharedstate.topics.news=")
                .withUserConfiguration(TopicConsumers.class)
                .run(context -> {
                    TopicConsumers.Injected injected = context.getBean(TopicConsumers.Injected.class);
                    assertThat(injected.news().name()).isEqualTo("news");
                    SharedTopic<Long> prices = injected.prices();
                    assertThat(prices).isSameAs(injected.pricesTopic());
                    assertThat(prices.statistics().maxSize()).isEqualTo(65_536);
                    assertThat(prices.publish(7L)).isEqualTo(1);
                    assertThat(context.getBean(SharedState.class).names(Kind.TOPIC))
                            .containsExactly("news", "prices");
                });
    }

    @Test
    void declaresSemaphores() {
        runner.withPropertyValues("sharedstate.semaphores.card-terminal.permits=2")
                .run(context -> {
                    SharedSemaphore terminal = context.getBean(SharedSemaphore.class);
                    assertThat(context.getBean("cardTerminalSemaphore")).isSameAs(terminal);
                    assertThat(terminal.name()).isEqualTo("card-terminal");
                    assertThat(terminal.tryAcquire(2)).isTrue();
                    assertThat(terminal.tryAcquire()).isFalse();
                    terminal.release(2);
                });
    }

    @ParameterizedTest
    @CsvSource({
        "queues.orders.max-size=1KB, 1024 bytes: expected 65536",
        "queues.orders.max-size=1GB, to 536870912",
        "queues.orders.max-attempts=0, 0 attempts for each message: expected 1 to 255",
        "queues.orders.max-attempts=many, many",
        "queues.orders.type=com.example.Missing, com.example.Missing",
        "topics.orders.max-size=1KB, 1024 bytes: expected 65536",
        "topics.orders.type=com.example.Missing, com.example.Missing",
        "semaphores.orders.permits=0, of 0 permits: expected 1 to 16777215",
        "semaphores.orders.permits=-1, of -1 permits: expected 1 to 16777215",
        "semaphores.orders.permits=two, two",
        "semaphores.orders=, sharedstate.semaphores.orders",
        "queues.orders.ttl=1h, sharedstate.queues.orders.ttl"
    })
    void refusesSettingsThatCannotBe(String setting, String message) {
        runner.withPropertyValues("sharedstate." + setting).run(context -> {
            assertThat(context).hasFailed();
            assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                    .contains("sharedstate." + setting.substring(0, setting.indexOf(".orders")), message);
        });
    }

    @Test
    void refusesATypeThatNothingCanWrite() {
        runner.withBean(CodecFactory.class, () -> DeclaredBeansTests::noCodec)
                .withPropertyValues("sharedstate.queues.orders.type=java.util.Locale")
                .run(context -> {
                    assertThat(context).hasFailed();
                    assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                            .contains("sharedstate.queues.orders", "no codec for class java.util.Locale");
                });
    }

    private static <T> Codec<T> noCodec(Class<T> type) {
        throw new IllegalArgumentException("no codec for " + type);
    }

    @Configuration(proxyBeanMethods = false)
    static class QueueConsumers {

        record Injected(SharedQueue<Long> orders, SharedQueue<String> mails, SharedQueue<?> qualified) {}

        @Bean
        Injected injected(
                SharedQueue<Long> orders, SharedQueue<String> mails, @Qualifier("orders") SharedQueue<?> qualified) {
            return new Injected(orders, mails, qualified);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class TopicConsumers {

        record Injected(SharedTopic<Long> prices, SharedTopic<String> news, SharedTopic<?> pricesTopic) {}

        @Bean
        Injected injected(SharedTopic<Long> prices, SharedTopic<String> news, SharedTopic<?> pricesTopic) {
            return new Injected(prices, news, pricesTopic);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class MapConsumers {

        record Injected(SharedMap<String, byte[]> carts, SharedMap<Long, Long> totals, SharedMap<?, ?> qualified) {}

        @Bean
        Injected injected(
                SharedMap<String, byte[]> carts,
                SharedMap<Long, Long> totals,
                @Qualifier("order-totals") SharedMap<?, ?> qualified) {
            return new Injected(carts, totals, qualified);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Consumers {

        record Injected(
                SharedCounter qualified,
                SharedLock ordersLock,
                SharedValue<String> text,
                SharedValue<Long> number,
                SharedValue<byte[]> bytes) {}

        @Bean
        Injected injected(
                @Qualifier("orders") SharedCounter qualified,
                SharedLock ordersLock,
                SharedValue<String> text,
                SharedValue<Long> number,
                SharedValue<byte[]> bytes) {
            return new Injected(qualified, ordersLock, text, number, bytes);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Ambiguous {

        @Bean
        String consumer(SharedCounter counter) {
            return counter.name();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Own {

        @Bean
        SharedCounter ordersCounter(SharedState state) {
            return state.counter("own");
        }

        @Bean
        String sharedCounter() {
            return "mine";
        }
    }
}
