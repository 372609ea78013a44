package io.sharedstate.it.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.Lease;
import io.sharedstate.LockStatus;
import io.sharedstate.Member;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedState;
import io.sharedstate.mapped.MappedEngine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is stopped is alive: in a debugger, a pause, or a suspended container. */
class StopTests {

    private static final Duration STOPPED = Duration.ofSeconds(30);

    @TempDir(factory = SharedMemory.class)
    Path directory;

    @AutoClose
    final Workers workers = new Workers();

    @AutoClose
    SharedState state;

    @BeforeEach
    void open() {
        state = MappedEngine.at(directory).open();
    }

    /** Locks, and unlocks when it is told. */
    static final class Holder implements Work {
        @Override
        public void run(Child child) throws Exception {
            try (SharedState state = child.open()) {
                child.say("joined", state.members().self().ordinal());
                try (Lease lease = state.lock("lock").acquire()) {
                    child.say("locked", lease.fencingToken(), lease.wasAbandoned());
                    child.hear();
                }
                child.say("unlocked");
                child.hear();
            }
        }
    }

    /** Locks and unlocks as often as it is told, and says so. */
    static final class Passer implements Work {
        @Override
        public void run(Child child) throws Exception {
            try (SharedState state = child.open()) {
                SharedLock lock = state.lock("lock");
                child.say("joined", state.members().self().ordinal());
                for (int times = Integer.parseInt(child.hear()); times > 0; times = Integer.parseInt(child.hear())) {
                    for (int i = 0; i < times; i++) {
                        lock.acquire().close();
                    }
                    child.say("passed");
                }
            }
        }
    }

    private Worker joined(Class<? extends Work> work) {
        Worker worker = workers.fork(work, directory);
        worker.expect("joined");
        return worker;
    }

    private static boolean tryLock(SharedLock lock, Duration timeout) throws InterruptedException {
        Optional<Lease> lease = lock.tryAcquire(timeout);
        lease.ifPresent(Lease::close);
        return lease.isPresent();
    }

    @Test
    void nobodyTakesTheLockOfAStoppedHolder() throws InterruptedException {
        SharedLock lock = state.lock("lock");
        Worker holder = joined(Holder.class);
        long token = Long.parseLong(holder.expect("locked").split(" ", -1)[0]);
        Worker waiter = joined(Holder.class);
        holder.stop();

        for (long end = System.nanoTime() + STOPPED.toNanos(); System.nanoTime() < end; ) {
            assertThat(lock.tryLock()).isFalse();
            assertThat(tryLock(lock, Duration.ofSeconds(1))).isFalse();
            assertThat(waiter.isSilent()).isTrue();
        }

        LockStatus status = lock.status();
        assertThat(status.fencingToken()).isEqualTo(token);
        assertThat(status.abandoned()).isFalse();
        assertThat(status.waiters()).isEqualTo(1);
        assertThat(status.holder()).isNotNull().satisfies(it -> {
            assertThat(it.alive()).isTrue();
            assertThat(it.member()).isNotNull().returns(holder.pid(), Member::pid);
            assertThat(it.age()).isGreaterThan(STOPPED.minusSeconds(1));
        });
        assertThat(state.members().all()).extracting(Member::pid).contains(holder.pid());

        holder.resume();
        holder.tell("unlock");
        holder.expect("unlocked");
        assertThat(waiter.expect("locked")).isEqualTo((token + 1) + " false");
        waiter.tell("unlock");
        waiter.expect("unlocked");
    }

    /** One that waits long reserves the next turn; if it then stops, its turn is skipped, and still there when it goes on. */
    @Test
    void aStoppedWaiterIsInNobodysWay() {
        SharedLock lock = state.lock("lock");
        Worker passer = joined(Passer.class);
        Worker waiter;
        try (Lease held = lock.acquire()) {
            waiter = joined(Holder.class);
            await().until(() -> lock.status().waiters() == 1);
            assertThat(waiter.isSilent()).isTrue();
            await().pollDelay(Duration.ofMillis(500)).until(waiter::isSilent);
            waiter.stop();
            assertThat(held.wasAbandoned()).isFalse();
        }

        passer.tell(200);
        passer.expect("passed", Duration.ofSeconds(30));
        for (int i = 0; i < 200; i++) {
            lock.acquire().close();
        }

        waiter.resume();
        waiter.expect("locked");
        waiter.tell("unlock");
        waiter.expect("unlocked");
    }

    @Test
    void aKilledWaiterIsInNobodysWay() {
        SharedLock lock = state.lock("lock");
        Worker passer = joined(Passer.class);
        Lease held = lock.acquire();
        Worker waiter = joined(Holder.class);
        await().until(() -> lock.status().waiters() == 1);
        await().pollDelay(Duration.ofMillis(500)).until(waiter::isSilent);
        waiter.kill();
        held.close();

        passer.tell(10_000);
        passer.expect("passed", Duration.ofSeconds(30));
        assertThat(lock.status().waiters()).isZero();
        assertThat(lock.status().abandoned()).isFalse();
    }

    /** Many threads of others keep a lock busy; one that waits among them gets its turn. */
    @Test
    void nobodyStarvesWhileOthersKeepTheLockBusy() throws InterruptedException {
        Worker first = joined(Passer.class);
        Worker second = joined(Passer.class);
        first.tell(100_000);
        second.tell(100_000);
        for (int turns = 0; first.isSilent() && second.isSilent(); turns++) {
            assertThat(tryLock(state.lock("lock"), Duration.ofSeconds(10)))
                    .as("turn %d", turns)
                    .isTrue();
        }
    }
}
