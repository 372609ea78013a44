package io.sharedstate.benchmarks;

import io.sharedstate.benchmarks.Worker.Target;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Two processes that add at the same time, to one thing after the other in short slices, again and again. A round counts only
 * when both processes were on a CPU all the time: one alone has no contention and would look fast.
 */
final class TwoProcesses {

    private static final double ON_CPU = 0.97;
    private static final long LEAD_NS = 2_000_000;

    /** Additions per nanosecond of both together, a number for each round. */
    record Rates(Map<Target, List<Double>> rates, int rounds, int disturbed) {

        double median(Target target) {
            return Statistics.median(of(target));
        }

        double ratio(Target target, Target peer) {
            return Statistics.medianRatio(of(target), of(peer));
        }

        private List<Double> of(Target target) {
            return Objects.requireNonNull(rates.get(target));
        }
    }

    private TwoProcesses() {}

    static Rates measure(int jvms, int rounds, long sliceNs) {
        Map<Target, List<Double>> quiet = new EnumMap<>(Target.class);
        Map<Target, List<Double>> all = new EnumMap<>(Target.class);
        int disturbed = 0;
        for (int jvm = 0; jvm < jvms; jvm++) {
            try (Scratch scratch = Scratch.create();
                    Child one = Child.worker();
                    Child two = Child.worker()) {
                one.ask("join", scratch.path());
                two.ask("join", scratch.path());
                int warmUp = Math.max(1, rounds / 10);
                for (int round = -warmUp; round < rounds; round++) {
                    Map<Target, Double> rates = new EnumMap<>(Target.class);
                    boolean calm = true;
                    for (Target target : Target.values()) {
                        Slice slice = slice(one, two, target, sliceNs);
                        rates.put(target, slice.rate());
                        calm &= slice.onCpu() >= ON_CPU;
                    }
                    if (round >= 0) {
                        disturbed += calm ? 0 : 1;
                        append(rates, all);
                        if (calm) {
                            append(rates, quiet);
                        }
                    }
                }
            }
        }
        int total = jvms * rounds;
        // on a machine that is never quiet a noisy figure is better than none; the table tells
        return new Rates(total - disturbed >= 5 ? quiet : all, total, disturbed);
    }

    private static void append(Map<Target, Double> rates, Map<Target, List<Double>> to) {
        rates.forEach((target, rate) ->
                to.computeIfAbsent(target, absent -> new ArrayList<>()).add(rate));
    }

    /** @param onCpu of the process that had less of it, 0 to 1 */
    private record Slice(double rate, double onCpu) {}

    private static Slice slice(Child one, Child two, Target target, long sliceNs) {
        long start = System.nanoTime() + LEAD_NS;
        one.send("add", target, start, sliceNs);
        two.send("add", target, start, sliceNs);
        long[] first = one.receive();
        long[] second = two.receive();
        return new Slice(
                (double) first[0] / first[1] + (double) second[0] / second[1],
                Math.min((double) first[2] / first[1], (double) second[2] / second[1]));
    }
}
