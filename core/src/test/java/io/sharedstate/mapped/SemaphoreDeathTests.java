package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.Kind;
import io.sharedstate.SharedSemaphore;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Deaths of members while they acquire and release: the permits of the dead are there at once, and those of the living stay. */
class SemaphoreDeathTests extends Dying {

    private static final int PERMITS = 5;

    /** The victim has 2 permits and the survivor 1, which it releases after the death. */
    private static int dying(Consumer<SharedSemaphore> operation, int heldThen) {
        return dieAtEveryStore(
                scene -> {
                    scene.join();
                    assertThat(semaphore(scene.victim).tryAcquire(2)).isTrue();
                    assertThat(semaphore(scene.survivor).tryAcquire(1)).isTrue();
                },
                scene -> operation.accept(semaphore(scene.victim)),
                (member, completed) -> {
                    SharedSemaphore semaphore = semaphore(member);
                    boolean isSurvivor = member.members().self().ordinal() == 0;
                    int held = completed ? heldThen : 0;
                    assertThat(semaphore.status().inUse()).isEqualTo(isSurvivor ? held + 1 : held);
                    if (isSurvivor) {
                        semaphore.release();
                    }
                    int left = PERMITS - held;
                    assertThat(semaphore.availablePermits()).isEqualTo(left);
                    assertThat(semaphore.tryAcquire(left)).isTrue();
                    assertThat(semaphore.tryAcquire()).isFalse();
                    semaphore.release(left);
                },
                true);
    }

    private static SharedSemaphore semaphore(MappedState member) {
        return member.semaphore("calls", PERMITS);
    }

    @Test
    void acquiring() {
        int stores = dying(semaphore -> assertThat(semaphore.tryAcquire(2)).isTrue(), 4);
        assertThat(stores).isGreaterThan(3);
    }

    @Test
    void acquiringWhatIsNotThere() {
        dying(semaphore -> assertThat(semaphore.tryAcquire(3)).isFalse(), 2);
    }

    @Test
    void waiting() {
        dying(
                semaphore -> {
                    try {
                        assertThat(semaphore.tryAcquire(4, Duration.ofMillis(1)))
                                .isFalse();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                },
                2);
    }

    @Test
    void releasing() {
        assertThat(dying(semaphore -> semaphore.release(1), 1)).isEqualTo(1);
    }

    /** It dies with the ordinal of one that had died with permits, whose count it finds. */
    @Test
    void acquiringWithTheOrdinalOfOneThatDied() {
        dieAtEveryStore(
                scene -> {
                    HeapMemory.Attached process = scene.memory.attach();
                    MappedState first = open(process);
                    assertThat(semaphore(first).tryAcquire(3)).isTrue();
                    process.die();
                    first.endThreads();
                    scene.join();
                    assertThat(scene.victim.members().self().ordinal()).isEqualTo(1);
                },
                scene -> assertThat(semaphore(scene.victim).tryAcquire(4)).isTrue(),
                (member, completed) -> {
                    int left = completed ? 1 : PERMITS;
                    assertThat(semaphore(member).availablePermits()).isEqualTo(left);
                    assertThat(semaphore(member).tryAcquire(left)).isTrue();
                    semaphore(member).release(left);
                },
                true);
    }

    @Test
    void creating() {
        dieAtEveryStore(victim -> {}, victim -> victim.semaphore("calls", PERMITS), (member, completed) -> {
            assertThat(member.names(Kind.SEMAPHORE)).isSubsetOf("calls");
            assertThat(semaphore(member).tryAcquire(PERMITS)).isTrue();
            assertThat(semaphore(member).status().permits()).isEqualTo(PERMITS);
            semaphore(member).release(PERMITS);
        });
    }

    @Test
    void removing() {
        dieAtEveryStore(
                SemaphoreDeathTests::semaphore,
                victim -> victim.remove(Kind.SEMAPHORE, "calls"),
                (member, completed) -> {
                    assertThat(semaphore(member).tryAcquire(PERMITS)).isTrue();
                    semaphore(member).release(PERMITS);
                    assertThat(member.names(Kind.SEMAPHORE)).containsExactly("calls");
                });
    }
}
