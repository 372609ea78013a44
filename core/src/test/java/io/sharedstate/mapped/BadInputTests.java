package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.sharedstate.AccessRefusedException;
import io.sharedstate.CapacityExceededException;
import io.sharedstate.Codec;
import io.sharedstate.FormatException;
import io.sharedstate.Kind;
import io.sharedstate.Lease;
import io.sharedstate.MapOptions;
import io.sharedstate.RateLimit;
import io.sharedstate.SharedState;
import io.sharedstate.SharedValue;
import io.sharedstate.ValueTooLargeException;
import io.sharedstate.mapped.layout.FileHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What can be wrong with what is found or given: each a clear error, and nothing is lost. */
class BadInputTests {

    @TempDir
    Path parent;

    private Path directory;

    @BeforeEach
    void createState() {
        directory = parent.resolve("state");
        try (SharedState state = MappedEngine.at(directory).open()) {
            state.counter("it").set(41);
            state.adder("it").add(42);
            state.lock("it").acquire().close();
            state.value("it", String.class, 100).set("forty-three");
            state.region("it", 64).buffer().putLong(56, 44);
        }
    }

    /** Joins, and looks at everything. */
    private static void requireUnharmed(Path directory) {
        try (SharedState state = MappedEngine.at(directory).open()) {
            assertThat(state.counter("it").get()).isEqualTo(41);
            assertThat(state.adder("it").sum()).isEqualTo(42);
            assertThat(state.lock("it").status().fencingToken()).isEqualTo(1);
            assertThat(state.value("it", String.class, 100).get()).isEqualTo("forty-three");
            assertThat(state.region("it", 64).buffer().getLong(56)).isEqualTo(44);
        }
    }

    // files

