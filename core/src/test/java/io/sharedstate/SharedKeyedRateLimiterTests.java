package io.sharedstate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sharedstate.SharedRateLimiter.Answer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SharedKeyedRateLimiterTests extends TwoMembers {

    /** So slow that none comes back while a test runs. */
    private static final RateLimit TEN_A_YEAR = RateLimit.of(10, Duration.ofDays(365));

    private SharedKeyedRateLimiter mine;
    private SharedKeyedRateLimiter theirs;

    @BeforeEach
    void joinLimiter() {
        mine = one.keyedRateLimiter("login", TEN_A_YEAR, MapOptions.MIN_SIZE);
        theirs = two.keyedRateLimiter("login", TEN_A_YEAR, MapOptions.MIN_SIZE);
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
    void saysWhatIsLeftAndWhenToTryAgain() {
        assertThat(mine.available("ann")).isEqualTo(10);
        assertThat(mine.request("ann", 3)).isEqualTo(new Answer(true, 7, Duration.ZERO));
        Answer refused = theirs.request("ann", 8);
        assertThat(refused.acquired()).isFalse();
        assertThat(refused.remaining()).isEqualTo(7);
        assertThat(refused.retryAfter())
                .isBetween(Duration.ofDays(36), TEN_A_YEAR.per().dividedBy(10));
        assertThat(theirs.available("ann")).isEqualTo(7);
        assertThat(theirs.available("bob")).isEqualTo(10);
        assertThat(mine.keys()).isEqualTo(1);
        assertThat(mine.forgotten()).isZero();
    }

    @Test
    void eachMemberKeepsToTheLimitItAskedFor() {
        RateLimit limit = RateLimit.of(2, Duration.ofDays(365));
        SharedKeyedRateLimiter lower = two.keyedRateLimiter("login", limit, MapOptions.MIN_SIZE);
        assertThat(lower.limit()).isEqualTo(limit);
        assertThat(lower.tryAcquire("ann", 2)).isTrue();
        assertThat(mine.available("ann")).isZero();
    }

    @Test
    void ofManyAtOnceNoMoreThanTheBurstAreServed() {
        int burst = engine.rounds(10_000);
        RateLimit yearly = RateLimit.of(burst, Duration.ofDays(365));
        SharedKeyedRateLimiter a = one.keyedRateLimiter("yearly", yearly);
        SharedKeyedRateLimiter b = two.keyedRateLimiter("yearly", yearly);
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
        assertThat(served).hasValue(3L * burst);
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
        assertThat(one.keyedRateLimiter("login", TEN_A_YEAR)).isSameAs(mine);
        assertThat(mine.name()).isEqualTo("login");
        assertThat(mine).hasToString("SharedKeyedRateLimiter 'login' of RateLimit[permits=10, per=PT8760H, burst=10]");
        assertThat(one.names(Kind.KEYED_RATE_LIMITER)).containsExactly("login");
        assertThat(one.names(Kind.MAP)).isEmpty();
        assertThat(one.keyedRateLimiter("other", TEN_A_YEAR).tryAcquire("ann", 10))
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
        assertThatThrownBy(() -> one.keyedRateLimiter("sized", TEN_A_YEAR, maxSize))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("'sized'", maxSize + " bytes", "64 KiB", "2 GiB");
    }

    @Test
    void refusesOnceClosed() {
        SharedKeyedRateLimiter limiter = two.keyedRateLimiter("login", TEN_A_YEAR);
        two.close();
        assertThatThrownBy(() -> limiter.tryAcquire("ann")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> limiter.request("ann", 1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> limiter.available("ann")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> limiter.reset("ann")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(limiter::keys).isInstanceOf(IllegalStateException.class);
    }
}
