package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Consumer;

/**
 * For every operation, and every store of it: a member dies just before that store. Then the survivor finds the operation
 * wholly done or not at all, all invariants hold, and it and a newcomer can go on.
 */
abstract class Dying {

    /** What one run of an operation is about. */
    static final class Scene {

        final HeapMemory memory = new HeapMemory();
        final MappedState survivor = open(memory.attach());
        final Mortal process = new Mortal(memory);
        final HeapMemory.Attached storage = process.storage();
        MappedState victim;

        void join() {
            victim = open(storage);
        }

        void end() {
            survivor.close();
            if (victim != null) {
                victim.endThreads();
            }
        }
    }

    interface Check {
        void check(MappedState member, boolean completed);
    }

    static MappedState open(Storage storage) {
        return MappedEngine.heap().maxMembers(4).maxCounters(1030).maxLocks(300).open("heap", storage);
    }

    /** Runs an operation with a death before each of its stores, until it completes alive. */
    static void dieAtEveryStore(Consumer<MappedState> preparation, Consumer<MappedState> operation, Check check) {
        dieAtEveryStore(
                scene -> {
                    scene.join();
                    preparation.accept(scene.victim);
                },
                scene -> operation.accept(scene.victim),
                check,
                true);
    }

    static int dieAtEveryStore(Consumer<Scene> preparation, Consumer<Scene> operation, Check check, boolean asks) {
        for (int k = 1; ; k++) {
            Scene scene = new Scene();
            try {
                preparation.accept(scene);
                scene.process.dieBefore(k);
                boolean completed = false;
                try {
                    operation.accept(scene);
                    completed = true;
                } catch (Mortal.Death e) {
                    scene.storage.die();
                }
                assertThat(scene.process.isDead()).isNotEqualTo(completed);
                scene.survivor.checkInvariants();
                if (asks) {
                    check.check(scene.survivor, completed);
                    scene.survivor.checkInvariants();
                    MappedState newcomer = open(scene.memory.attach());
                    try {
                        check.check(newcomer, completed);
                        newcomer.checkInvariants();
                    } finally {
                        newcomer.close();
                    }
                }
                if (completed) {
                    assertThat(k).as("stores of the operation, and one more").isGreaterThan(1);
                    return k - 1;
                }
            } catch (AssertionError e) {
                throw new AssertionError("after a death before store " + k, e);
            } finally {
                scene.end();
            }
        }
    }
}
