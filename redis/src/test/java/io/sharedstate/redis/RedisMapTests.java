package io.sharedstate.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sharedstate.FormatException;
import io.sharedstate.Kind;
import io.sharedstate.LockLostException;
import io.sharedstate.MapFullException;
import io.sharedstate.MapOptions;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a map does at a server: how entries expire and are forgotten, and who computes when members are taken for dead. */
@Timeout(120)
class RedisMapTests {

    private static final Duration SHORT = Duration.ofMillis(50);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration LONG = Duration.ofHours(1);

    private final RedisUnderTest.Host host = new RedisUnderTest.Host(RedisServer.shared());
    private SharedState one;
    private SharedState two;

    @BeforeEach
    void open() {
        one = host.open();
        two = host.open();
    }

    @AfterEach
    void close() {
        host.close();
    }

    private static SharedMap<String, String> map(SharedState state) {
        return state.map("orders", String.class, String.class);
    }

    private byte[] part(String part) {
        return host.keys().part(Kind.MAP, "orders", part);
    }

    // expiry

    @Test
    void anEntryExpiresForAllAtOnce() {
        map(one).put("a", "1", MINUTE);
        map(one).put("b", "2");
        assertThat(map(two).expiry("a").orElseThrow()).isLessThanOrEqualTo(MINUTE);
        assertThat(map(two).expiry("b")).isEmpty();
        map(one).put("a", "1", SHORT);
        await().until(() -> !map(two).containsKey("a"));
        assertThat(map(one).get("a")).isNull();
        assertThat(map(one)).hasSize(1).containsOnly(Map.entry("b", "2"));
        assertThat(map(one).putIfAbsent("a", "3")).isNull();
        assertThat(map(two).expiry("a")).isEmpty();
        assertThat(map(two)).hasSize(2);
    }

    @Test
    void whatIsWrittenWithoutSayingLivesAsTheOptionsSay() {
        SharedMap<String, String> map = one.map("short", String.class, String.class, MapOptions.DEFAULT.ttl(LONG));
        map.put("a", "1");
        map.merge("b", "2", String::concat);
        map.put("c", "3", MINUTE);
        map.put("d", "4", Duration.ofDays(400_000_000_000L));
        assertThat(map.expiry("a").orElseThrow()).isBetween(LONG.minusMinutes(5), LONG);
        assertThat(map.expiry("b").orElseThrow()).isBetween(LONG.minusMinutes(5), LONG);
        assertThat(map.expiry("c").orElseThrow()).isLessThanOrEqualTo(MINUTE);
        assertThat(map.expiry("d")).isEmpty();
        map.put("c", "3");
        assertThat(map.expiry("c").orElseThrow()).isGreaterThan(MINUTE);
    }

    @Test
    void aTouchedEntryLivesLongerOrShorter() {
        SharedMap<String, String> map = map(one);
        map.put("a", "1", MINUTE);
        assertThat(map.touch("a", LONG)).isTrue();
        assertThat(map.expiry("a").orElseThrow()).isGreaterThan(MINUTE);
        map.put("b", "2");
        assertThat(map.touch("b", SHORT)).isTrue();
        await().until(() -> map.get("b") == null);
        assertThat(map.touch("b", LONG)).isFalse();
        assertThat(map).hasSize(1);
    }

    @Test
    void expiredEntriesAreForgottenByWhoeverComesAcrossThem() {
        SharedMap<String, String> map = map(one);
        for (String key : List.of("a", "b", "c", "d")) {
            map.put(key, "x");
            map.touch(key, SHORT); // which forgets nothing, as putting it would
        }
        await().until(map::isEmpty);
        assertThat(map.statistics().entries()).isEqualTo(4);
        map.remove("a");
        map.put("b", "y");
        assertThat(map.statistics().expirations()).isEqualTo(2);
        assertThat(map.evictExpired()).isEqualTo(2);
        assertThat(map.statistics().entries()).isEqualTo(1);
        assertThat(map.statistics().expirations()).isEqualTo(4);
        map.put("c", "x", SHORT);
        await().until(() -> map.size() == 1);
        assertThat(map.keySet()).containsExactly("b");
        assertThat(map.statistics().expirations()).isEqualTo(5);
        assertThat(map.evictExpired()).isZero();
    }

    @Test
    void anEntryThatIsWrittenAfterItHasExpiredHasExpired() {
        SharedMap<String, String> map = map(one);
        map.put("a", "1", SHORT);
        map.put("b", "1", SHORT);
        await().until(map::isEmpty);
        assertThat(map.put("b", "2")).isNull();
        assertThat(map.put("a", "2", LONG)).isNull();
        assertThat(map.statistics().expirations()).isEqualTo(2);
        assertThat(map).containsOnly(Map.entry("a", "2"), Map.entry("b", "2"));
    }

