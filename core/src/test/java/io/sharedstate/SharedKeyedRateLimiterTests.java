package io.sharedstate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sharedstate.SharedRateLimiter.Answer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SharedKeyedRateLimiterTests extends TwoMembers {

    private static final RateLimit TEN_A_SECOND = RateLimit.of(10, Duration.ofSeconds(1));

    private final AtomicLong now = new AtomicLong(5_000_000_000L);
    private SharedState me;
    private SharedKeyedRateLimiter mine;
    private SharedKeyedRateLimiter theirs;

    @BeforeEach
    void joinLimiter() {
        me = host.open(now::get);
        mine = me.keyedRateLimiter("login", TEN_A_SECOND, MapOptions.MIN_SIZE);
        theirs = host.open(now::get).keyedRateLimiter("login", TEN_A_SECOND, MapOptions.MIN_SIZE);
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }

    @Test
    void eachKeyHasALimitOfItsOwnThatAllMembersShare() {
        for (int i = 0; i < 5; i++) {
            assertThat(mine.tryAcquire("ann")).isTrue();
            assertThat(theirs.tryAcquire("ann")).isTrue();
        }
        assertThat(mine.tryAcquire("ann")).isFalse();
        assertThat(theirs.tryAcquire("ann")).isFalse();
        assertThat(theirs.tryAcquire("bob", 10)).isTrue();
        assertThat(mine.tryAcquire("bob")).isFalse();
        assertThat(mine.tryAcquire("")).as("the empty key is a key").isTrue();
    }

    @Test
    void permitsComeBackOneByOne() {
        assertThat(mine.tryAcquire("ann", 10)).isTrue();
        pass(Duration.ofNanos(99_999_999));
        assertThat(theirs.tryAcquire("ann")).isFalse();
        pass(Duration.ofNanos(1));
        assertThat(theirs.tryAcquire("ann")).isTrue();
        assertThat(mine.tryAcquire("ann")).isFalse();
        pass(Duration.ofMillis(300));
        assertThat(mine.tryAcquire("ann", 4)).isFalse();
        assertThat(mine.tryAcquire("ann", 3)).isTrue();
    }

    @Test
    void saysWhatIsLeftAndWhenToTryAgain() {
        assertThat(mine.available("ann")).isEqualTo(10);
        assertThat(mine.request("ann", 3)).isEqualTo(new Answer(true, 7, Duration.ZERO));
        assertThat(theirs.request("ann", 8)).isEqualTo(new Answer(false, 7, Duration.ofMillis(100)));
        assertThat(theirs.available("ann")).isEqualTo(7);
        assertThat(theirs.available("bob")).isEqualTo(10);
        pass(Duration.ofMillis(50));
        assertThat(theirs.request("ann", 7)).isEqualTo(new Answer(true, 0, Duration.ZERO));
        assertThat(mine.request("ann", 1)).isEqualTo(new Answer(false, 0, Duration.ofMillis(50)));
        pass(Duration.ofDays(1));
        assertThat(mine.available("ann")).as("no more than a burst").isEqualTo(10);
    }

    /** Beside one limiter without keys for each key, which has tests of its own. */
    @Test
    void worksForEachKeyAsALimiterOfItsOwn() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        RateLimit limit = new RateLimit(7, Duration.ofSeconds(3), 4);
        SharedKeyedRateLimiter keyed = me.keyedRateLimiter("random", limit, MapOptions.MIN_SIZE);
        Map<String, SharedRateLimiter> model = new HashMap<>();
        for (int i = 0; i < 20_000; i++) {
            pass(Duration.ofNanos((long) (random.nextDouble() * random.nextDouble() * 3e8)));
            String key = "key-" + random.nextInt(20);
            SharedRateLimiter own = model.computeIfAbsent(key, absent -> me.rateLimiter(key, limit));
            long permits = 1 + random.nextInt(4);
            switch (random.nextInt(20)) {
                case 0 -> {
                    own.reset();
                    keyed.reset(key);
                }
                case 1 -> assertThat(keyed.available(key)).isEqualTo(own.available());
                default -> assertThat(keyed.request(key, permits)).isEqualTo(own.request(permits));
            }
        }
        assertThat(keyed.forgotten()).isZero();
        assertThat(keyed.keys()).isBetween(1L, 20L);
    }

    @Test
    void ofManyAtOnceNoMoreThanTheBurstAreServed() {
        RateLimit yearly = RateLimit.of(10_000, Duration.ofDays(365));
        SharedKeyedRateLimiter a = me.keyedRateLimiter("yearly", yearly);
        SharedKeyedRateLimiter b = host.open(now::get).keyedRateLimiter("yearly", yearly);
        AtomicLong served = new AtomicLong();
        Stream.of(a, b, a, b)
                .map(limiter -> inThread(() -> {
                    boolean some = true;
                    while (some) {
                        some = false;
                        for (int key = 0; key < 3; key++) {
                            if (limiter.tryAcquire("key-" + key)) {
                                served.incrementAndGet();
                                some = true;
                            }
                        }
                    }
                }))
                .toList()
                .forEach(each -> each.orTimeout(60, TimeUnit.SECONDS).join());
        assertThat(served).hasValue(30_000);
    }

    @Test
    void makingUpKeysNeitherLocksOthersOutNorGivesPermitsBack() {
        RateLimit daily = RateLimit.of(10, Duration.ofDays(1));
        SharedKeyedRateLimiter limiter = me.keyedRateLimiter("daily", daily, MapOptions.MIN_SIZE);
        assertThat(limiter.tryAcquire("guesser", 10)).isTrue();
        assertThat(limiter.tryAcquire("ann", 6)).isTrue();
        for (int i = 0; i < 20_000; i++) {
            assertThat(limiter.tryAcquire("made up " + i)).isTrue();
            assertThat(limiter.tryAcquire("guesser")).isFalse();
        }
        assertThat(limiter.forgotten()).isGreaterThan(10_000);
        assertThat(limiter.keys()).isLessThan(1_000);
        assertThat(limiter.available("guesser")).isZero();
        assertThat(limiter.available("ann")).isEqualTo(4);
        assertThat(limiter.tryAcquire("bob", 10)).isTrue();
    }

    @Test
    void whatIsForgottenFirstHasAllItsPermitsAgain() {
        for (int i = 0; i < 20_000; i++) {
            assertThat(mine.tryAcquire("client " + i, 10)).isTrue();
            pass(Duration.ofMillis(10));
        }
        assertThat(mine.forgotten()).isZero();
        assertThat(mine.keys()).isGreaterThan(100);
    }

    @Test
    void eachMemberKeepsToTheLimitItAskedFor() {
        RateLimit two = RateLimit.of(2, Duration.ofSeconds(1));
        SharedKeyedRateLimiter lower = me.keyedRateLimiter("login", two);
        assertThat(lower.limit()).isEqualTo(two);
        assertThat(lower.tryAcquire("ann", 2)).isTrue();
        assertThat(mine.available("ann")).isZero();
        pass(Duration.ofMillis(100));
        assertThat(mine.tryAcquire("ann")).isTrue();
    }

    @Test
    void anArrivalFarAheadIsBroughtBack() {
        SharedKeyedRateLimiter daily =
                me.keyedRateLimiter("login", new RateLimit(10, Duration.ofDays(10), 10), MapOptions.MIN_SIZE);
        assertThat(daily.tryAcquire("ann", 10)).isTrue();
        assertThat(mine.request("ann", 1)).isEqualTo(new Answer(false, 0, Duration.ofMillis(100)));
        pass(Duration.ofMillis(100));
        assertThat(mine.tryAcquire("ann")).isTrue();
    }

    @Test
    void resetGivesAllPermitsOfAKeyBack() {
        assertThat(mine.tryAcquire("ann", 10)).isTrue();
        assertThat(mine.tryAcquire("bob", 10)).isTrue();
        theirs.reset("ann");
        theirs.reset("nobody");
        assertThat(mine.tryAcquire("ann", 10)).isTrue();
        assertThat(mine.tryAcquire("bob")).isFalse();
    }

    @Test
    void theSameNameAndLimitGiveTheSameObject() {
        assertThat(me.keyedRateLimiter("login", TEN_A_SECOND)).isSameAs(mine);
        assertThat(mine.name()).isEqualTo("login");
        assertThat(mine).hasToString("SharedKeyedRateLimiter 'login' of RateLimit[permits=10, per=PT1S, burst=10]");
        assertThat(one.names(Kind.KEYED_RATE_LIMITER)).containsExactly("login");
        assertThat(one.names(Kind.MAP)).isEmpty();
        assertThat(one.keyedRateLimiter("other", TEN_A_SECOND).tryAcquire("ann", 10))
                .as("by the machine's clock")
                .isTrue();
    }

    @Test
    void aRemovedLimiterBeginsAnewForThoseThatHaveHeldOnToIt() {
        assertThat(mine.tryAcquire("ann", 10)).isTrue();
        assertThat(one.remove(Kind.KEYED_RATE_LIMITER, "login")).isTrue();
        assertThat(one.remove(Kind.KEYED_RATE_LIMITER, "login")).isFalse();
        assertThat(theirs.tryAcquire("ann", 10)).isTrue();
        assertThat(mine.tryAcquire("ann")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1, 0, 11, Long.MAX_VALUE})
    void whatCanNeverBeHadIsRefused(long permits) {
        assertThatThrownBy(() -> mine.tryAcquire("ann", permits))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("'login'", "asked for " + permits, "1 to 10")
                .hasMessageNotContaining("ann");
        assertThatThrownBy(() -> mine.request("ann", permits)).isInstanceOf(IllegalArgumentException.class);
        assertThat(theirs.tryAcquire("ann", 10)).isTrue();
    }

    @Test
    void aKeyThatIsTooLongIsRefusedAndNotShown() {
        String longest = "é".repeat(SharedKeyedRateLimiter.MAX_KEY_LENGTH / 2);
        assertThat(mine.tryAcquire(longest)).isTrue();
        assertThatThrownBy(() -> mine.tryAcquire(longest + "e"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("'login'", "1025 bytes", "at most 1024")
                .hasMessageNotContaining("é");
        assertThatThrownBy(() -> mine.available(longest + "e")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> mine.reset(longest + "e")).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 0, MapOptions.MIN_SIZE - 1, MapOptions.MAX_SIZE + 1})
    void sizesThatCanNotBeAreRefused(long maxSize) {
        assertThatThrownBy(() -> me.keyedRateLimiter("sized", TEN_A_SECOND, maxSize))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("'sized'", maxSize + " bytes", "64 KiB", "2 GiB");
    }

    @Test
    void refusesOnceClosed() {
        SharedKeyedRateLimiter limiter = two.keyedRateLimiter("login", TEN_A_SECOND);
        two.close();
        assertThatThrownBy(() -> limiter.tryAcquire("ann")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> limiter.request("ann", 1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> limiter.available("ann")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> limiter.reset("ann")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(limiter::keys).isInstanceOf(IllegalStateException.class);
    }
}
