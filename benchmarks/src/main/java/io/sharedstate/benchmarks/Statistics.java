package io.sharedstate.benchmarks;

import java.util.ArrayList;
import java.util.List;

/** Of a few measurements. */
final class Statistics {

    private Statistics() {}

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /** The smallest value that {@code share} of all are not above. */
    static double percentile(List<Double> values, double share) {
        List<Double> sorted = values.stream().sorted().toList();
        int rank = (int) Math.ceil(share * sorted.size());
        return sorted.get(Math.max(1, rank) - 1);
    }

    /** The median of the ratios of what was measured one after the other. */
    static double medianRatio(List<Double> values, List<Double> peers) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            ratios.add(values.get(i) / peers.get(i));
        }
        return median(ratios);
    }
}
