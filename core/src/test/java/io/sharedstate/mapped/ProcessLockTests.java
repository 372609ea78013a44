package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.mapped.layout.FileHeader.Content;
import io.sharedstate.mapped.layout.FileType;
import java.lang.ref.WeakReference;
import java.lang.reflect.Method;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Byte n of process.lock stays locked whatever happens in the process, short of its end. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "locks are of another kind there")
class ProcessLockTests {

    private static final long LONG_PAUSE_NS = 100_000_000;

    @TempDir
    Path directory;

    private Path file() {
        return directory.resolve(ProcessLock.FILE_NAME);
    }

    @Test
    void oneAtATimeHasAByte() throws Exception {
        ProcessLock one = ProcessLock.in(directory);
        ProcessLock two = ProcessLock.in(directory);
        assertThat(two.fileKey()).isEqualTo(one.fileKey());
        assertThat(one.isFree(3)).isTrue();
        FileLock three = one.tryLock(3);
        assertThat(three).isNotNull();
        assertThat(one.tryLock(3)).isNull();
        assertThat(two.tryLock(3)).isNull();
        assertThat(one.isFree(3)).isFalse();
        assertThat(two.isFree(3)).isFalse();
        FileLock creation = two.tryLock(ProcessLock.CREATION);
        assertThat(creation).isNotNull();
        assertThat(two.isFree(4)).isTrue();
        assertThat(LockProbe.of(file(), 2, 3, 4, ProcessLock.CREATION))
                .containsExactly("free", "locked", "free", "locked");
        ProcessLock.release(three);
        assertThat(two.isFree(3)).isTrue();
        assertThat(LockProbe.of(file(), 3, ProcessLock.CREATION)).containsExactly("free", "locked");
        ProcessLock.release(creation);
    }

    @Test
    void askingAndReleasingOneByteLeavesTheOthersLocked() throws Exception {
        ProcessLock lock = ProcessLock.in(directory);
        FileLock kept = lock.tryLock(1);
        for (int i = 0; i < 100; i++) {
            assertThat(lock.isFree(0)).isTrue();
            assertThat(lock.isFree(1)).isFalse();
            ProcessLock.release(lock.tryLock(2));
        }
        assertThat(LockProbe.of(file(), 0, 1, 2)).containsExactly("free", "locked", "free");
        ProcessLock.release(kept);
    }

    @Test
    void theChannelSurvivesGarbageCollection() throws Exception {
        lockAndForget();
        WeakReference<Object> sentinel = new WeakReference<>(new Object());
        awaitCollected(sentinel);
        assertThat(LockProbe.of(file(), 5)).containsExactly("locked");
    }

    private void lockAndForget() throws Exception {
        assertThat(ProcessLock.in(directory).tryLock(5)).isNotNull();
    }

    @Test
    void theChannelSurvivesTheEndOfTheClassLoaderThatOpenedIt() throws Exception {
        WeakReference<ClassLoader> gone = lockInAClassLoaderOfItsOwn();
        awaitCollected(gone);
        awaitCollected(new WeakReference<>(new Object()));
        assertThat(LockProbe.of(file(), 5)).containsExactly("locked");
    }

    private WeakReference<ClassLoader> lockInAClassLoaderOfItsOwn() throws Exception {
        try (IsolatedClassLoader loader = IsolatedClassLoader.withEverything()) {
            Class<?> type = loader.loadClass(ProcessLock.class.getName());
            assertThat(type).isNotSameAs(ProcessLock.class);
            Method in = type.getDeclaredMethod("in", Path.class);
            in.setAccessible(true);
            Method tryLock = type.getDeclaredMethod("tryLock", int.class);
            tryLock.setAccessible(true);
            assertThat(tryLock.invoke(in.invoke(null, directory), 5)).isNotNull();
            return new WeakReference<>(loader);
        }
    }

    private static void awaitCollected(WeakReference<?> reference) {
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            System.gc();
            return reference.refersTo(null);
        });
    }

    @Test
    void interruptsWithinStorageCallsLoseNoLock() throws Exception {
        FileStorage storage = FileStorage.in(directory.resolve("app"));
        assertThat(storage.claim(5)).isTrue();
        everyCall(storage, "quiet");
        AtomicBoolean done = new AtomicBoolean();
        CompletableFuture<Void> result = new CompletableFuture<>();
        Thread worker = new Thread(() -> {
            try {
                for (int i = 0; i < 30; i++) {
                    Thread.currentThread().interrupt();
                    everyCall(storage, "v" + i);
                }
                result.complete(null);
            } catch (Throwable e) {
                result.completeExceptionally(e);
            } finally {
                done.set(true);
            }
        });
        worker.start();
        // Pauses from the shortest the kernel makes up to ones in which any call ends: it begins anew when it is
        // interrupted.
        for (long pause = 1; !done.get(); pause = pause < LONG_PAUSE_NS ? 2 * pause : 1) {
            worker.interrupt();
            LockSupport.parkNanos(pause);
        }
        result.join();
        worker.join();
        assertThat(storage.isFree(5)).isFalse();
        assertThat(storage.isFree(6)).isTrue();
        Path lockFile = directory.resolve("app").resolve(ProcessLock.FILE_NAME);
        assertThat(LockProbe.of(lockFile, 5, 6, ProcessLock.CREATION)).containsExactly("locked", "free", "free");
        storage.release(5);
    }

    private void everyCall(FileStorage storage, String name) {
        FileStorage.in(directory.resolve("app"));
        storage.lockCreation();
        try {
            String path = "values/" + name + ".dat";
            Segment made = storage.create(
                    path, 4096, Segments.header(4096, 1, 2, new Content(FileType.VALUE, 1, 0, name, "")));
            made.force();
            Segment opened = storage.open(path);
            assertThat(opened.key()).isEqualTo(made.key());
            assertThat(storage.list("values")).contains(name + ".dat");
            assertThat(storage.problems(List.of(opened))).isEmpty();
            assertThat(storage.size()).isPositive();
            assertThat(storage.bootId()).isNotEqualTo(new long[2]);
            storage.timeNamespace();
            assertThat(storage.location()).endsWith("app");
            assertThat(storage.setAside(path)).startsWith(path + ".damaged-");
            assertThat(storage.open(path)).isNull();
            storage.create(path, 4096, buffer -> {});
            storage.delete(path);
        } finally {
            storage.unlockCreation();
        }
        assertThat(storage.isFree(6)).isTrue();
        assertThat(storage.claim(6)).isTrue();
        storage.release(6);
        assertThat(storage.isFree(5)).isFalse();
    }

    @Test
    void aFileThatIsNotThereHasNoKey() throws Exception {
        assertThat(ProcessLock.fileKey(file())).isNull();
        ProcessLock lock = ProcessLock.in(directory);
        assertThat(ProcessLock.fileKey(file())).isEqualTo(lock.fileKey());
        Files.delete(file());
        assertThat(ProcessLock.fileKey(file())).isNull();
        assertThat(ProcessLock.in(directory).fileKey()).isNotEqualTo(lock.fileKey());
    }
}
