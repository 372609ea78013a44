package io.sharedstate.mapped;

import io.sharedstate.AccessRefusedException;
import io.sharedstate.FormatException;
import io.sharedstate.NoSpaceException;
import io.sharedstate.SharedStateException;
import io.sharedstate.UnsupportedFileSystemException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes and checks the directories and files that state may lie in: this user's own, plain, and on a file system to trust. */
final class StateDirectory {

    private static final Logger LOG = LoggerFactory.getLogger(StateDirectory.class);

    static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");
    static final FileAttribute<?>[] DIRECTORY_ATTRIBUTES;
    static final FileAttribute<?>[] FILE_ATTRIBUTES;

    static {
        boolean posix =
                Path.of("").getFileSystem().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] none = {};
        DIRECTORY_ATTRIBUTES = posix ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)} : none;
        FILE_ATTRIBUTES = posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : none;
    }

    /** Whose a file or directory may be. */
    private enum Owner {
        SELF,
        SELF_OR_ROOT,
        SELF_OR_I_AM_ROOT
    }

    private static final Set<String> TRUSTED = Set.of("tmpfs", "ext4", "xfs");
    /** Of these there is a warning. */
    private static final Set<String> TOLERATED = Set.of("overlay", "apfs", "hfs");

    private StateDirectory() {}

    /** The directory itself, made with its parents if need be, and checked. */
    static Path prepare(Path given) {
        Path directory = given.toAbsolutePath().normalize();
        Path parent = directory.getParent();
        if (parent == null) {
            throw new AccessRefusedException(
                    "the state directory can't be " + directory + " itself; name one below it");
        }
        try {
            checkFileSystem(directory);
            makeWithParents(parent);
            checkDirectory(parent, Owner.SELF_OR_ROOT);
            make(directory);
            checkDirectory(directory, Owner.SELF);
            requireNoOtherUse(directory);
            tighten(directory);
            Path lockFile = directory.resolve(ProcessLock.FILE_NAME);
            if (Files.exists(lockFile, LinkOption.NOFOLLOW_LINKS)) {
                checkFile(lockFile);
            }
            return directory;
        } catch (IOException e) {
            throw refusal("use the directory", directory, e);
        }
    }

    /** A directory that is to be one already, to look at only. */
    static Path requireState(Path given) {
        Path directory = given.toAbsolutePath().normalize();
        Path lockFile = directory.resolve(ProcessLock.FILE_NAME);
        try {
            lookAt(directory, lockFile);
            return directory;
        } catch (NoSuchFileException e) {
            throw new FormatException(
                    directory + " is no state directory: there is no " + e.getFile()
                            + "; name the one that the application says it has joined, as its endpoint does too",
                    e);
        } catch (IOException e) {
            throw refusal("look at the directory", directory, e);
        }
    }

    /** Refuses a file or its directory if it isn't what it should be; changes nothing. Root may look at everyone's. */
    static void lookAt(Path directory, Path file) throws IOException {
        checkDirectory(directory, Owner.SELF_OR_I_AM_ROOT);
        checkFile(file, Owner.SELF_OR_I_AM_ROOT);
    }

    /** A directory in the state directory. */
    static void prepareInside(Path directory) throws IOException {
        make(directory);
        checkDirectory(directory, Owner.SELF);
        tighten(directory);
    }

    private static void makeWithParents(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            Path parent = directory.getParent();
            if (parent != null) {
                makeWithParents(parent);
            }
            make(directory);
        }
    }

    private static void make(Path directory) throws IOException {
        try {
            Files.createDirectory(directory, DIRECTORY_ATTRIBUTES);
        } catch (FileAlreadyExistsException e) {
            // somebody was faster, or it has always been there: whose it is, is checked next
        }
    }

    private static void checkDirectory(Path directory, Owner expected) throws IOException {
        BasicFileAttributes attributes = attributes(directory);
        if (attributes.isSymbolicLink()) {
            throw new AccessRefusedException(directory + " is a symbolic link to " + Files.readSymbolicLink(directory)
                    + "; sharedstate follows none: remove it, or configure the directory it points to");
        }
        if (!attributes.isDirectory()) {
            throw new AccessRefusedException(directory + " is not a directory; move it away, or configure another");
        }
        checkOwner(directory, expected);
    }

    /** A directory that others may reach is made private: it must not be one that is there for something else, such as /tmp. */
    private static void requireNoOtherUse(Path directory) throws IOException {
        if (isPrivate(directory) || Files.exists(directory.resolve(ProcessLock.FILE_NAME), LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            if (files.iterator().hasNext()) {
                throw new AccessRefusedException(directory + " holds other files and has mode " + mode(directory)
                        + "; a state directory has mode " + PosixFilePermissions.toString(OWNER_ONLY)
                        + ", and holds nothing else: configure another");
            }
        }
    }

    private static void tighten(Path directory) throws IOException {
        if (!isPrivate(directory)) {
            LOG.warn(
                    "{} had mode {}, other users could reach it; it is now {}",
                    directory,
                    mode(directory),
                    PosixFilePermissions.toString(OWNER_ONLY));
            Files.setPosixFilePermissions(directory, OWNER_ONLY);
        }
    }

    private static boolean isPrivate(Path directory) throws IOException {
        return DIRECTORY_ATTRIBUTES.length == 0 || OWNER_ONLY.containsAll(permissions(directory));
    }

    private static String mode(Path directory) throws IOException {
        return PosixFilePermissions.toString(permissions(directory));
    }

    private static Set<PosixFilePermission> permissions(Path directory) throws IOException {
        return Files.getPosixFilePermissions(directory, LinkOption.NOFOLLOW_LINKS);
    }

    /** Refuses a file that isn't a plain one of this user's. */
    static void checkFile(Path file) throws IOException {
        checkFile(file, Owner.SELF);
    }

    private static void checkFile(Path file, Owner expected) throws IOException {
        BasicFileAttributes attributes = attributes(file);
        if (!attributes.isRegularFile()) {
            throw new AccessRefusedException(file + " is "
                    + (attributes.isSymbolicLink()
                            ? "a symbolic link to " + Files.readSymbolicLink(file)
                            : "not a regular file")
                    + "; sharedstate uses plain files only: find out who put it there, and remove it");
        }
        checkOwner(file, expected);
    }

    private static BasicFileAttributes attributes(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    private static void checkOwner(Path path, Owner expected) throws IOException {
        Integer self = uid(Path.of("/proc/self"), true);
        Integer owner = uid(path, false);
        boolean right = self == null
                || owner == null
                || owner.equals(self)
                || (expected == Owner.SELF_OR_ROOT && owner == 0)
                || (expected == Owner.SELF_OR_I_AM_ROOT && self == 0);
        if (!right) {
            throw new AccessRefusedException(
                    path + " belongs to user " + owner + ", this process runs as user " + self
                            + "; all processes that share state run as one user: configure another directory, or remove this one");
        }
    }

    private static @Nullable Integer uid(Path path, boolean follow) throws IOException {
        if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")
                || !Files.exists(Path.of("/proc/self"))) {
            return null;
        }
        return follow
                ? (Integer) Files.getAttribute(path, "unix:uid")
                : (Integer) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    }

    /** Checked before anything is made or changed: directories that are missing will be where the nearest one is. */
    private static void checkFileSystem(Path directory) throws IOException {
        String type = Files.getFileStore(nearestExisting(directory)).type();
        if (!TRUSTED.contains(type) && !TOLERATED.contains(type)) {
            throw new UnsupportedFileSystemException(
                    directory + " is on a file system of type " + type
                            + "; shared memory and kernel locks can be trusted on tmpfs, ext4 and xfs only, and never over a"
                            + " network: configure a directory on one of them, such as /dev/shm, or engine=heap for a single process");
        }
    }

    /** The exception for an I/O error. */
    static SharedStateException refusal(String what, Path path, IOException e) {
        return refusal(what, path, 0, e);
    }

    /** The same, of a file that needs this many bytes: the reasons that the system gives are in the system's language. */
    static SharedStateException refusal(String what, Path path, long bytes, IOException e) {
        String reason = String.valueOf(e.getMessage());
        String lower = reason.toLowerCase(Locale.ROOT);
        long usable = usable(path);
        if (lower.contains("no space left") || lower.contains("quota exceeded") || usable < bytes) {
            return new NoSpaceException(
                    "no space to " + what + " " + path + " (" + reason + ", " + usable
                            + " bytes free); free some, enlarge the file system (Docker: --shm-size), or configure another directory",
                    e);
        }
        if (e instanceof AccessDeniedException
                || lower.contains("read-only file system")
                || lower.contains("permission denied")
                || lower.contains("not permitted")) {
            return new AccessRefusedException(
                    "not permitted to " + what + " " + path + " ("
                            + e.getClass().getSimpleName() + ": " + reason
                            + "); give this process's user the right to write there, or configure another directory",
                    e);
        }
        return new SharedStateException("cannot " + what + " " + path + " (" + e + ")", e);
    }

    /** Bytes that are free, or so many that it isn't for want of them. */
    private static long usable(Path path) {
        try {
            return Files.getFileStore(nearestExisting(path)).getUsableSpace();
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }

    private static Path nearestExisting(Path path) {
        Path existing = path;
        while (existing.getParent() != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        return existing;
    }
}
