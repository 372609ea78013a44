package io.sharedstate.doctor;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Whether a state directory, and all in it, is its owner's alone and plain. What a process would use itself is refused at once when it is not. */
final class Permissions {

    private static final int OTHERS = 0077;
    private static final int OTHERS_WRITE = 0022;
    private static final int STICKY = 01000;
    private static final int BITS = 07777;
    private static final int SHOWN = 5;

    private Permissions() {}

    static List<Finding> examine(Path directory) throws IOException {
        if (!directory.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return List.of();
        }
        List<Finding> findings = new ArrayList<>();
        Path parent = directory.getParent();
        if (parent != null && isReplaceable(mode(parent))) {
            findings.add(new Finding(
                    parent
                            + " has mode %04o: other users may put something else in the place of "
                                    .formatted(mode(parent))
                            + directory.getFileName(),
                    "a directory that only its owner can write to, or with the sticky bit",
                    "chmod go-w " + parent));
        }
        int owner = uid(directory);
        List<String> wrong = new ArrayList<>();
        collect(directory, owner, wrong);
        Collections.sort(wrong);
        if (!wrong.isEmpty()) {
            findings.add(new Finding(
                    String.join(", ", wrong.subList(0, Math.min(SHOWN, wrong.size())))
                            + (wrong.size() > SHOWN ? ", and " + (wrong.size() - SHOWN) + " more" : ""),
                    "plain files and directories of user " + owner + ", who alone may read and write them",
                    "find out who changed that, and give them back (chown, chmod go=)"));
        }
        return findings;
    }

    private static boolean isReplaceable(int mode) {
        return (mode & OTHERS_WRITE) != 0 && (mode & STICKY) == 0;
    }

    private static void collect(Path path, int owner, List<String> wrong) throws IOException {
        String why = wrong(path, owner);
        if (why != null) {
            wrong.add(path + " " + why);
        }
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            try (DirectoryStream<Path> all = Files.newDirectoryStream(path)) {
                for (Path each : all) {
                    collect(each, owner, wrong);
                }
            }
        }
    }

    private static @Nullable String wrong(Path path, int owner) throws IOException {
        try {
            if (Files.isSymbolicLink(path)) {
                return "is a symbolic link to " + Files.readSymbolicLink(path);
            }
            if (uid(path) != owner) {
                return "belongs to user " + uid(path);
            }
            return (mode(path) & OTHERS) != 0 ? "has mode %04o".formatted(mode(path)) : null;
        } catch (NoSuchFileException e) {
            return null; // removed meanwhile
        }
    }

    private static int mode(Path path) throws IOException {
        return attribute(path, "mode") & BITS;
    }

    private static int uid(Path path) throws IOException {
        return attribute(path, "uid");
    }

    private static int attribute(Path path, String name) throws IOException {
        Map<String, Object> found = Files.readAttributes(path, "unix:" + name, LinkOption.NOFOLLOW_LINKS);
        return (int) Objects.requireNonNull(found.get(name));
    }
}
