package io.sharedstate.benchmarks;

import java.util.List;
import java.util.Locale;

/** A line of the table. */
record Row(String what, String measured, String peer, String ratio, String target, String met) {

    static final Row HEADER = new Row("what", "measured", "peer", "ratio", "target", "met");

    /** The table in Markdown. */
    static String table(List<Row> rows) {
        StringBuilder table = new StringBuilder(HEADER.line());
        table.append("|---|---|---|---|---|---|\n");
        rows.forEach(row -> table.append(row.line()));
        return table.toString();
    }

    /** Something without a target, for orientation. */
    static Row of(String what, String measured) {
        return new Row(what, measured, "", "", "", "");
    }

    Row beside(String peerMeasured, double peerRatio) {
        return new Row(what, measured, peerMeasured, format("%.2f", peerRatio), target, met);
    }

    Row beside(String peerMeasured) {
        return new Row(what, measured, peerMeasured, ratio, target, met);
    }

    /** @param value what is compared with the target, measured or a ratio */
    Row atMost(double most, String unit, double value) {
        return new Row(what, measured, peer, ratio, "≤ " + number(most) + unit, value <= most ? "yes" : "**no**");
    }

    /** @param value what is compared with the target, measured or a ratio */
    Row atLeast(double least, String unit, double value) {
        return new Row(what, measured, peer, ratio, "≥ " + number(least) + unit, value >= least ? "yes" : "**no**");
    }

    private static String number(double value) {
        return value == Math.rint(value) ? format("%.0f", value) : Double.toString(value);
    }

    static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    private String line() {
        return "| " + String.join(" | ", what, measured, peer, ratio, target, met) + " |\n";
    }
}
