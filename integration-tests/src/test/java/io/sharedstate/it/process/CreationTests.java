package io.sharedstate.it.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.Kind;
import io.sharedstate.Lease;
import io.sharedstate.Member;
import io.sharedstate.SharedState;
import io.sharedstate.mapped.MappedEngine;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many create the same things at the same moment, or die doing it. */
class CreationTests {

    @TempDir(factory = SharedMemory.class)
    Path parent;

    @AutoClose
    final Workers workers = new Workers();

    /** Told the name of a directory, it creates all it can in it. */
    static final class Creator implements Work {
        @Override
        public void run(Child child) throws Exception {
            child.say("ready");
            while (true) {
                Path directory = child.directory().resolve(child.hear());
                try (SharedState state = MappedEngine.at(directory).open()) {
                    long counted = state.counter("counter", 100).incrementAndGet();
                    state.adder("adder").increment();
                    try (Lease lease = state.region("region", 4096).lock().acquire()) {
                        state.region("region", 4096).buffer().getAndAddLong(4088, lease.fencingToken() > 0 ? 1 : 0);
                    }
                    state.value("value", String.class).updateAndGet(old -> (old == null ? "" : old) + "x");
                    child.say("created", state.members().self().ordinal(), counted);
                    child.hear();
                }
                child.say("left");
            }
        }
    }

    @Test
    void sixteenProcessesCreateTheSameDirectoryAtOnce() {
        int processes = 16;
        List<Worker> all = workers.fork(processes, Creator.class, parent);
        all.forEach(worker -> worker.expect("ready"));

        for (int round = 0; round < 20; round++) {
            String name = "round-" + round;
            all.forEach(worker -> worker.tell(name));
            List<String[]> created = all.stream()
                    .map(worker -> worker.expect("created").split(" ", -1))
                    .toList();

            assertThat(created)
                    .extracting(words -> Integer.valueOf(words[0]))
                    .as("ordinals")
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.range(0, processes).boxed().toList());
            assertThat(created)
                    .extracting(words -> Integer.valueOf(words[1]))
                    .as("counted values")
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.rangeClosed(101, 100 + processes).boxed().toList());
            try (SharedState state = MappedEngine.at(parent.resolve(name)).open()) {
                assertThat(state.members().all())
                        .extracting(Member::ordinal)
                        .containsExactlyElementsOf(
                                IntStream.rangeClosed(0, processes).boxed().toList());
                assertThat(state.members().all())
                        .extracting(Member::incarnation)
                        .doesNotHaveDuplicates();
                assertThat(state.adder("adder").sum()).isEqualTo(processes);
                assertThat(state.region("region", 4096).buffer().getLong(4088)).isEqualTo(processes);
                assertThat(state.value("value", String.class).get()).isEqualTo("x".repeat(processes));
                assertThat(state.problems()).isEmpty();
            }
            all.forEach(worker -> worker.tell("leave"));
            all.forEach(worker -> worker.expect("left"));
        }
    }

    /** Whoever dies while it creates leaves nothing that the next one can't put right. */
    @Test
    void creatorsThatDieLeaveNothingInTheWayOfOthers() {
        Random random = Seed.random(getClass());
        for (int round = 0; round < 25; round++) {
            String name = "dying-" + round;
            List<Worker> dying = workers.fork(3, Creator.class, parent);
            dying.forEach(worker -> worker.expect("ready"));
            dying.forEach(worker -> worker.tell(name));
            for (Worker worker : dying) {
                LockSupport.parkNanos(random.nextLong(TimeUnit.MILLISECONDS.toNanos(15)));
                worker.kill();
            }
            long created = dying.stream()
                    .flatMap(worker -> worker.said().stream())
                    .filter(line -> line.startsWith("created"))
                    .count();

            try (SharedState state = MappedEngine.at(parent.resolve(name)).open()) {
                assertThat(state.members().all()).hasSize(1);
                assertThat(state.members().self().ordinal()).isZero();
                assertThat(state.counter("counter", 100).get()).isBetween(100 + created, 103L);
                assertThat(state.adder("adder").sum()).isBetween(created, 3L);
                state.region("region", 4096).lock().acquire().close();
                assertThat(state.region("region", 4096).buffer().getLong(4088)).isBetween(created, 3L);
                state.value("value", String.class).updateAndGet(old -> (old == null ? "" : old) + "x");
                assertThat(state.value("value", String.class).get())
                        .matches("x+")
                        .hasSizeBetween(Math.toIntExact(created) + 1, 4);
                assertThat(state.names(Kind.VALUE)).containsExactly("value");
                assertThat(state.names(Kind.REGION)).containsExactly("region");
                assertThat(state.problems()).isEmpty();
            }
        }
    }
}
