package io.sharedstate.doctor;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Whether there is room for what is to be created. Docker's {@code /dev/shm} has 64 MB unless told. */
final class Space {

    /** For what is made at run time. */
    static final long RESERVE = 16 << 20;

    private Space() {}

    static List<Finding> examine(Path directory, long need) throws IOException {
        FileStore store = Files.getFileStore(directory);
        return examine(directory, store.type(), store.getUsableSpace(), store.getTotalSpace(), need);
    }

    static List<Finding> examine(Path directory, String type, long usable, long total, long need) {
        return usable >= need + RESERVE
                ? List.of()
                : List.of(new Finding(
                        directory + " is on " + type + " with " + megabytes(usable) + " free of " + megabytes(total),
                        "at least " + megabytes(need) + " for what is declared and not there yet, and "
                                + megabytes(RESERVE) + " for what is made at run time",
                        "free some, enlarge the file system (Docker: --shm-size), or configure another directory"));
    }

    private static String megabytes(long bytes) {
        return ((bytes + (1 << 20) - 1) >> 20) + " MB";
    }
}
