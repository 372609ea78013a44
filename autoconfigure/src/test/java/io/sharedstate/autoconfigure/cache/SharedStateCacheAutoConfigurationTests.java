package io.sharedstate.autoconfigure.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sharedstate.Kind;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.autoconfigure.diagnostics.Analyses;
import io.sharedstate.mapped.MappedEngine;
import java.io.Serializable;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurationPackage;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.cache.actuate.endpoint.CachesEndpoint;
import org.springframework.boot.cache.autoconfigure.CacheAutoConfiguration;
import org.springframework.boot.cache.autoconfigure.CachesEndpointAutoConfiguration;
import org.springframework.boot.cache.autoconfigure.metrics.CacheMetricsAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cache.Cache;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.CachingConfigurer;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.cache.interceptor.CacheResolver;
import org.springframework.cache.support.NoOpCacheManager;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class SharedStateCacheAutoConfigurationTests {

    private static final String ENABLED = "sharedstate.cache.enabled=true";

    /** Our beans are registered first, whichever order they are named in. */
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    CacheAutoConfiguration.class,
                    CacheMetricsAutoConfiguration.class,
                    CachesEndpointAutoConfiguration.class,
                    JacksonAutoConfiguration.class,
                    SharedStateAutoConfiguration.class,
                    SharedStateCacheAutoConfiguration.class))
            .withPropertyValues("sharedstate.engine=heap")
            .withUserConfiguration(Application.class);

    private static List<String> maps(AssertableApplicationContext context) {
        return context.getBean(SharedState.class).names(Kind.MAP);
    }

    @Test
    void isThereWhenEnabled() {
        runner.withPropertyValues(ENABLED, "spring.cache.cache-names=books").run(context -> {
            assertThat(context).hasSingleBean(CacheManager.class).hasBean("cacheManager");
            assertThat(context.getBean(CacheManager.class)).isInstanceOf(SharedCaches.class);
            assertThat(maps(context)).containsExactly("sharedstate.cache.books", "sharedstate.claim.books");
        });
    }

    @Test
    void isOffUntilItIsEnabled() {
        runner.withPropertyValues("spring.cache.cache-names=books").run(context -> {
            assertThat(context.getBean(CacheManager.class)).isInstanceOf(ConcurrentMapCacheManager.class);
            assertThat(maps(context)).isEmpty();
        });
    }

    @Test
    void isAbsentWithoutTheState() {
        runner.withPropertyValues(ENABLED, "sharedstate.enabled=false")
                .run(context ->
                        assertThat(context.getBean(CacheManager.class)).isInstanceOf(ConcurrentMapCacheManager.class));
    }

    @Test
    void isAbsentWithoutSpringBootsModule() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        SharedStateAutoConfiguration.class, SharedStateCacheAutoConfiguration.class))
                .withPropertyValues("sharedstate.engine=heap", ENABLED)
                .withClassLoader(new FilteredClassLoader("org.springframework.boot.cache"))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(CacheManager.class));
    }

    @Test
    void backsOffForAManagerOfTheUsers() {
        ConcurrentMapCacheManager own = new ConcurrentMapCacheManager();
        runner.withPropertyValues(ENABLED)
                .withBean("own", CacheManager.class, () -> own)
                .run(context -> assertThat(context.getBean(CacheManager.class)).isSameAs(own));
    }

    @Test
    void backsOffForAResolverOfTheUsers() {
        runner.withPropertyValues(ENABLED)
                .withUserConfiguration(Resolving.class)
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(CacheManager.class));
    }

    @Test
    void leavesCachingOffIfSpringIsToldSo() {
        runner.withPropertyValues(ENABLED, "spring.cache.type=none")
                .run(context -> assertThat(context.getBean(CacheManager.class)).isInstanceOf(NoOpCacheManager.class));
    }

    @Test
    void refusesToBeAnotherTypeOfCache() {
        runner.withPropertyValues(ENABLED, "spring.cache.type=simple").run(context -> {
            assertThat(context).hasFailed();
            assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                    .containsIgnoringCase("simple")
                    .contains("spring.cache.type", "sharedstate.cache.enabled");
        });
    }

    // names and settings

    @Test
    void withFixedNamesThereAreNoOthers() {
        runner.withPropertyValues(ENABLED, "spring.cache.cache-names=books", "sharedstate.caches.authors.max-size=64KB")
                .run(context -> {
                    CacheManager manager = context.getBean(CacheManager.class);
                    assertThat(manager.getCacheNames()).containsExactlyInAnyOrder("books", "authors");
                    assertThat(manager.getCache("others")).isNull();
                    assertThat(manager.getCache("books")).isSameAs(manager.getCache("books"));
                });
    }

    @Test
    void withoutFixedNamesCachesAreMadeWhenAskedFor() {
        runner.withPropertyValues(ENABLED, "sharedstate.caches.authors.max-size=64KB")
                .run(context -> {
                    CacheManager manager = context.getBean(CacheManager.class);
                    assertThat(manager.getCacheNames()).containsExactly("authors");
                    assertThat(manager.getCache("others")).isNotNull().isSameAs(manager.getCache("others"));
                    assertThat(manager.getCacheNames()).containsExactlyInAnyOrder("authors", "others");
                });
    }

    @Test
    void eachCacheHasItsSettingsOrThoseOfAll() {
        runner.withPropertyValues(
                        ENABLED,
                        "sharedstate.cache.max-size=64KB",
                        "sharedstate.cache.when-full=refuse",
                        "sharedstate.caches.large.max-size=1MB",
                        "sharedstate.caches.drafts.value-type=" + Draft.class.getName())
                .run(context -> {
                    SharedState state = context.getBean(SharedState.class);
                    CacheManager manager = context.getBean(CacheManager.class);
                    Cache drafts = manager.getCache("drafts");
                    drafts.put("k", new Draft("a"));
                    assertThat(drafts.get("k", Draft.class)).isEqualTo(new Draft("a"));
                    long small = capacity(state, "drafts");
                    assertThat(capacity(state, "large")).isGreaterThan(10 * small);
                    manager.getCache("other");
                    assertThat(capacity(state, "other")).isEqualTo(small);
                });
    }

    private static long capacity(SharedState state, String cache) {
        return state.mapStatistics("sharedstate.cache." + cache).orElseThrow().capacity();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sharedstate.cache.max-size=1KB",
                "sharedstate.cache.ttl=0s",
                "sharedstate.caches.books.max-size=1KB",
                "sharedstate.caches.books.ttl=-1s",
                "sharedstate.cache.serial-filter=maxdepth=many"
            })
    void refusesABadSettingAndSaysWhich(String setting) {
        runner.withPropertyValues(ENABLED, "spring.cache.cache-names=books", setting)
                .run(context -> {
                    assertThat(context).hasFailed();
                    assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                            .contains(setting.substring(0, setting.indexOf('=')));
                });
    }

    @Test
    void aNameThatNoMapCanHaveIsRefused() {
        runner.withPropertyValues(ENABLED)
                .run(context -> assertThatIllegalArgumentException()
                        .isThrownBy(() -> context.getBean(CacheManager.class).getCache("my books"))
                        .withMessageContainingAll("'my books'", "A-Z"));
    }

    // annotations

    @Test
    void annotatedMethodsAreCachedForAllInstances() {
        MappedEngine engine = MappedEngine.heap();
        AtomicInteger calls = new AtomicInteger();
        instance(engine, calls)
                .run(one -> instance(engine, calls).run(two -> {
                    Books first = one.getBean(Books.class);
                    Books second = two.getBean(Books.class);
                    assertThat(first.find("a")).isEqualTo(new Book("a", 1));
                    assertThat(second.find("a")).isEqualTo(new Book("a", 1));
                    assertThat(second.findOnce("a")).isEqualTo(new Book("a", 1));
                    assertThat(second.findOnce("b")).isEqualTo(new Book("b", 2));
                    assertThat(first.findOnce("b")).isEqualTo(new Book("b", 2));
                    second.forget("a");
                    assertThat(first.find("a")).isEqualTo(new Book("a", 3));
                    second.forgetAll();
                    assertThat(first.findOnce("b")).isEqualTo(new Book("b", 4));
                    assertThat(first.findNothing()).isNull();
                    assertThat(second.findNothing()).isNull();
                    assertThat(calls).hasValue(5);
                }));
    }

    @Test
    void futuresAndPublishersAreCachedForAllInstances() {
        MappedEngine engine = MappedEngine.heap();
        AtomicInteger calls = new AtomicInteger();
        instance(engine, calls)
                .run(one -> instance(engine, calls).run(two -> {
                    for (Books books : List.of(one.getBean(Books.class), two.getBean(Books.class))) {
                        assertThat(books.future("f").join()).isEqualTo(new Book("f", 1));
                        assertThat(books.futureOnce("fo").join()).isEqualTo(new Book("fo", 2));
                        assertThat(books.mono("m").block()).isEqualTo(new Book("m", 3));
                        assertThat(books.monoOnce("mo").block()).isEqualTo(new Book("mo", 4));
                        assertThat(books.flux("x").collectList().block())
                                .containsExactly(new Book("x", 5), new Book("x", -5));
                        assertThat(books.fluxOnce("xo").collectList().block())
                                .containsExactly(new Book("xo", 6), new Book("xo", -6));
                        assertThat(books.noMono("none").blockOptional()).isEmpty();
                    }
                    assertThat(calls).hasValue(7);
                }));
    }

    private ApplicationContextRunner instance(MappedEngine engine, AtomicInteger calls) {
        return runner.withPropertyValues(ENABLED)
                .withBean(SharedState.class, engine::open)
                .withBean(Books.class, () -> new Books(calls));
    }

    // what Spring Boot makes of a manager

    @Test
    void theMetersOfCachesKnowIt() {
        runner.withPropertyValues(ENABLED, "spring.cache.cache-names=books")
                .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                .run(context -> {
                    Cache books = context.getBean(CacheManager.class).getCache("books");
                    books.put("a", "v");
                    books.putIfAbsent("a", "w");
                    books.get("b", () -> "v");
                    books.get("a");
                    books.get("c");
                    MeterRegistry registry = context.getBean(MeterRegistry.class);
                    assertThat(gets(registry, "hit")).isEqualTo(1);
                    assertThat(gets(registry, "miss")).isEqualTo(2);
                    assertThat(registry.get("cache.puts")
                                    .tag("name", "books")
                                    .functionCounter()
                                    .count())
                            .isEqualTo(2);
                    assertThat(registry.get("cache.size")
                                    .tag("cache", "books")
                                    .gauge()
                                    .value())
                            .isEqualTo(2);
                    for (int i = 0; i < 10_000; i++) {
                        books.put(i, "x".repeat(1000));
                    }
                    assertThat(registry.get("cache.evictions").functionCounter().count())
                            .isPositive();
                });
    }

    private static double gets(MeterRegistry registry, String result) {
        return registry.get("cache.gets")
                .tag("cache.manager", "cacheManager")
                .tag("result", result)
                .functionCounter()
                .count();
    }

    @Test
    void needsNoMeters() {
        runner.withPropertyValues(ENABLED, "spring.cache.cache-names=books")
                .withClassLoader(new FilteredClassLoader("io.micrometer"))
                .run(context -> assertThat(context.getBean(CacheManager.class)).isInstanceOf(SharedCaches.class));
    }

    @Test
    void theEndpointShowsAndClearsThem() {
        MappedEngine engine = MappedEngine.heap();
        ApplicationContextRunner instance = runner.withPropertyValues(
                        ENABLED,
                        "spring.cache.cache-names=books,authors",
                        "management.endpoints.web.exposure.include=caches")
                .withBean(SharedState.class, engine::open);
        instance.run(one -> instance.run(two -> {
            Cache books = one.getBean(CacheManager.class).getCache("books");
            Cache authors = one.getBean(CacheManager.class).getCache("authors");
            books.put("a", "v");
            authors.put("a", "v");
            CachesEndpoint endpoint = two.getBean(CachesEndpoint.class);
            assertThat(endpoint.caches().getCacheManagers().get("cacheManager").getCaches())
                    .containsOnlyKeys("books", "authors");
            assertThat(endpoint.clearCache("books", null)).isTrue();
            assertThat(books.get("a")).isNull();
            assertThat(authors.get("a")).isNotNull();
            endpoint.clearCaches();
            assertThat(authors.get("a")).isNull();
        }));
    }

    record Book(String title, int call) implements Serializable {}

    record Draft(String title) {}

    @Configuration(proxyBeanMethods = false)
    @EnableCaching
    @AutoConfigurationPackage
    static class Application {}

    @Configuration(proxyBeanMethods = false)
    static class Resolving implements CachingConfigurer {

        @Bean
        @Override
        public CacheResolver cacheResolver() {
            return context -> List.of();
        }
    }

    static class Books {

        private final AtomicInteger calls;

        Books(AtomicInteger calls) {
            this.calls = calls;
        }

        private Book called(String title) {
            return new Book(title, calls.incrementAndGet());
        }

        @Cacheable("books")
        public Book find(String title) {
            return called(title);
        }

        @Cacheable(cacheNames = "books", sync = true)
        public Book findOnce(String title) {
            return called(title);
        }

        @Cacheable("nothing")
        public Book findNothing() {
            calls.incrementAndGet();
            return null;
        }

        @CacheEvict("books")
        public void forget(String title) {}

        @CacheEvict(cacheNames = "books", allEntries = true)
        public void forgetAll() {}

        @Cacheable("books")
        public CompletableFuture<Book> future(String title) {
            return CompletableFuture.completedFuture(called(title));
        }

        @Cacheable(cacheNames = "books", sync = true)
        public CompletableFuture<Book> futureOnce(String title) {
            return CompletableFuture.completedFuture(called(title));
        }

        @Cacheable("books")
        public Mono<Book> mono(String title) {
            return Mono.fromSupplier(() -> called(title));
        }

        @Cacheable(cacheNames = "books", sync = true)
        public Mono<Book> monoOnce(String title) {
            return Mono.fromSupplier(() -> called(title));
        }

        @Cacheable("books")
        public Flux<Book> flux(String title) {
            return Flux.defer(() -> {
                Book book = called(title);
                return Flux.just(book, new Book(title, -book.call()));
            });
        }

        @Cacheable(cacheNames = "books", sync = true)
        public Flux<Book> fluxOnce(String title) {
            return flux(title);
        }

        @Cacheable(cacheNames = "books", sync = true)
        public Mono<Book> noMono(String title) {
            return Mono.fromRunnable(calls::incrementAndGet);
        }
    }
}
