package io.sharedstate.it.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sharedstate.AccessRefusedException;
import io.sharedstate.Kind;
import io.sharedstate.NamespaceException;
import io.sharedstate.NoSpaceException;
import io.sharedstate.SharedState;
import io.sharedstate.SharedStateException;
import io.sharedstate.UnsupportedFileSystemException;
import io.sharedstate.mapped.MappedEngine;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Places where state can't be: each is refused with a clear error, and what was there is still there. */
class RefusalTests {

    private static final int NOBODY = 65_534;

    @TempDir(factory = SharedMemory.class)
    Path parent;

    @AutoClose
    final Workers workers = new Workers();

    /** Opens the directory whenever it is told, uses one of each kind, and says how that went. */
    static final class Opener implements Work {
        @Override
        public void run(Child child) throws Exception {
            while (true) {
                child.say("ready");
                String name = child.hear();
                try (SharedState state =
                        MappedEngine.at(child.directory().resolve(name)).open()) {
                    state.adder("adder").increment();
                    state.lock("lock").acquire().close();
                    state.value("value", String.class).set("here");
                    state.region("region", 8192).buffer().getAndAddLong(8184, 1);
                    child.say("opened", state.counter("counter").incrementAndGet());
                } catch (SharedStateException e) {
                    child.say(
                            "refused",
                            e.getClass().getSimpleName(),
                            String.valueOf(e.getMessage()).replace('\n', ' '));
                }
            }
        }
    }

    private static void assertRefused(
            Worker opener, Path directory, Class<? extends SharedStateException> by, String... because) {
        opener.expect("ready");
        opener.tell(directory);
        assertThat(opener.expect("refused"))
                .startsWith(by.getSimpleName() + " ")
                .contains(because);
    }

    private static void assertOpened(Worker opener, Path directory, long counted) {
        opener.expect("ready");
        opener.tell(directory);
        assertThat(opener.expectNumber("opened")).isEqualTo(counted);
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    private static boolean works(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
    }

    /** A worker that first does something as root in a mount namespace of its own, so that nobody else sees what it mounts. */
    private Worker inItsOwnMounts(Class<? extends Work> work, String first) throws Exception {
        String[] unshare = isRoot() ? new String[] {"unshare", "-m"} : new String[] {"unshare", "-rm"};
        String script = "cd '" + parent + "' && { " + first + "; } >&2 || exit 9; ";
        List<String> probe = List.of(unshare[0], unshare[1], "sh", "-c", script);
        assumeTrue(works(probe.toArray(String[]::new)), "not permitted here: " + String.join(" ", probe));
        return workers.add(Worker.behind(
                List.of(unshare[0], unshare[1], "sh", "-c", script + "exec \"$@\"", "sh"),
                ClassPath.with(),
                work,
                parent));
    }

    /** A worker that isn't root, whoever runs the tests; with a class path that it may read. */
    private Worker asNobody(Class<? extends Work> work) throws Exception {
        if (!isRoot()) {
            return workers.fork(work, parent);
        }
        assumeTrue(works("setpriv", "--version"), "no setpriv here");
        Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path readable = Files.createDirectory(parent.resolve("class-path"));
        StringBuilder classPath = new StringBuilder();
        for (Path entry : ClassPath.entries()) {
            Path copy = readable.resolve(String.valueOf(classPath.length()));
            copy(entry, copy);
            classPath.append(classPath.isEmpty() ? "" : ":").append(copy);
        }
        return workers.add(Worker.behind(
                List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"),
                classPath.toString(),
                work,
                parent));
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                Files.createDirectory(to.resolve(from.relativize(directory).toString()));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private Path withState(String name) {
        Path directory = parent.resolve(name);
        try (SharedState state = MappedEngine.at(directory).open()) {
            state.counter("counter").set(41);
            state.value("value", String.class).set("before");
        }
        return directory;
    }

    @Test
    void anotherUsersDirectoryIsRefused() throws Exception {
        assumeTrue(isRoot(), "only root can give a directory away");
        Path directory = withState("given-away");
        Files.setAttribute(directory, "unix:uid", NOBODY);
        Worker opener = workers.fork(Opener.class, parent);

        assertRefused(opener, directory, AccessRefusedException.class, directory.toString());

        Files.setAttribute(directory, "unix:uid", 0);
        assertOpened(opener, directory, 42);
    }

    @Test
    void anotherUsersFileIsRefused() throws Exception {
        assumeTrue(isRoot(), "only root can give a file away");
        Path directory = withState("given-away");
        Worker opener = workers.fork(Opener.class, parent);
        try (var files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.setAttribute(file, "unix:uid", NOBODY);
                assertRefused(
                        opener,
                        directory,
                        AccessRefusedException.class,
                        file.getFileName().toString());
                Files.setAttribute(file, "unix:uid", 0);
            }
        }
        assertOpened(opener, directory, 42);
    }

    @Test
    void aDirectoryThatOthersMayNotEnterIsRefusedToThem() throws Exception {
        assumeTrue(isRoot(), "there is only one user here");
        Path directory = withState("private");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                .isEqualTo("rwx------");
        Worker opener = asNobody(Opener.class);

        assertRefused(opener, directory, AccessRefusedException.class, directory.toString());
    }

    @Test
    void aParentThatMayNotBeWrittenToIsRefused() throws Exception {
        Worker opener = asNobody(Opener.class);
        Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("r-xr-xr-x"));

        assertRefused(opener, parent.resolve("new"), AccessRefusedException.class, parent.toString());

        Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void aDirectoryThatMayNotBeWrittenToIsRefused() throws Exception {
        Worker opener = asNobody(Opener.class);
        Path directory = withState("read-only");
        if (isRoot()) {
            try (var files = Files.walk(directory)) {
                for (Path file : files.toList()) {
                    Files.setAttribute(file, "unix:uid", NOBODY);
                }
            }
        }
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("r-x------"));

        assertRefused(opener, directory, AccessRefusedException.class, directory.toString());

        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        assertOpened(opener, directory, 42);
    }

