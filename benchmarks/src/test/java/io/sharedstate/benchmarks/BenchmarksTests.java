package io.sharedstate.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.sharedstate.benchmarks.Worker.Target;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** That everything can be measured; how fast it is depends on the machine. */
@Timeout(120)
class BenchmarksTests {

    @Test
    void everyBenchmarkRuns() throws RunnerException {
        var results = new Runner(new OptionsBuilder()
                        .include("^io\\.sharedstate\\.benchmarks\\.")
                        .forks(0)
                        .param("entries", "1000")
                        .warmupIterations(0)
                        .measurementIterations(1)
                        .measurementTime(TimeValue.milliseconds(10))
                        .shouldFailOnError(true)
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run();
        assertThat(results)
                .hasSize(23)
                .allSatisfy(result ->
                        assertThat(result.getPrimaryResult().getScore()).isPositive());
    }

    @Test
    void twoProcessesAddAtOnce() {
        TwoProcesses.Rates rates = TwoProcesses.measure(1, 1, 5_000_000);
        assertThat(rates.rates()).containsOnlyKeys(Target.values());
        assertThat(rates.rates().values())
                .allSatisfy(each -> assertThat(each)
                        .singleElement()
                        .satisfies(rate -> assertThat(rate).isPositive()));
    }

    @Test
    void oneMemberAnswersForAll() {
        ScrapeCost cost = ScrapeCost.measure(2, 50, 2, 10);
        assertThat(cost.series()).isGreaterThan(100);
        assertThat(cost.told()).isPositive();
        assertThat(cost.answerMs()).isPositive();
    }

    @Test
    void twoProcessesReadAtOnce() {
        TwoReaders.Rates rates = TwoReaders.measure(2, 300_000_000);
        assertThat(rates.alone()).hasSize(2).allMatch(rate -> rate > 0);
        assertThat(rates.both()).hasSize(2).allMatch(rate -> rate > 0);
    }

    @Test
    void messagesGoFromOneProcessToAnother() {
        QueueSpeed speed = QueueSpeed.measure(1, 2_000, 3, 100);
        assertThat(speed.offer()).isPositive();
        assertThat(speed.single())
                .singleElement()
                .satisfies(rate -> assertThat(rate).isPositive());
        assertThat(speed.batches())
                .singleElement()
                .satisfies(rate -> assertThat(rate).isPositive());
        assertThat(speed.p99()).isGreaterThanOrEqualTo(speed.p50()).isPositive();
    }

    /** Without a {@code redis-server} on the PATH nothing is measured. */
    @Test
    void everyOperationOnRedisIsMeasuredBesideLettuceAndRedisson() {
        RedisSpeed speed = RedisSpeed.measure(2, 5).orElse(null);
        assumeThat(speed)
                .as("what is measured, with a redis-server on the PATH")
                .isNotNull();
        for (RedisSpeed.Times times : List.of(speed.ours(), speed.lettuce(), speed.redisson())) {
            assertThat(times.nanoseconds()).containsOnlyKeys(RedisSpeed.Operation.values());
            assertThat(times.nanoseconds().values())
                    .allSatisfy(each -> assertThat(each).hasSize(2).allMatch(nanoseconds -> nanoseconds > 0));
        }
        assertThat(speed.threads()).isZero();
    }

    @Test
    void messagesGoFromOneProcessToWhoSubscribesInAnother() {
        TopicSpeed speed = TopicSpeed.measure(1, 1);
        assertThat(speed.topic())
                .singleElement()
                .satisfies(rate -> assertThat(rate).isPositive());
        assertThat(speed.broadcast())
                .singleElement()
                .satisfies(rate -> assertThat(rate).isPositive());
    }

    @Test
    void aWaiterTakesOverFromEveryHolderThatIsKilled() {
        TakeOver.Times times = TakeOver.measure(2);
        assertThat(times.fromKill()).hasSize(2);
        for (int kill = 0; kill < 2; kill++) {
            assertThat(times.fromFree().get(kill))
                    .isPositive()
                    .isLessThanOrEqualTo(times.fromKill().get(kill));
        }
    }

    @Test
    void whatDoesNothingUsesLessThanACore() {
        IdleCost cost = IdleCost.measure(100, 200);
        assertThat(cost.waiter()).isBetween(0.0, 100.0);
    }

    @Test
    void theMinimalApplicationStartsWithAndWithoutTheStarter() {
        BootStart starts = BootStart.measure(1);
        assertThat(starts.with()).hasSize(1);
        assertThat(starts.without()).hasSize(1);
    }

    @Test
    void aMissedTargetIsSaid() {
        Row slow = Row.of("this", "12 ns").beside("that: 10 ns", 1.2);
        assertThat(Row.table(List.of(slow.atMost(1.15, " ×", 1.2), slow.atMost(1.25, " ×", 1.2))))
                .isEqualTo("""
                        | what | measured | peer | ratio | target | met |
                        |---|---|---|---|---|---|
                        | this | 12 ns | that: 10 ns | 1.20 | ≤ 1.15 × | **no** |
                        | this | 12 ns | that: 10 ns | 1.20 | ≤ 1.25 × | yes |
                        """);
    }

    @Test
    void medianAndPercentilesAreOfTheSortedValues() {
        assertThat(Statistics.median(List.of(9.0, 1.0, 2.0, 4.0))).isEqualTo(3.0);
        assertThat(Statistics.percentile(List.of(9.0, 1.0, 2.0, 4.0), 0.75)).isEqualTo(4.0);
        assertThat(Statistics.percentile(List.of(9.0, 1.0, 2.0, 4.0), 0.99)).isEqualTo(9.0);
        assertThat(Statistics.medianRatio(List.of(1.0, 30.0, 2.0), List.of(1.0, 10.0, 4.0)))
                .isEqualTo(1.0);
    }
}
