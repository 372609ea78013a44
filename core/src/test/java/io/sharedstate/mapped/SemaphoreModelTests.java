package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sharedstate.Member;
import io.sharedstate.SemaphoreStatus.Holder;
import io.sharedstate.SharedSemaphore;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Members and plain numbers do the same at random, and members die, leave and join; {@code -Dsharedstate.test.seed=...} repeats it. */
class SemaphoreModelTests {

    private static final int STEPS = 100_000;
    private static final int MEMBERS = 4;
    private static final int PERMITS = 10;

    private final HeapMemory memory = new HeapMemory();

    private final class Process {

        final HeapMemory.Attached storage = memory.attach();
        final MappedState state = MappedEngine.heap().maxMembers(MEMBERS).open("heap", storage);
        final SharedSemaphore semaphore = state.semaphore("calls", PERMITS);
        int held;

        Member member() {
            return state.members().self();
        }

        void die() {
            storage.die();
            state.endThreads();
        }
    }

    @Test
    void countsWhatTheLivingHold() {
        long seed = Long.getLong("sharedstate.test.seed", System.nanoTime());
        System.out.printf("SemaphoreModelTests: -Dsharedstate.test.seed=%d%n", seed);
        Random random = new Random(seed);
        List<Process> alive = new ArrayList<>(List.of(new Process()));
        int deaths = 0;
        for (int step = 0; step < STEPS; step++) {
            Process process = alive.get(random.nextInt(alive.size()));
            int inUse = alive.stream().mapToInt(each -> each.held).sum();
            int wanted = 1 + random.nextInt(PERMITS);
            switch (random.nextInt(20)) {
                case 0 -> {
                    if (alive.size() < MEMBERS) {
                        alive.add(new Process());
                    }
                }
                case 1 -> {
                    if (alive.size() > 1) {
                        process.die();
                        alive.remove(process);
                        deaths++;
                    }
                }
                case 2 -> {
                    if (alive.size() > 1 && process.held == 0) {
                        process.state.close();
                        alive.remove(process);
                    }
                }
                case 3, 4, 5, 6, 7, 8, 9 -> {
                    if (wanted <= process.held) {
                        process.semaphore.release(wanted);
                        process.held -= wanted;
                    } else {
                        assertThatThrownBy(() -> process.semaphore.release(wanted))
                                .isInstanceOf(IllegalStateException.class);
                    }
                }
                case 10 -> assertThat(process.semaphore.availablePermits()).isEqualTo(PERMITS - inUse);
                case 11 ->
                    assertThat(process.semaphore.status().holders())
                            .containsExactlyInAnyOrderElementsOf(alive.stream()
                                    .filter(each -> each.held > 0)
                                    .map(each -> new Holder(each.member(), each.held))
                                    .toList());
                default -> {
                    boolean acquired = process.semaphore.tryAcquire(wanted);
                    assertThat(acquired).as("step %d", step).isEqualTo(inUse + wanted <= PERMITS);
                    process.held += acquired ? wanted : 0;
                }
            }
            if (step % 1_000 == 0) {
                process.state.checkInvariants();
            }
        }
        assertThat(deaths).isGreaterThan(STEPS / 100);
        alive.forEach(Process::die);
    }
}
