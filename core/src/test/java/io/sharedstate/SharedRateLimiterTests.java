package io.sharedstate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sharedstate.SharedRateLimiter.Answer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SharedRateLimiterTests extends TwoMembers {

    /** So slow that none comes back while a test runs. */
    private static final RateLimit TEN_A_YEAR = RateLimit.of(10, Duration.ofDays(365));

    private SharedRateLimiter mine;
    private SharedRateLimiter theirs;

    @BeforeEach
    void joinLimiter() {
        mine = one.rateLimiter("mail", TEN_A_YEAR);
        theirs = two.rateLimiter("mail", TEN_A_YEAR);
    }

    @Test
    void beginsWithABurstThatAllMembersShare() {
        for (int i = 0; i < 5; i++) {
            assertThat(mine.tryAcquire()).isTrue();
            assertThat(theirs.tryAcquire()).isTrue();
        }
        assertThat(mine.tryAcquire()).isFalse();
        assertThat(theirs.tryAcquire()).isFalse();
    }

    @Test
    void ofManyAtOnceNoMoreThanTheBurstAreServed() {
        int burst = engine.rounds(100_000);
        RateLimit yearly = RateLimit.of(burst, Duration.ofDays(365));
        SharedRateLimiter a = one.rateLimiter("yearly", yearly);
        SharedRateLimiter b = two.rateLimiter("yearly", yearly);
        AtomicLong served = new AtomicLong();
        Stream.of(a, b, a, b)
                .map(limiter -> inThread(() -> {
                    while (limiter.tryAcquire()) {
                        served.incrementAndGet();
                    }
                }))
                .toList()
                .forEach(each -> each.orTimeout(60, TimeUnit.SECONDS).join());
        assertThat(served).hasValue(burst);
    }

    @Test
    void saysWhatIsLeftAndWhenToTryAgain() {
        assertThat(mine.request(3)).isEqualTo(new Answer(true, 7, Duration.ZERO));
        Answer refused = theirs.request(8);
        assertThat(refused.acquired()).isFalse();
        assertThat(refused.remaining()).isEqualTo(7);
        assertThat(refused.retryAfter())
                .isBetween(Duration.ofDays(36), TEN_A_YEAR.per().dividedBy(10));
        assertThat(theirs.available()).isEqualTo(7);
        assertThat(theirs.request(7)).isEqualTo(new Answer(true, 0, Duration.ZERO));
        assertThat(mine.available()).isZero();
    }

    @Test
    void permitsComeBackWhenItSaidAndNoSooner() {
        RateLimit limit = new RateLimit(100, Duration.ofSeconds(1), 2);
        SharedRateLimiter fast = one.rateLimiter("fast", limit);
        SharedRateLimiter same = two.rateLimiter("fast", limit);
        long start = System.nanoTime();
        int taken = 0;
        while (taken < 22) {
            Answer answer = (taken % 2 == 0 ? fast : same).request(1);
            if (answer.acquired()) {
                taken++;
            } else {
                assertThat(answer.retryAfter()).isBetween(Duration.ofNanos(1), Duration.ofMillis(10));
                LockSupport.parkNanos(answer.retryAfter().toNanos());
            }
        }
        assertThat(System.nanoTime() - start).isGreaterThan(20 * 10_000_000L - 1_000_000);
    }

    @Test
    void eachMemberKeepsToTheLimitItAskedFor() {
        RateLimit limit = RateLimit.of(2, Duration.ofDays(365));
        SharedRateLimiter lower = two.rateLimiter("mail", limit);
        assertThat(lower.limit()).isEqualTo(limit);
        assertThat(lower.tryAcquire(2)).isTrue();
        assertThat(lower.available()).isZero();
        assertThat(mine.available()).isZero();
        assertThat(mine.tryAcquire()).isFalse();
    }

    @Test
    void resetGivesAllPermitsBack() {
        assertThat(mine.tryAcquire(10)).isTrue();
        theirs.reset();
        assertThat(mine.tryAcquire(10)).isTrue();
    }

    @Test
    void theSameNameAndLimitGiveTheSameObject() {
        SharedRateLimiter limiter = one.rateLimiter("a", TEN_A_YEAR);
        assertThat(one.rateLimiter("a", TEN_A_YEAR)).isSameAs(limiter);
        assertThat(limiter.name()).isEqualTo("a");
        assertThat(limiter).hasToString("SharedRateLimiter 'a' of RateLimit[permits=10, per=PT8760H, burst=10]");
        assertThat(limiter.tryAcquire(10)).isTrue();
    }

    @Test
    void aRemovedLimiterBeginsAnewForThoseThatHaveHeldOnToIt() {
        assertThat(mine.tryAcquire(10)).isTrue();
        assertThat(one.remove(Kind.RATE_LIMITER, "mail")).isTrue();
        assertThat(one.remove(Kind.RATE_LIMITER, "mail")).isFalse();
        two.rateLimiter("mail", TEN_A_YEAR);
        assertThat(theirs.tryAcquire(10)).isTrue();
        assertThat(mine.tryAcquire()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1, 0, 11, Long.MAX_VALUE})
    void whatCanNeverBeHadIsRefused(long permits) {
        assertThatThrownBy(() -> mine.tryAcquire(permits))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("'mail'", "asked for " + permits, "1 to 10");
        assertThatThrownBy(() -> mine.request(permits)).isInstanceOf(IllegalArgumentException.class);
        assertThat(theirs.tryAcquire(10)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "0, PT1S, 1, permits is 0",
        "1, PT1S, 0, burst 0",
        "1, PT0S, 1, per is PT0S",
        "1, PT-1S, 1, per is PT-1S",
        "1, P366D, 1, at most PT8760H",
        "1000000001, PT1S, 1, more than one in a nanosecond",
        "1, P365D, 2, burst is 2"
    })
    void limitsThatMakeNoSenseAreRefused(long permits, Duration per, long burst, String message) {
        assertThatThrownBy(() -> new RateLimit(permits, per, burst))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void refusesOnceClosed() {
        SharedRateLimiter limiter = two.rateLimiter("mail", TEN_A_YEAR);
        two.close();
        assertThatThrownBy(limiter::tryAcquire).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> limiter.request(1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(limiter::available).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(limiter::reset).isInstanceOf(IllegalStateException.class);
    }
}
