package io.sharedstate.doctor;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Whether systemd deletes what lies in a state directory: systemd-tmpfiles what has not been written for some days, for which mapped memory
 * doesn't count; systemd-logind, at logout, all that a user has in {@code /dev/shm}.
 */
final class Cleaner {

    /** From the weakest on. */
    private static final List<String> TMPFILES = List.of("usr/lib/tmpfiles.d", "run/tmpfiles.d", "etc/tmpfiles.d");

    private static final List<String> LOGIND = List.of("usr/lib/systemd/logind.conf.d", "etc/systemd/logind.conf.d");

    /** Of those that make a directory's content subject to its age. */
    private static final String AGING_TYPES = "dDevqQC";

    private static final String KEPT_TYPES = "xX";

    /** Those below are of the system, and are not cleaned up after. */
    private static final int FIRST_LOGIN_USER = 1000;

    private Cleaner() {}

    static List<Finding> examine(Path directory) throws IOException {
        Object owner = Files.exists(Path.of("/proc/self")) ? Files.getAttribute(directory, "unix:uid") : 0;
        return examine(directory, (int) owner, Path.of("/"));
    }

    /** @param root where {@code etc}, {@code run} and {@code usr} are */
    static List<Finding> examine(Path directory, int owner, Path root) throws IOException {
        if (!Files.isDirectory(root.resolve("run/systemd/system"))) {
            return List.of(); // systemd doesn't run
        }
        List<Finding> findings = new ArrayList<>();
        String rule = agingRule(directory, root);
        if (rule != null) {
            findings.add(new Finding(
                    "systemd-tmpfiles deletes what is old in " + directory + ", also while it is in use (rule '" + rule
                            + "')",
                    "a directory that nobody cleans up",
                    "configure another directory, such as one in /dev/shm or below /var/lib, or exclude it by 'x "
                            + directory + "' in /etc/tmpfiles.d"));
        }
        if (directory.startsWith("/dev/shm") && owner >= FIRST_LOGIN_USER && removesIpc(root)) {
            findings.add(
                    new Finding(
                            "systemd-logind empties /dev/shm of user " + owner + ", to whom " + directory
                                    + " belongs, when that user has logged out",
                            "RemoveIPC=no, or a system user",
                            "set RemoveIPC=no in /etc/systemd/logind.conf, run the application as a system user, or configure another directory"));
        }
        return findings;
    }

    /** The rule that applies: the one for the longest path that the directory is below. */
    private static @Nullable String agingRule(Path directory, Path root) throws IOException {
        String applies = null;
        int longest = -1;
        for (Path file : files(root, TMPFILES)) {
            for (String line : Files.readAllLines(file)) {
                String[] fields = line.strip().split("\\s+", 7);
                if (fields.length < 2 || !fields[1].startsWith("/") || fields[1].contains("%")) {
                    continue;
                }
                char type = fields[0].charAt(0);
                boolean keeps = KEPT_TYPES.indexOf(type) >= 0;
                boolean ages = AGING_TYPES.indexOf(type) >= 0 && fields.length > 5 && !fields[5].equals("-");
                int length = Path.of(fields[1]).getNameCount();
                if ((keeps || ages) && directory.startsWith(fields[1]) && length > longest) {
                    longest = length;
                    applies = keeps ? null : line.strip();
                }
            }
        }
        return applies;
    }

    private static boolean removesIpc(Path root) throws IOException {
        boolean removes = true;
        List<Path> files = new ArrayList<>(List.of(root.resolve("etc/systemd/logind.conf")));
        files.addAll(files(root, LOGIND));
        for (Path file : files) {
            for (String line : Files.exists(file) ? Files.readAllLines(file) : List.<String>of()) {
                if (line.startsWith("RemoveIPC=")) {
                    removes = !line.substring("RemoveIPC=".length()).strip().matches("(?i)no|n|false|f|off|0");
                }
            }
        }
        return removes;
    }

    /** In the order of their names; of those with the same, that of the strongest directory. */
    private static Collection<Path> files(Path root, List<String> directories) throws IOException {
        Map<String, Path> files = new TreeMap<>();
        for (Path directory :
                (Iterable<Path>) directories.stream().map(root::resolve).filter(Files::isDirectory)::iterator) {
            try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "*.conf")) {
                found.forEach(file -> files.put(file.getFileName().toString(), file));
            }
        }
        return files.values();
    }
}
