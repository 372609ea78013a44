package io.sharedstate.benchmarks;

import java.util.ArrayList;
import java.util.List;

/**
 * Two processes that read a map of 100,000 entries at random, in turns one of them alone and both at once. A round counts only
 * when whoever read was on a CPU all the time.
 */
final class TwoReaders {

    private static final double ON_CPU = 0.97;
    private static final long LEAD_NS = 2_000_000;

    /**
     * Reads per nanosecond.
     *
     * @param alone of one alone, for each round
     * @param both of both together
     */
    record Rates(List<Double> alone, List<Double> both, int rounds, int disturbed) {}

    private TwoReaders() {}

    static Rates measure(int rounds, long sliceNs) {
        Rates calm = new Rates(new ArrayList<>(), new ArrayList<>(), rounds, 0);
        Rates all = new Rates(new ArrayList<>(), new ArrayList<>(), rounds, 0);
        try (Scratch scratch = Scratch.create();
                Child one = Child.worker();
                Child two = Child.worker()) {
            one.ask("join", scratch.path());
            two.ask("join", scratch.path());
            one.ask("fill");
            for (int round = -rounds / 4 - 1; round < rounds; round++) {
                long[] alone =
                        slice(List.of(round % 2 == 0 ? one : two), sliceNs).get(0);
                List<long[]> both = slice(List.of(one, two), sliceNs);
                if (round >= 0) {
                    boolean undisturbed = onCpu(alone) && both.stream().allMatch(TwoReaders::onCpu);
                    for (Rates rates : undisturbed ? List.of(calm, all) : List.of(all)) {
                        rates.alone.add(rate(alone));
                        rates.both.add(
                                both.stream().mapToDouble(TwoReaders::rate).sum());
                    }
                }
            }
        }
        // on a machine that is never quiet a noisy figure is better than none; the table tells
        Rates kept = calm.alone.size() >= 5 ? calm : all;
        return new Rates(kept.alone, kept.both, rounds, rounds - calm.alone.size());
    }

    private static List<long[]> slice(List<Child> readers, long sliceNs) {
        long start = System.nanoTime() + LEAD_NS;
        readers.forEach(reader -> reader.send("get", start, sliceNs));
        return readers.stream().map(Child::receive).toList();
    }

    private static double rate(long[] slice) {
        return (double) slice[0] / slice[1];
    }

    private static boolean onCpu(long[] slice) {
        return (double) slice[2] / slice[1] >= ON_CPU;
    }
}
