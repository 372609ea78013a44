package io.sharedstate.it.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sharedstate.Member;
import io.sharedstate.SharedState;
import io.sharedstate.SharedStateEvent;
import io.sharedstate.TooManyMembersException;
import io.sharedstate.mapped.MappedEngine;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is attached is who the kernel says is alive. */
class MemberTests {

    @TempDir(factory = SharedMemory.class)
    Path directory;

    @AutoClose
    final Workers workers = new Workers();

    /** Joins, and leaves when it is told. */
    static final class Attached implements Work {
        @Override
        public void run(Child child) throws Exception {
            try (SharedState state = child.open()) {
                Member self = state.members().self();
                state.members().announce("host-" + self.ordinal() + ":" + self.pid());
                child.say("joined", self.ordinal(), self.incarnation());
                child.hear();
            }
        }
    }

    private record Joined(Worker worker, int ordinal, long incarnation) {}

    private Joined join() {
        Worker worker = workers.fork(Attached.class, directory);
        String[] words = worker.expect("joined").split(" ", -1);
        return new Joined(worker, Integer.parseInt(words[0]), Long.parseLong(words[1]));
    }

    @Test
    void aMemberIsSeenAsItIs() {
        try (SharedState state = MappedEngine.at(directory).open()) {
            Instant before = Instant.now().minusSeconds(2);
            Joined joined = join();

            assertThat(state.members().all()).hasSize(2).element(1).satisfies(member -> {
                assertThat(member.ordinal()).isEqualTo(1);
                assertThat(member.incarnation())
                        .isEqualTo(joined.incarnation)
                        .isGreaterThan(state.members().self().incarnation());
                assertThat(member.pid()).isEqualTo(joined.worker.pid());
                assertThat(member.started()).isBetween(before, Instant.now().plusSeconds(2));
                assertThat(member.address()).isEqualTo("host-1:" + joined.worker.pid());
            });
        }
    }

    @Test
    void ordinalsComeBackAndTheListIsRightAfterEveryKill() {
        Random random = Seed.random(getClass());
        List<Joined> alive = new ArrayList<>();
        long newest = 0;
        try (SharedState state = MappedEngine.at(directory).open()) {
            for (int change = 0; change < 30; change++) {
                if (alive.size() < 2 || random.nextBoolean()) {
                    int free = 1;
                    for (alive.sort(Comparator.comparing(Joined::ordinal));
                            free <= alive.size() && alive.get(free - 1).ordinal == free;
                            free++) {}
                    Joined joined = join();
                    assertThat(joined.ordinal).as("the lowest that is free").isEqualTo(free);
                    assertThat(joined.incarnation).isGreaterThan(newest);
                    newest = joined.incarnation;
                    alive.add(joined);
                } else {
                    Joined victim = alive.remove(random.nextInt(alive.size()));
                    if (random.nextInt(4) == 0) {
                        victim.worker.tell("leave");
                        victim.worker.join();
                    } else {
                        victim.worker.kill();
                    }
                }
                alive.sort(Comparator.comparing(Joined::ordinal));
                assertThat(state.members().all().stream().skip(1).map(Member::incarnation))
                        .containsExactlyElementsOf(
                                alive.stream().map(Joined::incarnation).toList());
            }
        }
    }

    @Test
    void oneTooManyIsRefusedUntilAnotherDies() {
        try (SharedState first = MappedEngine.at(directory).maxMembers(3).open()) {
            Joined second = join();
            Joined third = join();
            assertThat(first.members().capacity()).isEqualTo(3);
            assertThatThrownBy(() -> MappedEngine.at(directory).open())
                    .isInstanceOf(TooManyMembersException.class)
                    .hasMessageContaining("3");

            second.worker.kill();

            try (SharedState again = MappedEngine.at(directory).open()) {
                assertThat(again.members().self().ordinal()).isEqualTo(second.ordinal);
                assertThat(again.members().all()).hasSize(3);
            }
            third.worker.tell("leave");
            third.worker.join();
            assertThat(first.members().all()).hasSize(1);
        }
    }

    @Test
    void aStoppedProcessIsShownAsHungAndNeverAsDead() {
        List<SharedStateEvent> events = new CopyOnWriteArrayList<>();
        try (SharedState state = MappedEngine.at(directory).open();
                SharedState observed = MappedEngine.observe(directory)) {
            state.addListener(events::add);
            Joined stopped = join();
            await().until(() -> events.size() == 1);
            assertThat(hung(state)).isEmpty();

            stopped.worker.stop();
            await().atMost(Duration.ofSeconds(60)).until(() -> !hung(state).isEmpty());
            assertThat(hung(state)).containsExactly(stopped.incarnation);
            assertThat(hung(observed)).containsExactly(stopped.incarnation);
            assertThat(state.members().isAlive(stopped.incarnation)).isTrue();
            assertThat(events).hasSize(1);

            stopped.worker.resume();
            await().atMost(Duration.ofSeconds(60)).until(() -> hung(state).isEmpty());
            stopped.worker.tell("leave");
            stopped.worker.join();
        }
    }

    private static List<Long> hung(SharedState state) {
        return state.members().all().stream()
                .filter(Member::isHung)
                .map(Member::incarnation)
                .toList();
    }

    @Test
    void listenersHearWhoJoinsLeavesAndDies() {
        List<SharedStateEvent> events = new CopyOnWriteArrayList<>();
        try (SharedState state = MappedEngine.at(directory).open()) {
            state.addListener(events::add);
            Joined leaving = join();
            Joined dying = join();
            await().atMost(Duration.ofSeconds(20)).until(() -> events.size() == 2);
            assertThat(events).allSatisfy(event -> assertThat(event).isInstanceOf(SharedStateEvent.MemberJoined.class));

            leaving.worker.tell("leave");
            leaving.worker.join();
            await().atMost(Duration.ofSeconds(20)).until(() -> events.size() == 3);
            dying.worker.kill();
            await().atMost(Duration.ofSeconds(20)).until(() -> events.size() == 4);

            assertThat(events.get(2))
                    .isInstanceOfSatisfying(
                            SharedStateEvent.MemberLeft.class,
                            left -> assertThat(left.member().incarnation()).isEqualTo(leaving.incarnation));
            assertThat(events.get(3))
                    .isInstanceOfSatisfying(
                            SharedStateEvent.MemberDied.class,
                            died -> assertThat(died.member().incarnation()).isEqualTo(dying.incarnation));
        }
    }
}
