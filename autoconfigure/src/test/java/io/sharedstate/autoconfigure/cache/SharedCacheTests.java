package io.sharedstate.autoconfigure.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.sharedstate.Codec;
import io.sharedstate.CodecException;
import io.sharedstate.MapFullException;
import io.sharedstate.MapOptions;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedState;
import io.sharedstate.ValueTooLargeException;
import io.sharedstate.autoconfigure.Place;
import io.sharedstate.autoconfigure.SharedStateProperties;
import io.sharedstate.autoconfigure.serialization.FilteredSerialization;
import io.sharedstate.jackson.JacksonCodecs;
import java.io.IOException;
import java.io.Serializable;
import java.math.BigDecimal;
import java.net.URI;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.cache.Cache;
import org.springframework.cache.Cache.ValueRetrievalException;
import org.springframework.cache.Cache.ValueWrapper;
import org.springframework.cache.interceptor.SimpleKey;

/** The same cache in two processes. */
@Timeout(60)
@ParameterizedClass
@EnumSource(names = {"HEAP", "REDIS"})
class SharedCacheTests {

    private final Place place;
    private final List<SharedState> states = new ArrayList<>();
    private final Map<String, String> configuration = new HashMap<>();
    private final Cache one;
    private final Cache two;

    /** What computes, and how often it did. */
    private final AtomicInteger computed = new AtomicInteger();

    SharedCacheTests(Place.Engine engine) {
        place = engine.place();
        one = start();
        two = start();
    }

    @AfterEach
    void close() {
        place.close();
    }

    private SharedState open() {
        SharedState state = place.open();
        states.add(state);
        return state;
    }

    private Cache start() {
        return start("");
    }

    private Cache start(String serialFilter) {
        return start("books", serialFilter);
    }

    private Cache start(String name, String serialFilter) {
        FilteredSerialization serialization = new FilteredSerialization(
                "sharedstate.cache.serial-filter",
                serialFilter,
                List.of(),
                List.of("io.sharedstate"),
                getClass().getClassLoader());
        SharedStateProperties properties = new Binder(new MapConfigurationPropertySource(configuration))
                .bindOrCreate("sharedstate", SharedStateProperties.class);
        return new SharedCaches(open(), properties, List.of(name), serialization, JacksonCodecs::new).getCache(name);
    }

    private Cache startWith(String name, Map<String, String> settings) {
        settings.forEach((setting, value) -> configuration.put("sharedstate.caches." + name + "." + setting, value));
        return start(name, "");
    }

    private static <T> FutureTask<T> inThread(Callable<T> call) {
        FutureTask<T> task = new FutureTask<>(call);
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    /** A computation that has begun, and ends when it is told to. */
    private final class Held implements Callable<String> {

        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch released = new CountDownLatch(1);

        @Override
        public String call() throws InterruptedException {
            begun.countDown();
            released.await();
            return "value " + computed.incrementAndGet();
        }
    }

    private String compute() {
        return "value " + computed.incrementAndGet();
    }

    private Held hold(Cache cache, String key, List<FutureTask<String>> into) throws InterruptedException {
        Held held = new Held();
        into.add(inThread(() -> cache.get(key, held)));
        held.begun.await();
        return held;
    }

    private SharedMap<byte[], Claim> claims(SharedState state) {
        return state.map("sharedstate.claim.books", Codec.bytes(), Claim.CODEC, MapOptions.DEFAULT.maxSize(256 << 10));
    }

    private static byte[] encoded(Object key) {
        return new KeyEncoding("books").encode(key);
    }

    // what Spring says of every cache

    @Test
    void whatOnePutsAllGet() {
        one.put("k", "v");
        assertThat(two.get("k")).isNotNull().extracting(ValueWrapper::get).isEqualTo("v");
        assertThat(two.get("k", String.class)).isEqualTo("v");
        assertThat(two.get("k", (Class<?>) null)).isEqualTo("v");
        assertThat(two.get("k", this::compute)).isEqualTo("v");
        two.put("k", "w");
        assertThat(one.get("k", String.class)).isEqualTo("w");
        assertThat(computed).hasValue(0);
    }

    @Test
    void whatIsNotThereIsNull() {
        assertThat(one.get("k")).isNull();
        assertThat(one.get("k", String.class)).isNull();
        assertThat(one.retrieve("k")).isNull();
        assertThat(one.evictIfPresent("k")).isFalse();
        assertThat(one.invalidate()).isFalse();
    }

    @Test
    void aValueOfAnotherTypeThanAskedForIsRefused() {
        one.put("k", "v");
        assertThatIllegalStateException()
                .isThrownBy(() -> two.get("k", Long.class))
                .withMessageContaining("java.lang.Long");
    }

    @Test
    void nullIsAValue() {
        one.put("k", null);
        assertThat(two.get("k")).isNotNull().extracting(ValueWrapper::get).isNull();
        assertThat(two.get("k", this::compute)).isNull();
        assertThat(two.retrieve("k", () -> CompletableFuture.completedFuture("v")))
                .isCompletedWithValue(null);
        assertThat(two.retrieve("k").join())
                .isInstanceOfSatisfying(
                        ValueWrapper.class, wrapper -> assertThat(wrapper.get()).isNull());
        assertThat(one.<String>get("computed", () -> null)).isNull();
        assertThat(two.get("computed")).isNotNull();
    }

    @Test
    void nullIsRefusedIfToldSo() {
        configuration.put("sharedstate.cache.allow-null-values", "false");
        Cache cache = start();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cache.put("k", null))
                .withMessageContaining("books");
        assertThat(one.get("k")).isNull();
    }

