package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.Lease;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedState;
import io.sharedstate.mapped.layout.LockLayout;
import io.sharedstate.mapped.layout.MembersLayout;
import io.sharedstate.mapped.layout.TableLayout;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.AtomicBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The words of a lock's slot: who has reserved the next turn, and what a lost unlock leaves. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LockReservationTests {

    private static final int SLOT = TableLayout.LOCKS.slotOffset(0);
    private static final int OWNER = SLOT + LockLayout.OWNER_OFFSET;
    private static final int NEXT = SLOT + LockLayout.NEXT_OFFSET;

    Engine.Host host;
    SharedState one;
    SharedState two;
    SharedLock mine;
    SharedLock theirs;
    AtomicBuffer words;

    @BeforeEach
    void openTwo() {
        host = Engine.HEAP.host();
        one = host.open();
        two = host.open();
        mine = one.lock("orders");
        theirs = two.lock("orders");
        words = host.file("locks.0.dat");
    }

    @AfterEach
    void closeAll() throws Exception {
        host.close();
    }

    private static long ownerWord(SharedState state) {
        return MembersLayout.owner(
                state.members().self().incarnation(), state.members().self().ordinal());
    }

    @Test
    void aWaiterReservesTheNextTurnAndGivesTheReservationUpWhenItHasTheLock() throws Exception {
        mine.lock();
        CompletableFuture<Void> waiting = CompletableFuture.runAsync(() -> {
            theirs.lock();
            theirs.unlock();
        });
        await().until(() -> words.getLongVolatile(NEXT) == ownerWord(two));
        mine.unlock();
        waiting.get(30, TimeUnit.SECONDS);
        assertThat(words.getLongVolatile(NEXT)).isZero();
    }

    @Test
    void aWaiterThatGivesUpTakesItsReservationBack() throws Exception {
        mine.lock();
        CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return theirs.tryLock(300, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        await().pollDelay(java.time.Duration.ZERO)
                .pollInterval(java.time.Duration.ofMillis(1))
                .until(() -> words.getLongVolatile(NEXT) == ownerWord(two) || waiting.isDone());
        assertThat(waiting.get(30, TimeUnit.SECONDS)).isFalse();
        assertThat(words.getLongVolatile(NEXT)).isZero();
        mine.unlock();
    }

    @Test
    void aReservationOfALiveMemberThatDoesNotComeIsNotWaitedForForEver() {
        words.putLongVolatile(NEXT, ownerWord(two));
        mine.lock();
        assertThat(words.getLongVolatile(NEXT)).as("still theirs").isEqualTo(ownerWord(two));
        mine.unlock();
        theirs.lock();
        assertThat(words.getLongVolatile(NEXT)).isZero();
        theirs.unlock();
    }

    @Test
    void aReservationOfADeadMemberIsClearedByWhoComesNext() {
        words.putLongVolatile(NEXT, ownerWord(two));
        host.kill(two);
        mine.lock();
        assertThat(words.getLongVolatile(NEXT)).isZero();
        assertThat(mine.wasAbandoned()).isFalse();
        mine.unlock();
    }

    @Test
    void aReservationOfADeadMemberIsReplacedByAWaiters() throws Exception {
        SharedState third = host.open();
        mine.lock();
        words.putLongVolatile(NEXT, ownerWord(two));
        host.kill(two);
        CompletableFuture<Void> waiting = CompletableFuture.runAsync(() -> {
            third.lock("orders").lock();
            third.lock("orders").unlock();
        });
        await().until(() -> words.getLongVolatile(NEXT) == ownerWord(third));
        mine.unlock();
        waiting.get(30, TimeUnit.SECONDS);
    }

    @Test
    void anUnlockThatWasLostIsAdoptedAsAbandoned() {
        for (int round = 0; round < 2; round++) {
            mine.lock();
            mine.unlock();
            words.putLongVolatile(OWNER, ownerWord(one));
            assertThat(theirs.tryLock()).as("its process is alive").isFalse();
            if (round == 0) {
                mine.lock();
            } else {
                assertThat(mine.tryLock()).isTrue();
            }
            assertThat(mine.wasAbandoned()).isTrue();
            mine.markConsistent();
            mine.unlock();
        }
        assertThat(mine.status().abandonments()).isEqualTo(2);
    }

    @Test
    void anOwnerThatNeverWasIsTakenForDead() {
        words.putLongVolatile(OWNER, MembersLayout.DEAD_OWNER);
        try (Lease lease = mine.acquire()) {
            assertThat(lease.wasAbandoned()).isTrue();
        }
        words.putLongVolatile(OWNER, MembersLayout.owner(1, 1000));
        try (Lease lease = theirs.acquire()) {
            assertThat(lease.wasAbandoned()).isTrue();
        }
    }
}
