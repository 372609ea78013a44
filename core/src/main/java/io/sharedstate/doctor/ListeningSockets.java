package io.sharedstate.doctor;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The listening TCP sockets of this process's network namespace, on Linux. Not thread-safe. */
public final class ListeningSockets {

    private final List<Table> tables;

    private ListeningSockets(List<Table> tables) {
        this.tables = tables;
    }

    /** Null where the system doesn't tell: elsewhere than on Linux. */
    public static @Nullable ListeningSockets ofSystem() {
        return of(Path.of("/proc/net"));
    }

    static @Nullable ListeningSockets of(Path directory) {
        List<Table> tables = Stream.of(
                        new Table(directory.resolve("tcp"), true, directory.resolve("sockstat"), "TCP:"),
                        new Table(directory.resolve("tcp6"), false, directory.resolve("sockstat6"), "TCP6:"))
                .filter(table -> Files.isReadable(table.sockets) && Files.isReadable(table.count))
                .toList();
        return tables.isEmpty() ? null : new ListeningSockets(tables);
    }

    /** All there are now. */
    List<ListeningSocket> all() throws IOException {
        List<ListeningSocket> all = new ArrayList<>();
        for (Table table : tables) {
            all.addAll(table.read());
        }
        return all;
    }

    /**
     * Those on these ports.
     *
     * @param exactly false: at little cost, with what a table said before if it took long to read and seems to be unchanged
     */
    public List<ListeningSocket> on(Set<Integer> ports, boolean exactly) throws IOException {
        List<ListeningSocket> found = new ArrayList<>();
        for (Table table : tables) {
            for (ListeningSocket socket : exactly ? table.read() : table.look()) {
                if (ports.contains(socket.port())) {
                    found.add(socket);
                }
            }
        }
        return found;
    }

    /**
     * A table of all sockets of a family, those that listen before all others, so that nothing else needs to be read. But to find that there are no
     * more, the kernel walks its table of connections to the first one of the family: the emptier, the longer that takes, milliseconds on
     * a large machine. The number of sockets of the family costs nothing, and grows with each that listens, unless another is closed in the
     * same moment.
     */
    private static final class Table {

        /** If nothing seems to have changed, reading may take one part in so many of the time. */
        private static final long COST_FRACTION = 10_000;

        private static final long READ_AGAIN_NS = TimeUnit.SECONDS.toNanos(30);

        private final Path sockets;
        private final boolean ipv4;
        private final Path count;
        private final String countKey;

        private List<ListeningSocket> listening = List.of();
        private @Nullable String lastCount;
        private long readAt;
        private long cost;

        Table(Path sockets, boolean ipv4, Path count, String countKey) {
            this.sockets = sockets;
            this.ipv4 = ipv4;
            this.count = count;
            this.countKey = countKey;
        }

        List<ListeningSocket> look() throws IOException {
            boolean recent = System.nanoTime() - readAt < Math.min(cost * COST_FRACTION, READ_AGAIN_NS);
            return recent && count().equals(lastCount) ? listening : read();
        }

        List<ListeningSocket> read() throws IOException {
            String counted = count();
            long begun = System.nanoTime();
            List<ListeningSocket> found = new ArrayList<>();
            try (BufferedReader lines = Files.newBufferedReader(sockets, StandardCharsets.US_ASCII)) {
                lines.readLine();
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    ListeningSocket socket = ListeningSocket.parse(line, ipv4);
                    if (socket == null) {
                        break;
                    }
                    found.add(socket);
                }
            }
            readAt = System.nanoTime();
            cost = readAt - begun;
            lastCount = counted;
            listening = List.copyOf(found);
            return listening;
        }

        /** As in {@code TCP6: inuse 17}, without those in TIME_WAIT. */
        private String count() throws IOException {
            for (String line : Files.readAllLines(count, StandardCharsets.US_ASCII)) {
                if (line.startsWith(countKey)) {
                    return line.split(" ", 4)[2];
                }
            }
            throw new IOException("no " + countKey + " in " + count);
        }
    }
}