    @Test
    void putIfAbsentPutsOnlyIfAbsent() {
        assertThat(one.putIfAbsent("k", "v")).isNull();
        assertThat(two.putIfAbsent("k", "w"))
                .isNotNull()
                .extracting(ValueWrapper::get)
                .isEqualTo("v");
        assertThat(two.putIfAbsent("null", null)).isNull();
        assertThat(one.putIfAbsent("null", "w"))
                .isNotNull()
                .extracting(ValueWrapper::get)
                .isNull();
    }

    @Test
    void whatOneEvictsNobodyGets() {
        one.put("a", "v");
        one.put("b", "v");
        two.evict("a");
        assertThat(one.get("a")).isNull();
        assertThat(two.evictIfPresent("b")).isTrue();
        assertThat(one.get("b")).isNull();
    }

    @Test
    void whatOneClearsNobodyGets() {
        one.put("a", "v");
        two.clear();
        assertThat(one.get("a")).isNull();
        one.put("a", "v");
        assertThat(two.invalidate()).isTrue();
        assertThat(one.get("a")).isNull();
    }

    @Test
    void entriesExpire() {
        Cache cache = startWith("short", Map.of("ttl", "1ms"));
        cache.put("k", "v");
        await().until(() -> cache.get("k") == null);
    }

    // computing once

    @Test
    void aValueIsComputedOnceByAllProcesses() throws Exception {
        List<FutureTask<String>> results = new ArrayList<>();
        Held held = hold(one, "k", results);
        for (int i = 0; i < 4; i++) {
            Cache cache = i % 2 == 0 ? one : two;
            results.add(inThread(() -> cache.get("k", this::compute)));
        }
        CompletableFuture<String> async = two.retrieve("k", () -> CompletableFuture.completedFuture(compute()));
        assertThat(one.get("k")).isNull();
        assertThat(two.retrieve("k")).isNull();
        held.released.countDown();
        for (FutureTask<String> result : results) {
            assertThat(result.get()).isEqualTo("value 1");
        }
        assertThat(async.get()).isEqualTo("value 1");
        assertThat(two.get("k", String.class)).isEqualTo("value 1");
        assertThat(claims(states.get(0))).isEmpty();
    }

    @Test
    void otherKeysDoNotWait() throws Exception {
        List<FutureTask<String>> results = new ArrayList<>();
        Held held = hold(one, "k", results);
        for (int i = 0; i < 100; i++) {
            assertThat((i % 2 == 0 ? one : two).get("other " + i, this::compute))
                    .isEqualTo("value " + (i + 1));
        }
        held.released.countDown();
        assertThat(results.get(0).get()).isEqualTo("value 101");
    }

