package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sharedstate.AccessRefusedException;
import io.sharedstate.FormatException;
import io.sharedstate.LogCapture;
import io.sharedstate.NoSpaceException;
import io.sharedstate.SharedState;
import io.sharedstate.SharedStateException;
import io.sharedstate.UnsupportedFileSystemException;
import io.sharedstate.doctor.Doctor;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class StateDirectoryTests {

    private static final Set<PosixFilePermission> OPEN_TO_ALL = PosixFilePermissions.fromString("rwxr-xr-x");

    @TempDir
    Path parent;

    @Test
    void isMadeWithItsParentsAndForItsOwnerOnly() throws Exception {
        Path directory = parent.resolve("a/b/app");
        try (SharedState state = MappedEngine.at(directory).open()) {
            state.value("config", String.class).set("x");
            assertThat(Files.getPosixFilePermissions(directory)).isEqualTo(StateDirectory.OWNER_ONLY);
            assertThat(Files.getPosixFilePermissions(directory.getParent())).isEqualTo(StateDirectory.OWNER_ONLY);
            assertThat(Files.getPosixFilePermissions(directory.resolve("values")))
                    .isEqualTo(StateDirectory.OWNER_ONLY);
            for (String file : new String[] {"process.lock", "members.dat", "values/config.dat"}) {
                assertThat(Files.getPosixFilePermissions(directory.resolve(file)))
                        .as(file)
                        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
            }
        }
    }

    @Test
    void tooLittleRoomForWhatIsExpectedIsWarnedOfAndNoMore() throws Exception {
        Path directory = parent.resolve("app");
        long usable = Files.getFileStore(parent).getUsableSpace();
        try (var log = LogCapture.of(Doctor.class);
                SharedState state =
                        MappedEngine.at(directory).expectedSize(2 * usable).open()) {
            assertThat(log.warnings())
                    .filteredOn(warning -> warning.contains(" free of "))
                    .singleElement()
                    .asString()
                    .contains(directory.toString(), "what is declared and not there yet");
            assertThat(state.members().all()).hasSize(1);
        }
    }

    @Test
    void whatIsThereAlreadyNeedsNoMoreRoom() throws Exception {
        try (SharedState first = MappedEngine.at(parent.resolve("app")).open();
                var log = LogCapture.of(Doctor.class);
                SharedState second = MappedEngine.at(parent.resolve("app"))
                        .expectedSize(first.size())
                        .open()) {
            assertThat(log.warnings()).noneMatch(warning -> warning.contains(" free of "));
        }
    }

    @Test
    void aDirectoryOfAnotherLayoutVersionIsExaminedAllTheSame() throws Exception {
        Path directory = parent.resolve("app");
        MappedEngine.at(directory).open().close();
        Files.createSymbolicLink(directory.resolve("link"), parent);
        assertThat(MappedEngine.examine(directory))
                .anySatisfy(finding -> assertThat(finding.found()).contains("link is a symbolic link"));
        byte[] members = Files.readAllBytes(directory.resolve("members.dat"));
        members[8] = members[11] = 9;
        Files.write(directory.resolve("members.dat"), members);
        assertThat(MappedEngine.examine(directory))
                .anySatisfy(finding -> assertThat(finding.found()).contains("layout version"))
                .anySatisfy(finding -> assertThat(finding.found()).contains("link is a symbolic link"));
        assertThatThrownBy(() -> MappedEngine.examine(parent))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("is no state directory");
    }

    @Test
    void isClosedToOthersWithAWarningButItsParentIsLeftAsItIs() throws Exception {
        Files.setPosixFilePermissions(parent, OPEN_TO_ALL);
        Path directory = Files.createDirectory(parent.resolve("app"));
        Files.setPosixFilePermissions(directory, OPEN_TO_ALL);
        try (var log = LogCapture.of(StateDirectory.class)) {
            StateDirectory.prepare(directory);
            assertThat(log.warnings())
                    .singleElement()
                    .asString()
                    .contains(directory.toString(), "had mode rwxr-xr-x", "it is now rwx------");
        }
        assertThat(Files.getPosixFilePermissions(directory)).isEqualTo(StateDirectory.OWNER_ONLY);
        assertThat(Files.getPosixFilePermissions(parent)).isEqualTo(OPEN_TO_ALL);
        try (var log = LogCapture.of(StateDirectory.class)) {
            StateDirectory.prepare(directory);
            assertThat(log.warnings()).isEmpty();
        }
    }

    @Test
    void aDirectoryThatIsThereForSomethingElseIsRefusedAndLeftAsItIs() throws Exception {
        Files.setPosixFilePermissions(parent, OPEN_TO_ALL);
        Path other = Files.createFile(parent.resolve("other"));
        assertThatThrownBy(() -> StateDirectory.prepare(parent))
                .isInstanceOf(AccessRefusedException.class)
                .hasMessageContaining(parent + " holds other files and has mode rwxr-xr-x")
                .hasMessageContaining("configure another");
        assertThat(Files.getPosixFilePermissions(parent)).isEqualTo(OPEN_TO_ALL);
        assertThat(other).exists();
    }

    @Test
    void wantOfSpaceIsToldInWhateverLanguageTheSystemSpeaks() {
        IOException german = new IOException("Auf dem Gerät ist kein Speicherplatz mehr verfügbar");
        assertThat(StateDirectory.refusal("create", parent, Long.MAX_VALUE, german))
                .isInstanceOf(NoSpaceException.class);
        assertThat(StateDirectory.refusal("create", parent, 1, german)).isNotInstanceOf(NoSpaceException.class);
    }

    @Test
    void anUnsupportedFileSystemIsRefusedBeforeAnythingIsMadeOrChanged() throws Exception {
        assertThatThrownBy(() -> StateDirectory.prepare(Path.of("/proc/sharedstate/app")))
                .isInstanceOf(UnsupportedFileSystemException.class)
                .hasMessageContaining("/proc/sharedstate/app is on a file system of type proc")
                .hasMessageContaining("tmpfs, ext4 and xfs")
                .hasMessageContaining("/dev/shm");
        Path kernel = Path.of("/sys/kernel");
        Set<PosixFilePermission> before = Files.getPosixFilePermissions(kernel);
        assertThatThrownBy(() -> StateDirectory.prepare(kernel))
                .isInstanceOf(UnsupportedFileSystemException.class)
                .hasMessageContaining("type sysfs");
        assertThat(Files.getPosixFilePermissions(kernel)).isEqualTo(before);
    }

    @Test
    void isNotTheRootOfTheFileSystem() {
        assertThatThrownBy(() -> StateDirectory.prepare(Path.of("/")))
                .isInstanceOf(AccessRefusedException.class)
                .hasMessageContaining("can't be /");
    }

    @Test
    void isNoFileAndNotInAFile() throws Exception {
        Path file = Files.createFile(parent.resolve("file"));
        assertThatThrownBy(() -> StateDirectory.prepare(file))
                .isInstanceOf(AccessRefusedException.class)
                .hasMessageContaining(file + " is not a directory; move it away");
        assertThatThrownBy(() -> StateDirectory.prepare(file.resolve("app")))
                .isInstanceOf(AccessRefusedException.class)
                .hasMessageContaining(file + " is not a directory");
        assertThat(file).isRegularFile();
    }

    @Test
    void neitherItNorItsParentIsASymbolicLink() throws Exception {
        Path target = Files.createDirectory(parent.resolve("target"));
        Path link = Files.createSymbolicLink(parent.resolve("link"), target);
        for (Path given : new Path[] {link, link.resolve("app")}) {
            assertThatThrownBy(() -> StateDirectory.prepare(given))
                    .isInstanceOf(AccessRefusedException.class)
                    .hasMessageContaining(link + " is a symbolic link to " + target);
        }
        assertThat(target).isEmptyDirectory();
    }

    @Test
    void filesArePlain() throws Exception {
        Path link = Files.createSymbolicLink(parent.resolve("a.dat"), parent.resolve("elsewhere"));
        assertThatThrownBy(() -> StateDirectory.checkFile(link))
                .isInstanceOf(AccessRefusedException.class)
                .hasMessageContaining(link + " is a symbolic link to");
        Path directory = Files.createDirectory(parent.resolve("b.dat"));
        assertThatThrownBy(() -> StateDirectory.checkFile(directory))
                .isInstanceOf(AccessRefusedException.class)
                .hasMessageContaining(directory + " is not a regular file");
        StateDirectory.checkFile(Files.createFile(parent.resolve("c.dat")));
    }

    @Test
    void errorsOfTheFileSystemAreSaidWithTheWayOut() {
        assertThat(StateDirectory.refusal("create", parent, new IOException("No space left on device")))
                .isInstanceOf(NoSpaceException.class)
                .hasMessageStartingWith("no space to create " + parent)
                .hasMessageContaining("bytes free")
                .hasMessageContaining("--shm-size")
                .hasCauseInstanceOf(IOException.class);
        assertThat(StateDirectory.refusal("create", parent, new IOException("Disk quota exceeded")))
                .isInstanceOf(NoSpaceException.class);
        assertThat(StateDirectory.refusal("open", parent, new AccessDeniedException("x")))
                .isInstanceOf(AccessRefusedException.class)
                .hasMessageContaining("not permitted to open " + parent);
        for (String reason : new String[] {"Read-only file system", "Permission denied", "Operation not permitted"}) {
            assertThat(StateDirectory.refusal("open", parent, new IOException(reason)))
                    .isInstanceOf(AccessRefusedException.class)
                    .hasMessageContaining(reason);
        }
        assertThat(StateDirectory.refusal("open", parent, new IOException("Input/output error")))
                .isExactlyInstanceOf(SharedStateException.class)
                .hasMessageContaining("cannot open " + parent)
                .hasMessageContaining("Input/output error");
    }
}