    /** A copy, so that no file is cut off under a mapping of this process. */
    private Path copy() throws IOException {
        Path copy = Files.createTempDirectory(parent, "copy");
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path each : all.skip(1).toList()) {
                Files.copy(each, copy.resolve(directory.relativize(each).toString()));
            }
        }
        return copy;
    }

    private List<String> files() throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(file -> file.toString().endsWith(".dat"))
                    .map(file -> directory.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    private void assertRefused(String file, byte[] damaged, String... because) throws IOException {
        Path copy = copy();
        byte[] whole = Files.readAllBytes(copy.resolve(file));
        Files.write(copy.resolve(file), damaged);
        for (int attempt = 0; attempt < 2; attempt++) {
            assertThatExceptionOfType(FormatException.class)
                    .as("damaged %s", file)
                    .isThrownBy(() -> requireUnharmed(copy))
                    .withMessageContainingAll(file)
                    .withMessageContainingAll(because);
            assertThat(Files.readAllBytes(copy.resolve(file)))
                    .as("what is damaged is left as it is")
                    .isEqualTo(damaged);
        }
        Path again = copy();
        Files.write(again.resolve(file), whole);
        requireUnharmed(again);
    }

    private void assertEachRefused(UnaryOperator<byte[]> damage, String... because) throws IOException {
        assertThat(files()).hasSizeGreaterThanOrEqualTo(6);
        for (String file : files()) {
            byte[] whole = Files.readAllBytes(directory.resolve(file));
            assertRefused(file, damage.apply(whole.clone()), because);
        }
        requireUnharmed(directory);
    }

    private static ByteBuffer edit(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    }

    @Test
    void emptyFilesAreRefused() throws IOException {
        assertEachRefused(whole -> new byte[0], "0 bytes");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, FileHeader.HEADER_LENGTH - 1, FileHeader.HEADER_LENGTH})
    void filesCutOffAtTheirBeginningAreRefused(int length) throws IOException {
        assertEachRefused(whole -> Arrays.copyOf(whole, length), length + " bytes", "expected");
    }

    @Test
    void filesCutOffAtTheirEndAreRefused() throws IOException {
        assertEachRefused(whole -> Arrays.copyOf(whole, whole.length - 1), "bytes", "expected");
    }

    @Test
    void filesThatAreTooLongAreRefused() throws IOException {
        assertEachRefused(whole -> Arrays.copyOf(whole, whole.length + 4096), "bytes", "expected");
    }

    @Test
    void foreignFilesAreRefused() throws IOException {
        assertEachRefused(
                whole -> edit(whole).putLong(0, 0x1122334455667788L).array(), "0x1122334455667788", "expected");
    }

    @Test
    void filesOfTheOtherByteOrderAreRefused() throws IOException {
        assertEachRefused(
                whole -> edit(whole)
                        .putLong(0, Long.reverseBytes(edit(whole).getLong(0)))
                        .array(),
                "byte order");
    }

    @Test
    void filesOfAnotherLayoutVersionAreRefused() throws IOException {
        assertEachRefused(
                whole -> edit(whole).putInt(FileHeader.VERSION_OFFSET, 4711).array(),
                "version 4711",
                "version " + FileHeader.LAYOUT_VERSION);
    }

    @Test
    void everyFlippedByteOfAHeaderIsNoticed() throws IOException {
        for (int at = 0; at < FileHeader.CHECKSUM_OFFSET + Integer.BYTES; at++) {
            byte[] damaged = Files.readAllBytes(directory.resolve("values/it.dat"));
            damaged[at] ^= 0x10;
            Path copy = copy();
            Files.write(copy.resolve("values/it.dat"), damaged);
            try (SharedState state = MappedEngine.at(copy).open()) {
                assertThatThrownBy(() -> state.value("it", String.class, 100))
                        .as("byte %d", at)
                        .isInstanceOf(FormatException.class)
                        .hasMessageContaining("values/it.dat");
                assertThat(state.counter("it").get()).isEqualTo(41);
            }
        }
    }

    @Test
    void filesInEachOthersPlacesAreRefused() throws IOException {
        byte[] counters = Files.readAllBytes(directory.resolve("counters.0.dat"));
        assertRefused("locks.0.dat", counters, "type");
        assertRefused("values/it.dat", counters, "type");
        assertRefused("counters.0.dat", Files.readAllBytes(directory.resolve("members.dat")), "type");
    }

    @Test
    void aFileOfAnotherNameIsRefused() throws IOException {
        Path copy = copy();
        Files.copy(copy.resolve("values/it.dat"), copy.resolve("values/other.dat"));
        try (SharedState state = MappedEngine.at(copy).open()) {
            assertThatThrownBy(() -> state.value("other", String.class, 100))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContainingAll("'other'", "'it'");
        }
    }

    @Test
    void aFileOfAnotherDirectoryIsRefused() throws IOException {
        Path other = parent.resolve("other");
        try (SharedState state = MappedEngine.at(other).open()) {
            state.value("it", String.class, 100).set("elsewhere");
        }
        assertRefused("values/it.dat", Files.readAllBytes(other.resolve("values/it.dat")), "another state directory");
    }

    @Test
    void whatIsAttachedGoesOnWhileWhoJoinsIsRefused() throws IOException {
        Path copy = copy();
        try (SharedState state = MappedEngine.at(copy).open()) {
            byte[] members = Files.readAllBytes(copy.resolve("members.dat"));
            Files.move(copy.resolve("members.dat"), copy.resolve("aside"));
            Files.write(
                    copy.resolve("members.dat"),
                    edit(members).putInt(8, FileHeader.LAYOUT_VERSION + 1).array());

            assertThatThrownBy(() -> MappedEngine.at(copy).open()).isInstanceOf(FormatException.class);
            assertThat(state.counter("it").incrementAndGet()).isEqualTo(42);
            assertThat(state.problems()).singleElement().asString().contains("members.dat");
        }
    }

    @Test
    void aDeletedLockFileNeverMakesALiveMemberSeemDead() throws IOException {
        try (SharedState state = MappedEngine.at(directory).open();
                Lease lease = state.lock("it").acquire()) {
            Path lockFile = directory.resolve(ProcessLock.FILE_NAME);
            Files.delete(lockFile);
            for (int attempt = 0; attempt < 2; attempt++) {
                assertThatThrownBy(() -> MappedEngine.at(directory).open())
                        .isInstanceOf(FormatException.class)
                        .hasMessageContainingAll(ProcessLock.FILE_NAME, directory.toString(), "member 0");
            }
            assertThat(state.problems()).singleElement().asString().contains(lockFile.toString());
            assertThat(lease.wasAbandoned()).isFalse();
            assertThat(state.members().all()).hasSize(1);
        }
        try (SharedState state = MappedEngine.at(directory).open()) {
            assertThat(state.members().all()).as("all had left").hasSize(1);
            assertThat(state.counter("it").get()).isEqualTo(41);
        }
    }

    // links, and things that aren't files or directories

    private Path target() throws IOException {
        return Files.createDirectory(parent.resolve("target"));
    }

    private static void assertAccessRefused(Path directory, Path culprit) {
        assertThatThrownBy(() -> requireUnharmed(directory))
                .isInstanceOf(AccessRefusedException.class)
                .hasMessageContaining(culprit.toString());
    }

    @Test
    void aLinkInTheDirectorysPlaceIsNotFollowed() throws IOException {
        Path link = Files.createSymbolicLink(parent.resolve("link"), target());
        assertAccessRefused(link, link);
        assertThat(parent.resolve("target")).isEmptyDirectory();
        assertAccessRefused(link.resolve("below"), link);
        assertThat(parent.resolve("target")).isEmptyDirectory();
    }

    @Test
    void aDanglingLinkInTheDirectorysPlaceIsNotFollowed() throws IOException {
        Path link = Files.createSymbolicLink(parent.resolve("link"), parent.resolve("nowhere"));
        assertAccessRefused(link, link);
        assertThat(parent.resolve("nowhere")).doesNotExist();
    }

    @Test
    void linksInAFilesPlaceAreNotFollowed() throws IOException {
        List<String> files = new ArrayList<>(files());
        files.add(ProcessLock.FILE_NAME);
        for (String file : files) {
            Path copy = copy();
            Path aside = copy.resolve("aside");
            Files.move(copy.resolve(file), aside);
            Path link = Files.createSymbolicLink(copy.resolve(file), aside);
            assertAccessRefused(copy, link);
            Files.delete(link);
            Files.createSymbolicLink(link, parent.resolve("nowhere"));
            assertAccessRefused(copy, link);
            assertThat(parent.resolve("nowhere")).doesNotExist();
            Files.delete(link);
            Files.createDirectory(link);
            assertAccessRefused(copy, link);
        }
    }

    @Test
    void linksInASubdirectorysPlaceAreNotFollowed() throws IOException {
        Path target = target();
        for (String subdirectory : List.of("values", "adders", "regions")) {
            Path copy = copy();
            Files.move(copy.resolve(subdirectory), copy.resolve("aside"));
            Path link = Files.createSymbolicLink(copy.resolve(subdirectory), target);
            assertAccessRefused(copy, link);
            assertThat(target).isEmptyDirectory();
        }
    }

    @Test
    void linksInAnUnfinishedFilesPlaceAreNotFollowed() throws IOException {
        Path copy = copy();
        Path victim = Files.writeString(parent.resolve("victim"), "untouched");
        Files.createSymbolicLink(copy.resolve("values/new.dat.tmp"), victim);
        try (SharedState state = MappedEngine.at(copy).open()) {
            state.value("new", String.class, 100).set("here");
        }
        assertThat(victim).hasContent("untouched");
    }

    @Test
    void aFileInTheDirectorysPlaceIsRefused() throws IOException {
        Path file = Files.writeString(parent.resolve("file"), "untouched");
        assertAccessRefused(file, file);
        assertAccessRefused(file.resolve("below"), file);
        assertThat(file).hasContent("untouched");
    }

    @Test
    void aDirectoryThatMayNotBeWrittenToIsRefused() {
        assumeFalse(System.getProperty("user.name").equals("root"), "root may write anywhere");
        assertThat(parent.toFile().setWritable(false)).isTrue();
        try {
            assertAccessRefused(parent.resolve("new"), parent);
        } finally {
            assertThat(parent.toFile().setWritable(true)).isTrue();
        }
    }

    // names and sizes

    static List<String> badNames() {
        return List.of(
                "",
                ".",
                "..",
                "/",
                "a/b",
                "../it",
                "/etc/passwd",
                "a\\b",
                "a\0b",
                "a b",
                " a",
                "a\n",
                "ä",
                ".it",
                "a..b",
                "x".repeat(65));
    }

    @ParameterizedTest
    @MethodSource("badNames")
    void badNamesAreRefused(String name) throws IOException {
        try (SharedState state = MappedEngine.at(directory).open()) {
            for (Kind kind : Kind.values()) {
                List<String> before = state.names(kind);
                assertThatIllegalArgumentException()
                        .as("%s", kind)
                        .isThrownBy(() -> create(state, kind, name))
                        .withMessageContaining("'" + name + "'");
                assertThatIllegalArgumentException().isThrownBy(() -> state.remove(kind, name));
                assertThat(state.names(kind)).isEqualTo(before);
            }
        }
        try (Stream<Path> all = Files.list(parent)) {
            assertThat(all).containsExactly(directory);
        }
        requireUnharmed(directory);
    }

    private static void create(SharedState state, Kind kind, String name) {
        switch (kind) {
            case COUNTER -> state.counter(name);
            case ADDER -> state.adder(name);
            case LOCK -> state.lock(name);
            case VALUE -> state.value(name, String.class);
            case REGION -> state.region(name, 64);
            case RATE_LIMITER -> state.rateLimiter(name, RateLimit.of(1, Duration.ofSeconds(1)));
            case MAP -> state.map(name, String.class, String.class);
            case KEYED_RATE_LIMITER ->
                state.keyedRateLimiter(name, RateLimit.of(1, Duration.ofSeconds(1)), MapOptions.MIN_SIZE);
            case QUEUE -> state.queue(name, String.class);
            case SEMAPHORE -> state.semaphore(name, 1);
            case TOPIC -> state.topic(name, String.class);
        }
    }

    @Test
    void theLongestNamesAreFine() {
        String name = "Az09._-" + "x".repeat(57);
        try (SharedState state = MappedEngine.at(directory).open()) {
            for (Kind kind : Kind.values()) {
                create(state, kind, name);
                assertThat(state.names(kind)).contains(name);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, Integer.MAX_VALUE})
    void badSizesAreRefused(int size) {
        try (SharedState state = MappedEngine.at(directory).open()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> state.region("new", size))
                    .withMessageContainingAll("'new'", String.valueOf(size));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> state.value("new", String.class, size))
                    .withMessageContainingAll("'new'", String.valueOf(size));
            assertThat(state.names(Kind.REGION)).containsExactly("it");
            assertThat(state.names(Kind.VALUE)).containsExactly("it");
        }
    }

    @Test
    void aValueTooLargeLeavesTheOldOne() {
        try (SharedState state = MappedEngine.at(directory).open()) {
            SharedValue<String> value = state.value("it", String.class, 100);
            String fits = "x".repeat(100);
            String doesnt = "x".repeat(101);
            for (Runnable change : List.<Runnable>of(
                    () -> value.set(doesnt),
                    () -> value.getAndSet(doesnt),
                    () -> value.compareAndSet("forty-three", doesnt),
                    () -> value.updateAndGet(old -> doesnt),
                    () -> value.getAndUpdate(old -> doesnt))) {
                assertThatThrownBy(change::run)
                        .isInstanceOf(ValueTooLargeException.class)
                        .hasMessageContainingAll("'it'", "101", "100");
                assertThat(value.get()).isEqualTo("forty-three");
                assertThat(value.version()).isEqualTo(1);
            }
            value.set(fits);
            assertThat(value.get()).isEqualTo(fits);
        }
    }

    @Test
    void whatACodecOrAnUpdateThrowsLeavesTheOldValue() {
        try (SharedState one = MappedEngine.at(directory).open();
                SharedState two = MappedEngine.at(directory).open()) {
            Codec<String> failing = new Codec<>() {
                @Override
                public byte[] encode(String object) {
                    throw new UnsupportedOperationException("encode");
                }

                @Override
                public String decode(byte[] bytes) {
                    throw new UnsupportedOperationException("decode");
                }

                @Override
                public String format() {
                    return Codec.string().format();
                }
            };
            SharedValue<String> value = one.value("it", failing, 100);
            assertThatThrownBy(() -> value.set("x")).hasMessage("encode");
            assertThatThrownBy(value::get).hasMessage("decode");
            assertThatThrownBy(() -> value.updateAndGet(old -> "x")).hasMessage("decode");
            assertThatThrownBy(() -> one.value("it", String.class, 100).updateAndGet(old -> {
                        throw new UnsupportedOperationException("update");
                    }))
                    .hasMessage("update");
            assertThat(two.value("it", String.class, 100).getAndSet("next")).isEqualTo("forty-three");
        }
    }

    @Test
    void anotherFormatIsRefused() {
        try (SharedState state = MappedEngine.at(directory).open()) {
            assertThatThrownBy(() -> state.value("it", Long.class, 100))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContainingAll("'it'", "'int64'", "'utf-8'");
            assertThat(state.value("it", String.class, 100).get()).isEqualTo("forty-three");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"seventeen letters", "ä"})
    void aFormatThatCantBeWrittenDownIsRefused(String format) {
        Codec<byte[]> codec = new Codec<>() {
            @Override
            public byte[] encode(byte[] object) {
                return object;
            }

            @Override
            public byte[] decode(byte[] bytes) {
                return bytes;
            }

            @Override
            public String format() {
                return format;
            }
        };
        try (SharedState state = MappedEngine.at(directory).open()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> state.value("new", codec, 100))
                    .withMessageContaining("'" + format + "'");
            assertThat(state.names(Kind.VALUE)).containsExactly("it");
        }
    }

    @Test
    void aSizeThatDiffersLeavesWhatExists() {
        try (SharedState state = MappedEngine.at(directory).open()) {
            assertThat(state.value("it", String.class, 5000).maxSize()).isEqualTo(100);
            assertThat(state.region("it", 5000).capacity()).isEqualTo(64);
        }
        requireUnharmed(directory);
    }

    @Test
    void aFullTableSaysSoAndGoesOn() {
        Path small = parent.resolve("small");
        try (SharedState state =
                MappedEngine.at(small).maxCounters(2).maxLocks(1).open()) {
            state.counter("a").set(1);
            state.counter("b").set(2);
            state.lock("a").acquire().close();
            assertThatThrownBy(() -> state.counter("c"))
                    .isInstanceOf(CapacityExceededException.class)
                    .hasMessageContainingAll("'c'", "2", "max-counters");
            assertThatThrownBy(() -> state.lock("b"))
                    .isInstanceOf(CapacityExceededException.class)
                    .hasMessageContainingAll("'b'", "1", "max-locks");
            assertThat(state.counter("a").incrementAndGet()).isEqualTo(2);
            assertThat(state.names(Kind.COUNTER)).containsExactly("a", "b");
            assertThat(state.remove(Kind.COUNTER, "a")).isTrue();
        }
        try (SharedState state = MappedEngine.at(small).maxCounters(2).open()) {
            assertThat(state.counter("c", 3).get()).isEqualTo(3);
            assertThat(state.counter("b").get()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1025})
    void badNumbersOfMembersAreRefused(int members) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MappedEngine.at(directory).maxMembers(members))
                .withMessageContaining(String.valueOf(members));
    }
}