    @Test
    void whoWaitsForADeadProcessComputesItself() throws Exception {
        SharedState dead = place.open();
        claims(dead).put(encoded("k"), new Claim(dead.members().self().incarnation(), 1));
        FutureTask<String> waiting = inThread(() -> one.get("k", this::compute));
        CompletableFuture<String> async = two.retrieve("k", () -> CompletableFuture.completedFuture(compute()));
        assertThat(claims(states.get(0))).hasSize(1);
        assertThat(computed).hasValue(0);
        dead.close();
        assertThat(waiting.get()).isEqualTo("value 1");
        assertThat(async.get()).isEqualTo("value 1");
        assertThat(claims(states.get(0))).isEmpty();
    }

    @Test
    void aFailedComputationIsToldAndFreesTheKey() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        FutureTask<String> failing = inThread(() -> one.get("k", () -> {
            begun.countDown();
            released.await();
            throw new IOException("no network");
        }));
        begun.await();
        FutureTask<String> waiting = inThread(() -> two.get("k", this::compute));
        released.countDown();
        assertThat(waiting.get()).isEqualTo("value 1");
        assertThatExceptionOfType(java.util.concurrent.ExecutionException.class)
                .isThrownBy(failing::get)
                .havingCause()
                .isInstanceOfSatisfying(
                        ValueRetrievalException.class,
                        e -> assertThat(e.getKey()).isEqualTo("k"))
                .withCauseInstanceOf(IOException.class);
    }

    static Stream<Consumer<Cache>> changes() {
        return Stream.of(cache -> cache.evict("k"), Cache::clear, Cache::invalidate, cache -> {
            cache.put("k", "put meanwhile");
            cache.evict("k");
        });
    }

    @ParameterizedTest
    @MethodSource("changes")
    void whatWasBegunBeforeAnEvictionIsNotKept(Consumer<Cache> change) throws Exception {
        List<FutureTask<String>> results = new ArrayList<>();
        Held held = hold(one, "k", results);
        change.accept(two);
        assertThat(two.get("k")).isNull();
        held.released.countDown();
        assertThat(results.get(0).get()).isEqualTo("value 1");
        assertThat(two.get("k")).isNull();
    }

    @ParameterizedTest
    @MethodSource("changes")
    void whatIsAskedForAfterAnEvictionIsComputedAnew(Consumer<Cache> change) throws Exception {
        List<FutureTask<String>> results = new ArrayList<>();
        Held held = hold(one, "k", results);
        change.accept(two);
        assertThat(two.get("k", this::compute)).isEqualTo("value 1");
        held.released.countDown();
        assertThat(results.get(0).get()).isEqualTo("value 2");
        assertThat(one.get("k", String.class)).isEqualTo("value 1");
    }

    @Test
    void whatIsComputedAnewIsKeptInPlaceOfWhatWasBegunBefore() throws Exception {
        List<FutureTask<String>> results = new ArrayList<>();
        Held before = hold(one, "k", results);
        two.evict("k");
        Held after = hold(two, "k", results);
        before.released.countDown();
        assertThat(results.get(0).get()).isEqualTo("value 1");
        assertThat(one.get("k")).isNull();
        after.released.countDown();
        assertThat(results.get(1).get()).isEqualTo("value 2");
        assertThat(one.get("k", String.class)).isEqualTo("value 2");
    }

    @Test
    void whatIsPutMeanwhileStays() throws Exception {
        List<FutureTask<String>> results = new ArrayList<>();
        Held a = hold(one, "a", results);
        Held b = hold(one, "b", results);
        two.put("a", "newer");
        two.putIfAbsent("b", "newer");
        a.released.countDown();
        b.released.countDown();
        for (FutureTask<String> result : results) {
            result.get();
        }
        assertThat(two.get("a", String.class)).isEqualTo("newer");
        assertThat(two.get("b", String.class)).isEqualTo("newer");
    }

    @Test
    void whatIsOlderThanAPutIsNotKeptEvenIfThatWasEvictedForLackOfRoom() throws Exception {
        List<FutureTask<String>> results = new ArrayList<>();
        Held held = hold(one, "k", results);
        two.put("k", "newer");
        states.get(0)
                .map("sharedstate.cache.books", Codec.bytes(), Codec.bytes(), MapOptions.DEFAULT)
                .remove(encoded("k"));
        held.released.countDown();
        results.get(0).get();
        assertThat(two.get("k")).isNull();
    }

    @Test
    void aComputationThatAsksForItselfFails() {
        assertThatExceptionOfType(ValueRetrievalException.class)
                .isThrownBy(() -> one.get("k", () -> one.get("k", this::compute)))
                .havingCause()
                .isInstanceOf(IllegalStateException.class)
                .withMessageContainingAll("books", "'k'", "asks for itself");
        assertThatExceptionOfType(ValueRetrievalException.class)
                .isThrownBy(() -> one.get("k", () -> one.get("other", () -> one.get("k", this::compute))));
        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(() -> one.retrieve("k", () -> one.retrieve("k", CompletableFuture::new))
                        .join())
                .withMessageContaining("asks for itself");
        assertThat(one.get("k", () -> one.get("other", this::compute))).isEqualTo("value 1");
    }

    @Test
    void whoIsInterruptedDoesNotWait() throws Exception {
        List<FutureTask<String>> results = new ArrayList<>();
        Held held = hold(one, "k", results);
        Thread.currentThread().interrupt();
        assertThatIllegalStateException()
                .isThrownBy(() -> two.get("k", this::compute))
                .withMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
        held.released.countDown();
        results.get(0).get();
    }

    @Test
    void aFutureIsAwaitedByAllProcesses() throws Exception {
        CompletableFuture<String> computation = new CompletableFuture<>();
        CompletableFuture<String> first = one.retrieve("k", () -> computation);
        CompletableFuture<String> second = two.retrieve("k", () -> CompletableFuture.completedFuture(compute()));
        FutureTask<String> blocked = inThread(() -> two.get("k", this::compute));
        assertThat(first).isNotDone();
        computation.complete("async");
        assertThat(first.get()).isEqualTo("async");
        assertThat(second.get()).isEqualTo("async");
        assertThat(blocked.get()).isEqualTo("async");
        assertThat(computed).hasValue(0);
    }

    @Test
    void aFailedFutureIsToldAndFreesTheKey() {
        CompletableFuture<String> failed =
                one.retrieve("k", () -> CompletableFuture.failedFuture(new IOException("no network")));
        assertThat(failed).failsWithin(10, TimeUnit.SECONDS).withThrowableThat().withCauseInstanceOf(IOException.class);
        CompletableFuture<String> thrown = one.retrieve("k", () -> {
            throw new IllegalStateException("no future");
        });
        assertThat(thrown).isCompletedExceptionally();
        assertThat(two.get("k", this::compute)).isEqualTo("value 1");
    }

    /** Until no segment has room for another. */
    private void fill(SharedState owner) {
        SharedMap<byte[], Claim> claims = claims(owner);
        Claim claim = new Claim(owner.members().self().incarnation(), 0);
        for (int i = 0, refused = 0; refused < 1000; i++) {
            try {
                claims.put(encoded(i), claim);
            } catch (MapFullException e) {
                refused++;
            }
        }
    }

    @Test
    void withoutRoomForAClaimAValueIsComputedButNotKept() {
        place.assumeThatMapsHaveBounds();
        fill(states.get(0));
        assertThat(two.get("k", this::compute)).isEqualTo("value 1");
        assertThat(two.get("k", this::compute)).isEqualTo("value 2");
        assertThat(two.retrieve("k", () -> CompletableFuture.completedFuture(compute())))
                .isCompletedWithValue("value 3");
        assertThat(one.get("k")).isNull();
        claims(states.get(0)).clear();
        assertThat(two.get("k", this::compute)).isEqualTo("value 4");
        assertThat(one.get("k", String.class)).isEqualTo("value 4");
    }

    @Test
    void theDeadMakeRoomForClaims() {
        place.assumeThatMapsHaveBounds();
        SharedState dead = place.open();
        fill(dead);
        dead.close();
        assertThat(two.get("k", this::compute)).isEqualTo("value 1");
        assertThat(one.get("k", String.class)).isEqualTo("value 1");
        assertThat(claims(states.get(0))).isEmpty();
    }

    // keys

    record Isbn(String prefix, int number) {}

    record Edition(Isbn isbn, List<String> languages) {}

    enum Genre {
        POETRY,
        PROSE {
            @Override
            public String toString() {
                return "prose";
            }
        }
    }

    static final class Page implements Serializable {
        private static final long serialVersionUID = 1;
        final int number;

        Page(int number) {
            this.number = number;
        }
    }

    /** Each made twice: equal, but not the same. */
    static Stream<Object> keys() {
        return Stream.of(
                "1",
                "",
                "ä",
                1L,
                1,
                (short) 1,
                (byte) 1,
                '1',
                1.0,
                1.0f,
                true,
                "1".repeat(100_000),
                "1".repeat(100_001),
                new BigDecimal("1.0"),
                new BigDecimal("1.00"),
                new UUID(0, 1),
                Genre.POETRY,
                Genre.PROSE,
                LocalDate.of(2026, 1, 1),
                URI.create("a:b"),
                new SimpleKey(),
                new SimpleKey("1"),
                new SimpleKey("1", null),
                new SimpleKey("1", "1"),
                new SimpleKey("1", 1L),
                new SimpleKey("11"),
                new SimpleKey((Object) new String[] {"1"}),
                new SimpleKey(new SimpleKey("1"), "1"),
                new Isbn("1", 1),
                new Isbn("11", 1),
                new Edition(new Isbn("1", 1), List.of("de", "en")),
                new Edition(new Isbn("1", 1), List.of("de,en")),
                new Page(1),
                new Page(2),
                new byte[] {1},
                new int[] {1},
                new String[] {"1"},
                new ArrayList<>(List.of("1", "2")),
                new LinkedHashSet<>(List.of("1", "2")),
                new LinkedHashMap<>(Map.of("1", "2", "2", "3")));
    }

    @Test
    void equalKeysAreTheSameAndOthersAreNot() {
        List<Object> keys = keys().toList();
        keys.forEach(key -> one.put(key, keys.indexOf(key)));
        List<Object> equal = keys().toList();
        for (int i = 0; i < keys.size(); i++) {
            assertThat(two.get(equal.get(i), Integer.class))
                    .as("key %s", equal.get(i))
                    .isEqualTo(i);
        }
    }

    @Test
    void theOrderOfWhatHasNoneDoesNotMatter() {
        one.put(new SimpleKey(new LinkedHashSet<>(List.of("a", "b"))), "set");
        one.put(new LinkedHashMap<>(Map.of("a", 1, "b", 2)), "map");
        one.put(Arrays.asList("a", "b"), "list");
        assertThat(two.get(new SimpleKey(new LinkedHashSet<>(List.of("b", "a"))), String.class))
                .isEqualTo("set");
        Map<String, Integer> reversed = new LinkedHashMap<>();
        reversed.put("b", 2);
        reversed.put("a", 1);
        assertThat(two.get(reversed, String.class)).isEqualTo("map");
        assertThat(two.get(List.of("a", "b"), String.class)).isEqualTo("list");
        assertThat(two.get(List.of("b", "a"))).isNull();
        assertThat(two.get(Set.of("a", "b"))).isNull();
    }

    @Test
    void theSameStringTwiceIsAsGoodAsTwoEqualOnes() {
        String string = "a";
        one.put(new SimpleKey(string, string), "v");
        assertThat(two.get(new SimpleKey("a", new String(new char[] {'a'})), String.class))
                .isEqualTo("v");
    }

    @Test
    void whatIsNoKeySaysSo() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> one.get(new SimpleKey("a", new Object())))
                .withMessageContainingAll("books", "java.lang.Object", "Serializable", "@Cacheable(key");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> one.put("\ud800", "v"))
                .withMessageContainingAll("books", "Unicode");
    }

    // values

    record Book(String title) implements Serializable {}

    record Draft(String title) {}

    static final class Author implements Serializable {
        private static final long serialVersionUID = 1;
        final Draft draft = new Draft("a");
    }

    @Test
    void serializableValuesAreKept() {
        List<Object> values = List.of(
                "v",
                1L,
                new Book("a"),
                Genre.PROSE,
                List.of(new Book("a"), new Book("b")),
                Map.of("a", Set.of(1, 2)),
                new ArrayList<>(List.of(LocalDate.of(2026, 1, 1), new BigDecimal("1.0"), UUID.randomUUID())));
        for (Object value : values) {
            one.put("k", value);
            assertThat(two.get("k").get()).isEqualTo(value);
        }
    }

    @Test
    void whatIsNotSerializableIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> one.put("k", List.of(new Author())))
                .withMessageContainingAll("books", Draft.class.getName(), "sharedstate.caches.books.value-type");
        assertThatIllegalArgumentException().isThrownBy(() -> one.get("k", Author::new));
        assertThat(one.get("k")).isNull();
    }

    @Test
    void whatTheFilterDoesNotAllowIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> one.put("k", new org.springframework.util.LinkedMultiValueMap<>()))
                .withMessageContainingAll(
                        "books",
                        "org.springframework.util.LinkedMultiValueMap",
                        "sharedstate.cache.serial-filter",
                        "sharedstate.caches.books.value-type");
        assertThat(one.get("k")).isNull();
        Cache allowing = start("org.springframework.util.*");
        allowing.put("k", new org.springframework.util.LinkedMultiValueMap<>());
        assertThat(allowing.get("k")).isNotNull();
    }

    @Test
    void whatCannotBeReadCanBeEvicted() {
        start("org.springframework.util.*").put("k", new org.springframework.util.LinkedMultiValueMap<>());
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> one.get("k"))
                .withMessageContainingAll("books", "'k'", "LinkedMultiValueMap", "evict");
        assertThatExceptionOfType(CodecException.class).isThrownBy(() -> one.get("k", this::compute));
        assertThat(one.retrieve("k", () -> CompletableFuture.completedFuture(compute())))
                .isCompletedExceptionally();
        assertThat(one.evictIfPresent("k")).isTrue();
        assertThat(one.get("k", this::compute)).isEqualTo("value 1");
    }

    @Test
    void aDeclaredTypeIsKeptAsJson() {
        Cache drafts = startWith("drafts", Map.of("value-type", Draft.class.getName()));
        drafts.put("k", new Draft("a"));
        drafts.put("null", null);
        assertThat(start("drafts", "").get("k", Draft.class)).isEqualTo(new Draft("a"));
        assertThat(drafts.get("null")).isNotNull().extracting(ValueWrapper::get).isNull();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> drafts.put("k", new Book("a")))
                .withMessageContainingAll(
                        "drafts", Book.class.getName(), Draft.class.getName(), "sharedstate.caches.drafts.value-type");
        configuration.clear();
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> start("drafts", "").get("k"))
                .withMessageContaining("sharedstate.caches.drafts.value-type");
    }

    @Test
    void whatIsTooLargeIsRefused() {
        place.assumeThatMapsHaveBounds();
        assertThatExceptionOfType(ValueTooLargeException.class)
                .isThrownBy(() -> one.put("k", "x".repeat(1_000_000)))
                .withMessageContainingAll("books", "'k'", "sharedstate.caches.books.max-size");
        assertThatExceptionOfType(ValueTooLargeException.class)
                .isThrownBy(() -> one.get("k", () -> "x".repeat(1_000_000)));
        assertThat(one.get("k", this::compute)).isEqualTo("value 1");
    }

    @Test
    void aFullCacheRefusesIfToldSo() {
        place.assumeThatMapsHaveBounds();
        Cache full = startWith("full", Map.of("max-size", "64KB", "when-full", "refuse"));
        assertThatExceptionOfType(MapFullException.class)
                .isThrownBy(() -> {
                    for (int i = 0; ; i++) {
                        full.put(i, "x".repeat(1000));
                    }
                })
                .withMessageContainingAll(
                        "full", "sharedstate.caches.full.when-full", "sharedstate.caches.full.max-size");
        assertThat(full.get(0)).isNotNull();
    }

    @Test
    void aCacheEvictsByDefault() {
        place.assumeThatMapsHaveBounds();
        for (int i = 0; i < 10_000; i++) {
            one.put(i, "x".repeat(1000));
        }
        assertThat(two.get(9_999)).isNotNull();
        assertThat(two.get(0)).isNull();
    }
}
