package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.MapOptions;
import io.sharedstate.RateLimit;
import io.sharedstate.SharedKeyedRateLimiter;
import io.sharedstate.SharedRateLimiter;
import io.sharedstate.SharedRateLimiter.Answer;
import io.sharedstate.SharedState;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Keyed rate limiters to the nanosecond, by a clock of the test, and in the room that they have. */
class KeyedRateLimiterClockTests extends TwoMappedMembers {

    private static final RateLimit TEN_A_SECOND = RateLimit.of(10, Duration.ofSeconds(1));

    private final AtomicLong now = new AtomicLong(5_000_000_000L);
    private SharedState me;
    private SharedKeyedRateLimiter mine;
    private SharedKeyedRateLimiter theirs;

    @BeforeEach
    void joinLimiter() {
        me = memory().open(now::get);
        mine = me.keyedRateLimiter("login", TEN_A_SECOND, MapOptions.MIN_SIZE);
        theirs = memory().open(now::get).keyedRateLimiter("login", TEN_A_SECOND, MapOptions.MIN_SIZE);
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
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
}