    @Test
    void aReadOnlyFileSystemIsRefused() throws Exception {
        Worker opener =
                inItsOwnMounts(Opener.class, "mkdir -p read-only && mount -t tmpfs -o ro,mode=700 tmpfs read-only");
        assertRefused(opener, parent.resolve("read-only/state"), AccessRefusedException.class, "read-only");
    }

    /** Fills a file system up to some bytes, and sees what can still be made on it. */
    static final class Filler implements Work {

        private static final int SIZE_KB = 4096;

        @Override
        public void run(Child child) throws Exception {
            Path filling = child.directory().resolve("full/filling");
            int refused = 0;
            int opened = 0;
            for (int free = 0; free <= 1_280; free += 40) {
                Path directory = child.directory().resolve("full/state-" + free);
                fill(filling, free);
                NoSpaceException full = tryOn(directory);
                if (full == null) {
                    opened++;
                } else {
                    refused++;
                    check(full, directory);
                }
                Files.delete(filling);
                NoSpaceException still = tryOn(directory);
                if (still != null) {
                    throw new AssertionError("still no space", still);
                }
                checkCounted(directory, full == null ? 2 : 1);
                delete(directory);
                awaitSpace(filling.getParent());
            }
            child.say("filled", refused > 0, opened > 0);
            child.hear();
        }

        private static @Nullable NoSpaceException tryOn(Path directory) {
            try (SharedState state = MappedEngine.at(directory).open()) {
                return use(state);
            } catch (NoSpaceException e) {
                return e;
            }
        }

        private static void checkCounted(Path directory, long atLeast) {
            try (SharedState state = MappedEngine.at(directory).open()) {
                long counted = state.counter("counter").get();
                if (counted < atLeast || counted > 2) {
                    throw new AssertionError("lost, or never counted: " + counted);
                }
                if (!state.problems().isEmpty()) {
                    throw new AssertionError(state.problems());
                }
            }
        }

        private static @Nullable NoSpaceException use(SharedState state) {
            try {
                state.counter("counter").incrementAndGet();
                state.adder("adder").increment();
                state.lock("lock").acquire().close();
                state.value("value", byte[].class, 64 * 1024).set(new byte[60_000]);
                state.region("region", 100_000).buffer().getAndAddLong(99_992, 1);
                for (int i = 0; i < 1_100; i++) {
                    state.counter("c" + i).incrementAndGet();
                }
                return null;
            } catch (NoSpaceException e) {
                state.names(Kind.COUNTER).forEach(name -> state.counter(name).get());
                return e;
            }
        }

        private static void check(NoSpaceException e, Path directory) {
            String message = String.valueOf(e.getMessage());
            if (!message.contains(directory.toString()) || !message.matches(".*\\d.*")) {
                throw new AssertionError("which place, and how much is needed?", e);
            }
        }

        private static void fill(Path filling, int free) throws IOException {
            try (var out = Files.newOutputStream(filling)) {
                byte[] page = new byte[4096];
                while (Files.getFileStore(filling).getUsableSpace() > free * 1024L) {
                    out.write(page);
                    out.flush();
                }
            }
        }

        private static void delete(Path directory) throws IOException {
            try (var files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }

        /** What was deleted takes up space for as long as it is mapped, which is until the garbage collector comes. */
        private static void awaitSpace(Path where) throws IOException {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (Files.getFileStore(where).getUsableSpace() < (SIZE_KB - 64) * 1024L) {
                if (System.nanoTime() > end) {
                    throw new AssertionError("space that isn't given back");
                }
                System.gc();
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    @Test
    void aFullFileSystemIsAnErrorAndNeverASignal() throws Exception {
        Worker filler = inItsOwnMounts(
                Filler.class, "mkdir -p full && mount -t tmpfs -o mode=700,size=" + Filler.SIZE_KB + "k tmpfs full");
        assertThat(filler.expect("filled")).isEqualTo("true true");
        filler.tell("end");
        filler.join();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ramfs", "proc"})
    void anUntrustedFileSystemIsRefused(String type) throws Exception {
        Worker opener = inItsOwnMounts(Opener.class, "mkdir -p odd && mount -t " + type + " " + type + " odd");
        assertRefused(
                opener, parent.resolve("odd"), UnsupportedFileSystemException.class, type, "tmpfs", "ext4", "xfs");
    }

    @Test
    void aProcessWithOtherClocksIsRefused() throws Exception {
        List<String> elsewhen =
                List.of("unshare", "-T", "--boottime", "1000000", "--monotonic", "1000000", "--fork", "--kill-child");
        assumeTrue(
                isRoot() && works("unshare", "-T", "--boottime", "1000", "--fork", "true"), "no time namespaces here");
        Path directory = parent.resolve("state");
        try (SharedState state = MappedEngine.at(directory).open()) {
            Worker opener = workers.add(Worker.behind(elsewhen, ClassPath.with(), Opener.class, parent));
            assertRefused(opener, directory, NamespaceException.class, "time");
            assertThat(state.members().all()).hasSize(1);
            state.counter("counter").set(1);
        }
    }
}
