package io.sharedstate.autoconfigure.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sharedstate.MapFullException;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.Place;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** The locks of two members. */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
@ParameterizedClass
@EnumSource(names = {"MAPPED", "REDIS"})
class SharedLockRegistryTests {

    private static final String KEY = "file:/in/Bestellung Nr. 7 (ö).csv";

    @Parameter
    Place.Engine engine;

    private Place place;

    private final ExecutorService elsewhere = Executors.newCachedThreadPool();
    private SharedState state;
    private SharedState other;
    private SharedLockRegistry registry;
    private SharedLockRegistry others;

    @BeforeEach
    void open() {
        place = engine.place();
        state = place.open();
        other = place.open();
        registry = new SharedLockRegistry(state);
        others = new SharedLockRegistry(other);
    }

    @AfterEach
    void close() {
        elsewhere.shutdownNow();
        place.close();
    }

    private boolean isFree(SharedLockRegistry registry, String key) throws Exception {
        return elsewhere
                .submit(() -> {
                    Lock lock = registry.obtain(key);
                    boolean free = lock.tryLock();
                    if (free) {
                        lock.unlock();
                    }
                    return free;
                })
                .get();
    }

    private void awaitLocked(SharedLockRegistry registry) {
        await().until(() -> !isFree(registry, KEY));
    }

    @Test
    void aLockExcludesOtherThreadsAndOtherMembers() throws Exception {
        Lock lock = registry.obtain(KEY);
        lock.lock();
        assertThat(isFree(registry, KEY)).isFalse();
        assertThat(isFree(others, KEY)).isFalse();
        assertThat(others.obtain(KEY).tryLock())
                .as("the same thread, as another member")
                .isFalse();
        assertThat(isFree(others, KEY + "x")).isTrue();
        lock.unlock();
        assertThat(isFree(others, KEY)).isTrue();
    }

    @Test
    void nothingIsLostThatIsCountedBehindALock() throws Exception {
        int[] count = {0};
        List<Future<?>> threads = new ArrayList<>();
        for (SharedLockRegistry each : List.of(registry, others, registry, others)) {
            threads.add(elsewhere.submit(() -> {
                for (int i = 0; i < 500; i++) {
                    each.executeLocked(KEY, () -> {
                        int before = count[0];
                        Thread.yield();
                        count[0] = before + 1;
                    });
                }
                return null;
            }));
        }
        for (Future<?> thread : threads) {
            thread.get();
        }
        assertThat(count[0]).isEqualTo(2000);
    }

    @Test
    void aThreadMayLockAgainWithWhateverObjectItObtains() throws Exception {
        registry.obtain(KEY).lock();
        assertThat(registry.obtain(KEY).tryLock()).isTrue();
        assertThat(registry.obtain(KEY).tryLock(1, TimeUnit.SECONDS)).isTrue();
        registry.obtain(KEY).unlock();
        registry.obtain(KEY).unlock();
        assertThat(isFree(others, KEY)).isFalse();
        registry.obtain(KEY).unlock();
        assertThat(isFree(others, KEY)).isTrue();
    }

    @Test
    void aThreadThatDoesNotHoldTheLockCanNotUnlockIt() {
        assertThatThrownBy(() -> registry.obtain(KEY).unlock())
                .isInstanceOf(IllegalMonitorStateException.class)
                .hasMessageContaining(KEY)
                .hasMessageContaining(Thread.currentThread().getName());
        others.obtain(KEY).lock();
        assertThatThrownBy(() -> registry.obtain(KEY).unlock()).isInstanceOf(IllegalMonitorStateException.class);
    }

