package io.sharedstate.cli;

import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Records as lines of text, a column for each component. */
final class Table {

    private static final String GAP = "  ";

    private Table() {}

    /** All tables that have rows, each below its title. */
    static String text(Map<String, ? extends List<? extends Record>> tables) {
        StringBuilder text = new StringBuilder();
        tables.forEach((title, rows) -> {
            if (!rows.isEmpty()) {
                text.append(title).append(" (").append(rows.size()).append(")\n");
                append(rows, text);
                text.append('\n');
            }
        });
        return text.isEmpty() ? "none" : text.toString();
    }

    private static void append(List<? extends Record> rows, StringBuilder text) {
        RecordComponent[] columns = rows.get(0).getClass().getRecordComponents();
        List<String[]> lines = new ArrayList<>();
        lines.add(Arrays.stream(columns).map(Table::heading).toArray(String[]::new));
        for (Record row : rows) {
            lines.add(Arrays.stream(columns)
                    .map(column -> shown(value(column, row)))
                    .toArray(String[]::new));
        }
        for (String[] line : lines) {
            StringBuilder out = new StringBuilder();
            for (int column = 0; column < columns.length; column++) {
                int at = column;
                int width =
                        lines.stream().mapToInt(each -> each[at].length()).max().orElseThrow();
                boolean left = columns[column].getType() == String.class;
                out.append(GAP).append(String.format("%" + (left ? "-" : "") + width + "s", line[column]));
            }
            text.append(out.toString().stripTrailing()).append('\n');
        }
    }

    private static @Nullable Object value(RecordComponent column, Record row) {
        try {
            return column.getAccessor().invoke(row);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot read " + column, e);
        }
    }

    /** {@code oldestAge} as {@code oldest age}. */
    private static String heading(RecordComponent column) {
        return column.getName().replaceAll("(\\p{Upper})", " $1").toLowerCase(Locale.ROOT);
    }

    private static String shown(@Nullable Object value) {
        if (value == null) {
            return "-";
        }
        if (value instanceof Long number) {
            return String.format(Locale.ROOT, "%,d", number);
        }
        if (value instanceof Double number) {
            return String.format(Locale.ROOT, "%,.1f", number);
        }
        if (value instanceof Boolean yes) {
            return yes ? "yes" : "no";
        }
        if (value instanceof Duration duration) {
            return shown(duration);
        }
        // a thread's name may hold anything, and a terminal obeys control characters
        return value.toString().replaceAll("\\p{Cntrl}", "?");
    }

    private static String shown(Duration duration) {
        long seconds = duration.toSeconds();
        if (seconds < 60) {
            return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1e3);
        }
        return seconds < 3_600
                ? String.format("%d:%02d min", seconds / 60, seconds % 60)
                : String.format("%d:%02d h", seconds / 3_600, seconds / 60 % 60);
    }
}
