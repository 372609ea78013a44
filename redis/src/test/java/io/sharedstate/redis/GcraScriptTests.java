package io.sharedstate.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.ScriptOutputType;
import io.sharedstate.Kind;
import io.sharedstate.RateLimit;
import io.sharedstate.SharedState;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The scripts of rate limiters, with a time of the test in place of the server's, beside the same in Java. */
@Timeout(120)
class GcraScriptTests {

    private static final RateLimit LIMIT = new RateLimit(7, Duration.ofSeconds(3), 4);
    private static final Gcra GCRA = new Gcra(LIMIT);

    private static final String TIME = "redis.call('TIME')";

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    private static byte[] at(long micros, String script) {
        String text = new String(Script.number(script).text(), StandardCharsets.UTF_8);
        assertThat(text).containsOnlyOnce(TIME);
        return Bytes.of(text.replace(TIME, "{'" + micros / 1_000_000 + "', '" + micros % 1_000_000 + "'}"));
    }

    @Test
    void bothDoTheSameAsTheirModelToTheMicrosecond() {
        System.out.println("seed " + seed);
        try (RedisUnderTest.Host host = new RedisUnderTest.Host(RedisServer.shared())) {
            SharedState state = host.open();
            Server server = host.server(state);
            state.rateLimiter("mail", LIMIT);
            state.keyedRateLimiter("login", LIMIT);
            byte[][] plain = {host.keys().thing(Kind.RATE_LIMITER, "mail")};
            byte[][] keyed = {
                host.keys().thing(Kind.KEYED_RATE_LIMITER, "login"),
                host.keys().part(Kind.KEYED_RATE_LIMITER, "login", RedisKeyedRateLimiter.KEYS)
            };
            long burst = Bytes.number(GCRA.burst());
            long now = 1_800_000_000_000_000L;
            long arrival = 0;
            int taken = 0;
            for (int i = 0; i < 2_000; i++) {
                now += (long) (random.nextDouble() * random.nextDouble() * 2e6);
                byte[] asked = GCRA.asked(random.nextInt(5));
                long ahead = Math.min(burst, Math.max(0, arrival - now));
                long left = burst - ahead - Bytes.number(asked);
                if (left >= 0) {
                    arrival = now + ahead + Bytes.number(asked);
                    taken++;
                }
                byte[] first = at(now, "rate-limiter-take");
                byte[] second = at(now, "keyed-rate-limiter-take");
                assertThat(server.<Long>call(
                                commands -> commands.eval(first, ScriptOutputType.INTEGER, plain, GCRA.burst(), asked)))
                        .isEqualTo(left);
                assertThat(server.<Long>call(commands -> commands.eval(
                                second, ScriptOutputType.INTEGER, keyed, Bytes.of("ann"), GCRA.burst(), asked)))
                        .isEqualTo(left);
            }
            assertThat(taken).isBetween(500, 1_900);
        }
    }

    @Test
    void neverGivesMoreThanTheLimitAndRoundsSo() {
        Gcra third = new Gcra(RateLimit.of(3, Duration.ofSeconds(1)));
        assertThat(Bytes.number(third.asked(1))).isEqualTo(333_334);
        assertThat(Bytes.number(third.asked(3))).isGreaterThanOrEqualTo(1_000_000);
        assertThat(third.answer(0, 3).remaining()).isZero();
        assertThat(third.answer(-333_334, 1).retryAfter()).isEqualTo(Duration.ofNanos(333_334_000));
    }

    @Test
    void madeUpKeysMakeTheLimiterForgetThoseThatHaveTakenLeast() {
        RateLimit daily = RateLimit.of(10, Duration.ofDays(1));
        try (RedisUnderTest.Host host = new RedisUnderTest.Host(RedisServer.shared())) {
            var limiter = host.open().keyedRateLimiter("daily", daily, io.sharedstate.MapOptions.MIN_SIZE);
            assertThat(limiter.tryAcquire("guesser", 10)).isTrue();
            for (int i = 0; i < 1_000; i++) {
                assertThat(limiter.tryAcquire("made up " + i)).isTrue();
            }
            assertThat(limiter.tryAcquire("guesser")).isFalse();
            assertThat(limiter.keys()).isEqualTo(512);
            assertThat(limiter.forgotten()).isEqualTo(1_001 - 512);
        }
    }
}