    @Test
    void waitingEndsWhenTheLockIsFreed() {
        registry.obtain(KEY).lock();
        Future<?> waiting = elsewhere.submit(() -> others.obtain(KEY).lock());
        assertThatThrownBy(() -> waiting.get(50, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        registry.obtain(KEY).unlock();
        await().until(waiting::isDone);
        assertThat(registry.obtain(KEY).tryLock()).isFalse();
    }

    @Test
    void waitingEndsWithTheTimeThatWasGiven() throws Exception {
        others.obtain(KEY).lock();
        long begun = System.nanoTime();
        assertThat(registry.obtain(KEY).tryLock(20, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(System.nanoTime() - begun).isGreaterThanOrEqualTo(20_000_000);
        assertThatThrownBy(() -> registry.executeLocked(KEY, Duration.ofMillis(1), () -> {}))
                .isInstanceOf(TimeoutException.class);
    }

    @Test
    void waitingCanBeInterrupted() {
        others.obtain(KEY).lock();
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Thread waiting = new Thread(() -> {
            try {
                registry.obtain(KEY).lockInterruptibly();
            } catch (Throwable e) {
                thrown.complete(e);
            }
        });
        waiting.start();
        waiting.interrupt();
        await().until(thrown::isDone);
        assertThat(thrown).isCompletedWithValueMatching(InterruptedException.class::isInstance);
    }

    @Test
    void anInterruptIsKeptByALockThatCanNotBeInterrupted() throws Exception {
        others.obtain(KEY).lock();
        CountDownLatch interrupted = new CountDownLatch(1);
        Future<Boolean> waiting = elsewhere.submit(() -> {
            Thread.currentThread().interrupt();
            interrupted.countDown();
            registry.obtain(KEY).lock();
            return Thread.currentThread().isInterrupted();
        });
        interrupted.await();
        assertThatThrownBy(() -> waiting.get(20, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        others.obtain(KEY).unlock();
        assertThat(waiting.get()).isTrue();
    }

    @Test
    void aLockIsFreeAtOnceWhenItsHolderIsGone(CapturedOutput output) {
        others.obtain(KEY).lock();
        Future<?> waiting = elsewhere.submit(() -> registry.obtain(KEY).lock());
        awaitLocked(registry);
        assertThat(waiting).isNotDone();
        other.close();
        await().until(waiting::isDone);
        other = place.open();
        awaitLocked(new SharedLockRegistry(other));
        assertThat(output).contains(KEY, "the process that held it has died");
    }

    @Test
    void aLockTakesRoomWhileItIsHeldOnly() throws Exception {
        for (int i = 0; i < 100_000; i++) {
            registry.executeLocked("message " + i, () -> {});
        }
        assertThat(state.mapStatistics(SharedLockRegistry.MAP))
                .hasValueSatisfying(map -> assertThat(map.entries()).isZero());
    }

    @Test
    void whatTheDeadHaveLeftMakesRoomForOthers() {
        place.assumeThatMapsHaveBounds();
        int room;
        try (SharedState dead = place.open()) {
            room = fill(new SharedLockRegistry(dead), "dead message").size();
        }
        assertThat(room).isGreaterThan(2000);
        List<Lock> held = fill(registry, "message");
        assertThat(held).hasSizeGreaterThan(room * 9 / 10);

        Lock again = registry.obtain("a key of a message with the number 0");
        again.lock();
        again.unlock();
        held.forEach(Lock::unlock);
        assertThat(others.obtain(KEY).tryLock()).isTrue();
    }

    /** Locks as many keys as there is room for. */
    private static List<Lock> fill(SharedLockRegistry registry, String kind) {
        List<Lock> held = new ArrayList<>();
        assertThatThrownBy(() -> {
                    while (true) {
                        Lock lock = registry.obtain("a key of a " + kind + " with the number " + held.size());
                        assertThat(lock.tryLock()).isTrue();
                        held.add(lock);
                    }
                })
                .isInstanceOf(MapFullException.class);
        return held;
    }

    @Test
    void refusesAKeyThatMayNotBeTheSameInAllProcesses() {
        assertThatThrownBy(() -> registry.obtain(new Object()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("java.lang.Object")
                .hasMessageContaining("expected a String");
    }

    @Test
    void hasNoConditions() {
        Lock lock = registry.obtain(KEY);
        assertThatThrownBy(lock::newCondition).isInstanceOf(UnsupportedOperationException.class);
    }
}
