package io.sharedstate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SharedRateLimiterTests extends TwoMembers {

    private static final RateLimit TEN_A_SECOND = RateLimit.of(10, Duration.ofSeconds(1));

    private final AtomicLong now = new AtomicLong(-5_000_000_000L);
    private SharedRateLimiter mine;
    private SharedRateLimiter theirs;

    @BeforeEach
    void joinLimiter() {
        mine = host.open(now::get).rateLimiter("mail", TEN_A_SECOND);
        theirs = host.open(now::get).rateLimiter("mail", TEN_A_SECOND);
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
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
    void permitsComeBackOneByOne() {
        assertThat(mine.tryAcquire(10)).isTrue();
        pass(Duration.ofNanos(99_999_999));
        assertThat(theirs.tryAcquire()).isFalse();
        pass(Duration.ofNanos(1));
        assertThat(theirs.tryAcquire()).isTrue();
        assertThat(mine.tryAcquire()).isFalse();
        pass(Duration.ofMillis(300));
        assertThat(mine.tryAcquire(4)).isFalse();
        assertThat(mine.tryAcquire(3)).isTrue();
    }

    @Test
    void noMoreThanABurstIsSaved() {
        pass(Duration.ofDays(1));
        assertThat(theirs.available()).isEqualTo(10);
        assertThat(mine.tryAcquire(10)).isTrue();
        assertThat(mine.tryAcquire()).isFalse();
    }

    @Test
    void saysWhatIsLeftAndWhenToTryAgain() {
        assertThat(mine.request(3)).isEqualTo(new SharedRateLimiter.Answer(true, 7, Duration.ZERO));
        assertThat(theirs.request(8)).isEqualTo(new SharedRateLimiter.Answer(false, 7, Duration.ofMillis(100)));
        assertThat(theirs.available()).isEqualTo(7);
        assertThat(theirs.request(7)).isEqualTo(new SharedRateLimiter.Answer(true, 0, Duration.ZERO));
        assertThat(theirs.available()).isZero();
        pass(Duration.ofMillis(50));
        SharedRateLimiter.Answer answer = mine.request(2);
        assertThat(answer).isEqualTo(new SharedRateLimiter.Answer(false, 0, Duration.ofMillis(150)));
        pass(answer.retryAfter().minusNanos(1));
        assertThat(mine.tryAcquire(2)).isFalse();
        pass(Duration.ofNanos(1));
        assertThat(mine.tryAcquire(2)).isTrue();
    }

    /** Against a list of when which permits were taken: in no window of any length are there more than rate and burst allow. */
    @Test
    void neverGivesMoreThanTheLimit() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        RateLimit limit = new RateLimit(7, Duration.ofSeconds(3), 4);
        SharedRateLimiter limiter = host.open(now::get).rateLimiter("random", limit);
        Deque<long[]> taken = new ArrayDeque<>();
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            pass(Duration.ofNanos((long) (random.nextDouble() * random.nextDouble() * 2e9)));
            long permits = 1 + random.nextInt(4);
            if (limiter.tryAcquire(permits)) {
                taken.addLast(new long[] {now.get(), permits});
                long sum = 0;
                int looked = 0;
                for (var each = taken.descendingIterator(); each.hasNext() && looked++ < 50; ) {
                    long[] one = each.next();
                    sum += one[1];
                    double allowed = limit.burst()
                            + (now.get() - one[0])
                                    * (double) limit.permits()
                                    / limit.per().toNanos();
                    assertThat((double) sum).isLessThanOrEqualTo(allowed + 1e-6);
                }
            } else {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(1000);
        assertThat(taken).hasSizeGreaterThan(1000);
    }

    @Test
    void aThirdOfASecondIsRoundedSoThatThereAreNeverMore() {
        SharedRateLimiter three = host.open(now::get).rateLimiter("three", RateLimit.of(3, Duration.ofSeconds(1)));
        assertThat(three.tryAcquire(3)).isTrue();
        pass(Duration.ofNanos(333_333_333));
        assertThat(three.tryAcquire()).isFalse();
        pass(Duration.ofNanos(1));
        assertThat(three.tryAcquire()).isTrue();
    }

    @Test
    void ofManyAtOnceNoMoreThanTheBurstAreServed() {
        RateLimit yearly = RateLimit.of(100_000, Duration.ofDays(365));
        SharedRateLimiter a = host.open(now::get).rateLimiter("yearly", yearly);
        SharedRateLimiter b = host.open(now::get).rateLimiter("yearly", yearly);
        AtomicLong served = new AtomicLong();
        Stream.of(a, b, a, b)
                .map(limiter -> inThread(() -> {
                    while (limiter.tryAcquire()) {
                        served.incrementAndGet();
                    }
                }))
                .toList()
                .forEach(each -> each.orTimeout(60, TimeUnit.SECONDS).join());
        assertThat(served).hasValue(100_000);
    }

    @Test
    void eachMemberKeepsToTheLimitItAskedFor() {
        RateLimit two = RateLimit.of(2, Duration.ofSeconds(1));
        SharedRateLimiter lower = host.open(now::get).rateLimiter("mail", two);
        assertThat(lower.limit()).isEqualTo(two);
        assertThat(lower.tryAcquire(2)).isTrue();
        assertThat(lower.available()).isZero();
        assertThat(mine.available()).isZero();
        assertThat(mine.tryAcquire()).isFalse();
        pass(Duration.ofMillis(100));
        assertThat(mine.tryAcquire()).isTrue();
    }

    /** As the clock of the time before a reboot, or a limit of a day, would leave it. */
    @Test
    void anArrivalFarAheadIsBroughtBack() {
        SharedRateLimiter daily = host.open(now::get).rateLimiter("mail", new RateLimit(10, Duration.ofDays(10), 10));
        assertThat(daily.tryAcquire(10)).isTrue();
        assertThat(mine.request(1)).isEqualTo(new SharedRateLimiter.Answer(false, 0, Duration.ofMillis(100)));
        pass(Duration.ofMillis(100));
        assertThat(mine.tryAcquire()).isTrue();
        pass(Duration.ofDays(-1));
        assertThat(theirs.tryAcquire()).isFalse();
        pass(Duration.ofSeconds(1));
        assertThat(theirs.tryAcquire(10)).isTrue();
    }

    @Test
    void resetGivesAllPermitsBack() {
        assertThat(mine.tryAcquire(10)).isTrue();
        theirs.reset();
        assertThat(mine.tryAcquire(10)).isTrue();
    }

    @Test
    void theSameNameAndLimitGiveTheSameObject() {
        SharedRateLimiter limiter = one.rateLimiter("a", TEN_A_SECOND);
        assertThat(one.rateLimiter("a", TEN_A_SECOND)).isSameAs(limiter);
        assertThat(limiter.name()).isEqualTo("a");
        assertThat(limiter).hasToString("SharedRateLimiter 'a' of RateLimit[permits=10, per=PT1S, burst=10]");
        assertThat(limiter.tryAcquire(10)).as("by the machine's clock").isTrue();
    }

    @Test
    void aRemovedLimiterBeginsAnewForThoseThatHaveHeldOnToIt() {
        assertThat(mine.tryAcquire(10)).isTrue();
        assertThat(one.remove(Kind.RATE_LIMITER, "mail")).isTrue();
        assertThat(one.remove(Kind.RATE_LIMITER, "mail")).isFalse();
        host.open(now::get).rateLimiter("mail", TEN_A_SECOND);
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
        SharedRateLimiter limiter = two.rateLimiter("mail", TEN_A_SECOND);
        two.close();
        assertThatThrownBy(limiter::tryAcquire).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> limiter.request(1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(limiter::available).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(limiter::reset).isInstanceOf(IllegalStateException.class);
    }
}