    @Test
    void whatIsNotPutLeavesTheTimeToLiveAndTheIndexAlone() {
        SharedMap<String, String> map = map(one);
        map.put("a", "1", LONG);
        assertThat(map.putIfAbsent("a", "2")).isEqualTo("1");
        assertThat(map.replace("b", "2")).isNull();
        assertThat(map.replace("a", "2", "3")).isFalse();
        assertThat(map).hasSize(1).containsOnly(Map.entry("a", "1"));
        byte[] expiries = part(RedisEntries.EXPIRIES);
        long expiring = host.server(one).call(commands -> commands.zcard(expiries));
        assertThat(expiring).isEqualTo(1);
    }

    @Test
    void aRemovedMapIsMadeAnewByWhatPutsOnlyWhereNothingIs() {
        SharedMap<String, String> map = map(one);
        map.put("a", "1");
        one.remove(Kind.MAP, "orders");
        assertThat(map.putIfAbsent("a", "2")).isNull();
        assertThat(map(two)).containsOnly(Map.entry("a", "2"));
    }

    @Test
    void expiredEntriesDoNotPileUpWhereOthersAreWritten() {
        SharedMap<String, String> map = map(one);
        for (int i = 0; i < 20; i++) {
            map.put("old-" + i, "x", SHORT);
        }
        await().until(map::isEmpty);
        for (int i = 0; i < 3; i++) {
            map.put("new-" + i, "x", LONG);
        }
        assertThat(map.statistics().entries()).isEqualTo(3);
        assertThat(map.statistics().expirations()).isEqualTo(20);
    }

    @Test
    void whatTheServerHasEvictedIsForgottenByAnIterator() {
        SharedMap<String, String> map = map(one);
        map.put("a", "1");
        map.put("b", "2");
        byte[] evicted = part("entry:a");
        long deleted = host.server(one).call(commands -> commands.del(evicted));
        assertThat(deleted).isEqualTo(1);
        assertThat(map.get("a")).isNull();
        assertThat(map).hasSize(2);
        assertThat(map.entrySet()).containsExactly(Map.entry("b", "2"));
        assertThat(map).hasSize(1);
        assertThat(map.statistics().expirations()).isZero();
    }

    // many entries

    @Test
    void aMapOfManyPagesIsShownOnceAndClearedAndRemovedWhole() {
        SharedMap<Long, String> map = one.map("many", Long.class, String.class);
        for (long i = 0; i < 2_500; i++) {
            map.put(i * 7919 % 2_500, i % 1_000 == 0 ? "x".repeat(700_000) : "x");
        }
        List<Long> keys = new ArrayList<>(map.keySet());
        assertThat(keys).hasSize(2_500).doesNotHaveDuplicates();
        List<Long> shown = new ArrayList<>();
        map.forEach((key, value) -> shown.add(key));
        assertThat(shown).isEqualTo(keys);
        map.clear();
        assertThat(map).isEmpty();
        for (long i = 0; i < 1_000; i++) {
            map.put(i, "x");
        }
        assertThat(new HashSet<>(map.keySet())).hasSize(1_000);
        assertThat(two.remove(Kind.MAP, "many")).isTrue();
        assertThat(two.remove(Kind.MAP, "many")).isFalse();
        String pattern = Bytes.text(host.keys().thing(Kind.MAP, "many")) + "*";
        List<byte[]> left = host.server(one).call(commands -> commands.keys(pattern));
        assertThat(left).isEmpty();
    }

    // computing

    /** Computes {@code key} on a thread of its own: appends "+", when it is told to go on. */
    private static final class Computation {

        private final CountDownLatch inside = new CountDownLatch(1);
        private final CountDownLatch goOn = new CountDownLatch(1);
        private final CompletableFuture<String> result;

        Computation(SharedMap<String, String> map) throws InterruptedException {
            result = Aside.get(() -> map.merge("key", "+", (before, plus) -> {
                inside.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return before + plus;
            }));
            assertThat(inside.await(30, TimeUnit.SECONDS)).isTrue();
        }

        String end() throws Exception {
            goOn.countDown();
            return result.get(30, TimeUnit.SECONDS);
        }

        Throwable fail() {
            goOn.countDown();
            try {
                result.orTimeout(30, TimeUnit.SECONDS).join();
                throw new AssertionError("it did not fail");
            } catch (CompletionException e) {
                return e.getCause();
            }
        }
    }

    @Test
    void changesOfAnEntryWaitWhileSomebodyComputesIt() throws Exception {
        map(one).put("key", "a");
        Computation computation = new Computation(map(one));
        List<CompletableFuture<?>> changes = List.of(
                Aside.get(() -> map(two).merge("key", "b", String::concat)),
                Aside.get(() -> map(one).merge("key", "b", String::concat)),
                Aside.run(() -> map(two).replace("key", "never", "x")));
        byte[] waiters = part(Waiting.WAITERS);
        await().until(() -> host.server(one).call(commands -> commands.hlen(waiters)) == 2);
        assertThat(map(two).get("key")).isEqualTo("a");
        map(two).put("other", "x");
        assertThat(computation.end()).isEqualTo("a+");
        for (CompletableFuture<?> change : changes) {
            change.get(30, TimeUnit.SECONDS);
        }
        assertThat(map(two).get("key")).isEqualTo("a+bb");
        long left = host.server(one).call(commands -> commands.exists(waiters, part(RedisEntries.CLAIMS)));
        assertThat(left).isZero();
    }

