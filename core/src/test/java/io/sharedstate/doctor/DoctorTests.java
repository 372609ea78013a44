package io.sharedstate.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.LogCapture;
import io.sharedstate.Member;
import io.sharedstate.Surroundings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DoctorTests {

    private static final long MB = 1 << 20;

    @TempDir
    Path parent;

    private Path directory;

    @BeforeEach
    void createDirectory() throws IOException {
        directory = Files.createDirectory(parent.resolve("state"), mode("rwx------"));
    }

    private static FileAttribute<?> mode(String mode) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode));
    }

    @Test
    void aFindingIsASentenceAndAWarning() {
        Finding finding = new Finding("the lid is open", "a closed lid", "close it");
        assertThat(finding).hasToString("the lid is open; expected a closed lid: close it");
        try (LogCapture log = LogCapture.of(Doctor.class)) {
            Doctor.warn(List.of(finding, finding));
            assertThat(log.warnings()).containsExactly(finding.toString(), finding.toString());
        }
    }

    @Test
    void nothingIsFoundInAGoodDirectory() throws IOException {
        Files.createFile(directory.resolve("members.dat"), mode("rw-------"));
        assertThat(Permissions.examine(directory)).isEmpty();
        assertThat(Space.examine(directory, 0)).isEmpty();
    }

    // the file system

    @ParameterizedTest
    @CsvSource({"overlay, goes with the container", "apfs, development", "hfs, development"})
    void aFileSystemThatIsNotTrustedIsNamed(String type, String words) {
        assertThat(FileSystemType.examine(directory, type))
                .singleElement()
                .asString()
                .contains(directory.toString(), type, words, "expected tmpfs, ext4 or xfs");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tmpfs", "ext4", "xfs"})
    void aTrustedFileSystemIsNone(String type) {
        assertThat(FileSystemType.examine(directory, type)).isEmpty();
    }

    @Test
    void tooLittleRoomForWhatIsDeclaredIsToldInMegabytes() {
        assertThat(Space.examine(directory, "tmpfs", 60 * MB, 64 * MB, 100 * MB + 1))
                .singleElement()
                .asString()
                .contains(
                        "tmpfs with 60 MB free of 64 MB",
                        "at least 101 MB for what is declared",
                        "16 MB",
                        "--shm-size");
        assertThat(Space.examine(directory, "tmpfs", 60 * MB, 64 * MB, 44 * MB)).isEmpty();
        assertThat(Space.examine(directory, "tmpfs", 15 * MB, 64 * MB, 0)).hasSize(1);
    }

    // who cleans up

    private void write(String file, String... lines) throws IOException {
        Path path = parent.resolve("root").resolve(file);
        Files.createDirectories(path.getParent());
        Files.write(path, List.of(lines));
    }

    private void systemdRuns() throws IOException {
        Files.createDirectories(parent.resolve("root/run/systemd/system"));
    }

    private List<Finding> cleaners(String state, int owner) throws IOException {
        return Cleaner.examine(Path.of(state), owner, parent.resolve("root"));
    }

    @Test
    void aDirectoryWhoseFilesAgeIsFoundWithTheRule() throws IOException {
        systemdRuns();
        write(
                "usr/lib/tmpfiles.d/tmp.conf",
                "# comment",
                "",
                "q /tmp 1777 root root 10d",
                "q /var/tmp 1777 root root -");
        assertThat(cleaners("/tmp/sharedstate-app/shop", 1))
                .singleElement()
                .asString()
                .contains("systemd-tmpfiles", "/tmp/sharedstate-app/shop", "'q /tmp 1777 root root 10d'", "in use");
        assertThat(cleaners("/var/tmp/sharedstate-app/shop", 1)).isEmpty();
        assertThat(cleaners("/tmpfs/shop", 1)).isEmpty();
        assertThat(cleaners("/var/lib/shop", 1)).isEmpty();
    }

    @Test
    void theRuleForTheLongestPathAppliesAndThatOfTheStrongestDirectory() throws IOException {
        systemdRuns();
        write("usr/lib/tmpfiles.d/tmp.conf", "q /tmp 1777 root root 10d");
        write("usr/lib/tmpfiles.d/var.conf", "d /var/tmp 1777 root root 30d");
        write("etc/tmpfiles.d/shop.conf", "x /tmp/sharedstate-app");
        write("etc/tmpfiles.d/var.conf", "d /var/tmp 1777 root root -");
        assertThat(cleaners("/tmp/sharedstate-app/shop", 1)).isEmpty();
        assertThat(cleaners("/tmp/sharedstate-other/shop", 1)).hasSize(1);
        assertThat(cleaners("/var/tmp/shop", 1)).isEmpty();
    }

    @Test
    void nobodyCleansUpWhereSystemdDoesNotRun() throws IOException {
        write("usr/lib/tmpfiles.d/tmp.conf", "q /tmp 1777 root root 10d");
        assertThat(cleaners("/tmp/shop", 1)).isEmpty();
        assertThat(cleaners("/dev/shm/shop", 1000)).isEmpty();
    }

    @Test
    void whatALoginUserHasInSharedMemoryGoesAtLogout() throws IOException {
        systemdRuns();
        assertThat(cleaners("/dev/shm/shop", 1000))
                .singleElement()
                .asString()
                .contains("systemd-logind", "user 1000", "/dev/shm/shop", "RemoveIPC=no");
        assertThat(cleaners("/dev/shm/shop", 999)).isEmpty();
        assertThat(cleaners("/srv/shop", 1000)).isEmpty();
        write("etc/systemd/logind.conf", "[Login]", "#RemoveIPC=yes", "RemoveIPC=no");
        assertThat(cleaners("/dev/shm/shop", 1000)).isEmpty();
        write("etc/systemd/logind.conf.d/back.conf", "[Login]", "RemoveIPC=yes");
        assertThat(cleaners("/dev/shm/shop", 1000)).hasSize(1);
    }

    // permissions

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void whatOthersMayReadAndWhatIsNotPlainIsNamed() throws IOException {
        Files.createDirectory(directory.resolve("maps"));
        Files.setPosixFilePermissions(directory.resolve("maps"), PosixFilePermissions.fromString("rwxr-x---"));
        Files.createSymbolicLink(directory.resolve("members.dat"), Path.of("/elsewhere"));
        assertThat(Permissions.examine(directory))
                .singleElement()
                .asString()
                .contains(
                        directory + "/maps has mode 0750",
                        directory + "/members.dat is a symbolic link to /elsewhere",
                        "chmod");
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void onlySomeOfManyAreNamed() throws IOException {
        for (int i = 0; i < 8; i++) {
            Files.createSymbolicLink(directory.resolve("link" + i), Path.of("/elsewhere"));
        }
        assertThat(Permissions.examine(directory))
                .singleElement()
                .asString()
                .contains("link4", "and 3 more")
                .doesNotContain("link5");
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aParentThatOthersMayWriteToIsNamed() throws IOException {
        Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("rwxrwx---"));
        assertThat(Permissions.examine(directory))
                .singleElement()
                .asString()
                .contains(parent + " has mode 0770", "in the place of state", "chmod go-w " + parent);
    }

    // members

    private static Member member(int ordinal, @Nullable String address, @Nullable String version, Long... listeners) {
        return member(Surroundings.own(), ordinal, 4711, address, version, listeners);
    }

    private static Member member(
            Surroundings where,
            int ordinal,
            long pid,
            @Nullable String address,
            @Nullable String version,
            Long... listeners) {
        return new Member(
                ordinal, ordinal + 1, pid, Instant.EPOCH, where, address, List.of(listeners), version, Duration.ZERO);
    }

    private static Surroundings elsewhere() {
        Surroundings here = Surroundings.own();
        return new Surroundings("another", here.network(), here.processes());
    }

    @Test
    void differentVersionsOfTheApplicationAreNamedWithWhoRunsThem() {
        Member unknown = member(3, null, null);
        assertThat(Doctor.versions(List.of(member(0, null, "2.7"), member(1, null, "2.7"), unknown)))
                .isEmpty();
        assertThat(Doctor.versions(
                        List.of(member(0, null, "2.7"), member(1, null, "2.6"), member(2, null, "2.7"), unknown)))
                .singleElement()
                .asString()
                .contains("2.6 (member 1), 2.7 (member 0, 2)", "reload");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aSocketOfNoMemberOnAMembersPortIsNamedWithItsOwner() throws IOException {
        try (ServerSocketChannel one = reusePort(0);
                ServerSocketChannel other = reusePort(one.socket().getLocalPort())) {
            int port = other.socket().getLocalPort();
            List<Long> inodes = Objects.requireNonNull(ListeningSockets.ofSystem()).on(Set.of(port), true).stream()
                    .map(ListeningSocket::inode)
                    .toList();
            assertThat(inodes).hasSize(2);
            Member first = member(0, "127.0.0.1:" + port, null, inodes.get(0));
            assertThat(Stranger.examine(List.of(first)))
                    .singleElement()
                    .asString()
                    .startsWith("A stranger, which is no member of this state, listens on 127.0.0.1:" + port
                            + " as well as a member")
                    .contains(
                            "inode " + inodes.get(1),
                            "pid " + ProcessHandle.current().pid() + " (",
                            "takes its share of the connections to 127.0.0.1 from the members",
                            "sharedstate.name");
            assertThat(Stranger.examine(List.of(first, member(1, null, null, inodes.get(1)))))
                    .isEmpty();
            long pid = ProcessHandle.current().pid();
            Member thisProcess = member(Surroundings.own(), 1, pid, null, null);
            assertThat(Stranger.examine(List.of(first, thisProcess)))
                    .as("a member that has not announced it")
                    .isEmpty();
            assertThat(Stranger.examine(List.of(first, member(elsewhere(), 1, pid, null, null, inodes.get(1)))))
                    .as("a member on another host, with the same numbers by chance")
                    .hasSize(1);
        }
    }

    private static ServerSocketChannel reusePort(int port) throws IOException {
        return ServerSocketChannel.open()
                .setOption(StandardSocketOptions.SO_REUSEPORT, true)
                .bind(new InetSocketAddress("127.0.0.1", port));
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 0"})
    void connectionsThatTheKernelDropsAreFound(String setting, int findings) throws IOException {
        Path file = Files.writeString(directory.resolve("setting"), setting + "\n");
        assertThat(LostConnections.examine(file))
                .hasSize(findings)
                .allSatisfy(finding -> assertThat(finding).asString().contains("tcp_migrate_req is 0", "expected 1"));
        assertThat(LostConnections.examine(directory.resolve("of no such kernel")))
                .isEmpty();
    }

    @Test
    void connectionsCanBeLostWhereMembersHaveSocketsOfTheirOwnOnOnePort() {
        Member one = member(0, "10.0.0.5:8080", null, 1L);
        assertThat(LostConnections.arePossible(List.of(one, member(1, "[::1]:8080", null, 2L))))
                .isTrue();
        assertThat(LostConnections.arePossible(List.of(one, member(elsewhere(), 1, 4711, "10.0.0.6:8080", null, 2L))))
                .as("on two hosts")
                .isFalse();
        assertThat(LostConnections.arePossible(List.of(one, member(1, "10.0.0.5:8081", null, 2L))))
                .isFalse();
        assertThat(LostConnections.arePossible(List.of(one, member(1, "10.0.0.5:8080", null, 1L))))
                .as("one socket, inherited")
                .isFalse();
        assertThat(LostConnections.arePossible(List.of(one, member(1, "10.0.0.5:8080", null), member(2, null, null))))
                .isFalse();
    }
}
