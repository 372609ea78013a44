package io.sharedstate.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** What kind of file system a state directory is on, of those that are not refused. */
final class FileSystemType {

    private static final Set<String> UNTESTED = Set.of("apfs", "hfs");

    private FileSystemType() {}

    static List<Finding> examine(Path directory) throws IOException {
        return examine(directory, Files.getFileStore(directory).type());
    }

    static List<Finding> examine(Path directory, String type) {
        if (type.equals("overlay")) {
            return List.of(new Finding(
                    directory
                            + " is on an overlay file system: only processes in this container share it, and it goes with the container",
                    "tmpfs, ext4 or xfs",
                    "mount a volume or a tmpfs there to share it with others"));
        }
        return UNTESTED.contains(type)
                ? List.of(new Finding(
                        directory + " is on " + type + ", on which sharedstate is not tested",
                        "tmpfs, ext4 or xfs",
                        "use it for development only"))
                : List.of();
    }
}
