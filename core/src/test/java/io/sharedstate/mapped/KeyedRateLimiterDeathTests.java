package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.MapOptions;
import io.sharedstate.RateLimit;
import io.sharedstate.SharedKeyedRateLimiter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Deaths while permits of a key are taken and given back: they are taken or not, and another key has lost none. */
class KeyedRateLimiterDeathTests extends Dying {

    private static final RateLimit YEARLY = RateLimit.of(10, Duration.ofDays(300));

    private static SharedKeyedRateLimiter limiter(MappedState state) {
        return state.keyedRateLimiter("login", YEARLY, MapOptions.MIN_SIZE);
    }

    @Test
    void takingTheFirstPermitsOfAKey() {
        dieAtEveryStore(
                victim -> limiter(victim).tryAcquire("bob", 4),
                victim -> limiter(victim).tryAcquire("ann", 3),
                (member, completed) -> {
                    assertThat(limiter(member).available("ann")).isIn(completed ? 7L : 10L, 7L);
                    assertThat(limiter(member).available("bob")).isEqualTo(6);
                    limiter(member).reset("ann");
                    assertThat(limiter(member).tryAcquire("ann", 3)).isTrue();
                });
    }

    @Test
    void takingMorePermitsOfAKey() {
        dieAtEveryStore(
                victim -> limiter(victim).tryAcquire("ann", 4),
                victim -> limiter(victim).tryAcquire("ann", 3),
                (member, completed) -> {
                    long left = limiter(member).available("ann");
                    assertThat(left).isIn(completed ? 3L : 6L, 3L);
                    assertThat(limiter(member).tryAcquire("ann", left)).isTrue();
                    assertThat(limiter(member).tryAcquire("ann")).isFalse();
                    limiter(member).reset("ann");
                    limiter(member).tryAcquire("ann", 7);
                });
    }

    @Test
    void givingThePermitsOfAKeyBack() {
        dieAtEveryStore(
                victim -> {
                    limiter(victim).tryAcquire("ann", 4);
                    limiter(victim).tryAcquire("bob", 4);
                },
                victim -> limiter(victim).reset("ann"),
                (member, completed) -> {
                    assertThat(limiter(member).available("ann")).isIn(completed ? 10L : 6L, 10L);
                    assertThat(limiter(member).available("bob")).isEqualTo(6);
                    limiter(member).reset("ann");
                });
    }
}
