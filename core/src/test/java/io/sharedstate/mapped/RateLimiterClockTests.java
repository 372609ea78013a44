package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.RateLimit;
import io.sharedstate.SharedRateLimiter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rate limiters to the nanosecond, by a clock of the test. */
class RateLimiterClockTests extends TwoMappedMembers {

    private static final RateLimit TEN_A_SECOND = RateLimit.of(10, Duration.ofSeconds(1));

    private final AtomicLong now = new AtomicLong(-5_000_000_000L);
    private SharedRateLimiter mine;
    private SharedRateLimiter theirs;

    @BeforeEach
    void joinLimiter() {
        mine = memory().open(now::get).rateLimiter("mail", TEN_A_SECOND);
        theirs = memory().open(now::get).rateLimiter("mail", TEN_A_SECOND);
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
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
        SharedRateLimiter limiter = memory().open(now::get).rateLimiter("random", limit);
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
        SharedRateLimiter three = memory().open(now::get).rateLimiter("three", RateLimit.of(3, Duration.ofSeconds(1)));
        assertThat(three.tryAcquire(3)).isTrue();
        pass(Duration.ofNanos(333_333_333));
        assertThat(three.tryAcquire()).isFalse();
        pass(Duration.ofNanos(1));
        assertThat(three.tryAcquire()).isTrue();
    }

    @Test
    void eachMemberKeepsToTheLimitItAskedFor() {
        RateLimit two = RateLimit.of(2, Duration.ofSeconds(1));
        SharedRateLimiter lower = memory().open(now::get).rateLimiter("mail", two);
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
        SharedRateLimiter daily =
                memory().open(now::get).rateLimiter("mail", new RateLimit(10, Duration.ofDays(10), 10));
        assertThat(daily.tryAcquire(10)).isTrue();
        assertThat(mine.request(1)).isEqualTo(new SharedRateLimiter.Answer(false, 0, Duration.ofMillis(100)));
        pass(Duration.ofMillis(100));
        assertThat(mine.tryAcquire()).isTrue();
        pass(Duration.ofDays(-1));
        assertThat(theirs.tryAcquire()).isFalse();
        pass(Duration.ofSeconds(1));
        assertThat(theirs.tryAcquire(10)).isTrue();
    }
}