    @Test
    void aPutWaitsForWhatIsComputedAndReplacesIt() throws Exception {
        map(one).put("key", "a");
        Computation computation = new Computation(map(one));
        CompletableFuture<String> put = Aside.get(() -> map(two).put("key", "b"));
        byte[] waiters = part(Waiting.WAITERS);
        await().until(() -> put.isDone() || host.server(one).call(commands -> commands.hlen(waiters)) == 1);
        assertThat(computation.end()).isEqualTo("a+");
        assertThat(put.get(30, TimeUnit.SECONDS)).isEqualTo("a+");
        assertThat(map(one).get("key")).isEqualTo("b");
    }

    @Test
    void clearWaitsForWhatIsComputed() throws Exception {
        map(one).put("key", "a");
        map(one).put("other", "x");
        Computation computation = new Computation(map(one));
        CompletableFuture<Void> clearing = Aside.run(() -> map(two).clear());
        await().until(() -> !map(one).containsKey("other"));
        assertThat(clearing).isNotDone();
        assertThat(computation.end()).isEqualTo("a+");
        clearing.get(30, TimeUnit.SECONDS);
        assertThat(map(one)).isEmpty();
    }

    @Test
    void whatADeadMemberComputesIsTakenOverAndItsResultIsNotPut() throws Exception {
        map(one).put("key", "a");
        Computation computation = new Computation(map(one));
        host.expire(one);
        assertThat(map(two).compute("key", (key, before) -> before + "b")).isEqualTo("ab");
        assertThat(computation.fail())
                .isInstanceOf(LockLostException.class)
                .hasMessageContainingAll("'orders'", "0x6b6579", "taken for dead");
        assertThat(map(two).get("key")).isEqualTo("ab");
    }

    @Test
    void whatWasTakenForDeadAndNobodyTookOverIsPut() throws Exception {
        map(one).put("key", "a");
        Computation computation = new Computation(map(one));
        host.expire(one);
        assertThat(computation.end()).isEqualTo("a+");
    }

    @Test
    void whatIsComputedWhileTheMapIsRemovedIsNotPut() throws Exception {
        map(one).put("key", "a");
        Computation computation = new Computation(map(one));
        assertThat(two.remove(Kind.MAP, "orders")).isTrue();
        assertThat(computation.fail()).isInstanceOf(LockLostException.class);
        assertThat(map(two)).isEmpty();
    }

    // the server

    @Test
    void aServerThatHasLostEverythingHasAnEmptyMap() throws Exception {
        try (RedisServer server = RedisServer.start();
                RedisUnderTest.Host own = new RedisUnderTest.Host(server)) {
            SharedMap<String, String> map = map(own.open());
            map.put("key", "a");
            Computation computation = new Computation(map);
            server.forgetEverything();
            assertThat(map).isEmpty();
            assertThat(map.get("key")).isNull();
            assertThat(computation.fail()).isInstanceOf(LockLostException.class);
            map.put("key", "b");
            assertThat(map).containsOnly(Map.entry("key", "b"));
        }
    }

    @Test
    void partsOfAnotherTypeAreRefused() {
        SharedMap<String, String> map = map(one);
        host.server(one).call(commands -> commands.set(part(RedisEntries.INDEX), Bytes.of("foreign")));
        assertThatThrownBy(map::size).isInstanceOf(FormatException.class).hasMessageContaining("another type");
        byte[] entry = part("entry:a");
        host.server(one).call(commands -> commands.hset(entry, Bytes.of("foreign"), Bytes.of("x")));
        assertThatThrownBy(() -> map.get("a")).isInstanceOf(FormatException.class);
        assertThatThrownBy(() -> map.put("a", "x")).isInstanceOf(FormatException.class);
    }

    @Test
    void aServerWithoutMemoryRefusesEntriesAndLetsThemBeReadAndRemoved() {
        try (RedisServer server = RedisServer.start("--maxmemory", "4mb");
                RedisUnderTest.Host own = new RedisUnderTest.Host(server)) {
            SharedMap<String, String> map = map(own.open());
            String value = "x".repeat(100_000);
            int[] put = new int[1];
            assertThatThrownBy(() -> {
                        for (; ; put[0]++) {
                            map.put("key-" + put[0], value, LONG);
                        }
                    })
                    .isInstanceOf(MapFullException.class)
                    .hasMessageContainingAll("'orders' is full", "maxmemory");
            assertThat(put[0]).isPositive();
            String refused = "key-" + put[0];
            assertThatThrownBy(() -> map.merge(refused, value, String::concat)).isInstanceOf(MapFullException.class);
            assertThat(map.get(refused)).isNull();
            assertThat(map).hasSize(put[0]);
            IntStream.range(0, put[0])
                    .forEach(i -> assertThat(map.remove("key-" + i)).isEqualTo(value));
            map.put(refused, value);
            assertThat(map.keySet()).containsExactly(refused);
        }
    }
}
