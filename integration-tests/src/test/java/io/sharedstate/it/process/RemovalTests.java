package io.sharedstate.it.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.sharedstate.Kind;
import io.sharedstate.Lease;
import io.sharedstate.SharedAdder;
import io.sharedstate.SharedCounter;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedRegion;
import io.sharedstate.SharedState;
import io.sharedstate.SharedValue;
import io.sharedstate.mapped.MappedEngine;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names are removed, and made anew, while other processes hold what they stood for. */
class RemovalTests {

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

    /** Holds on to one of each kind, and uses them when it is told. */
    static final class Keeper implements Work {
        @Override
        public void run(Child child) throws Exception {
            try (SharedState state = child.open()) {
                SharedCounter counter = state.counter("it", 10);
                SharedAdder adder = state.adder("it");
                SharedLock lock = state.lock("it");
                SharedValue<String> value = state.value("it", String.class);
                SharedRegion region = state.region("it", 64);
                value.set("first");
                while (true) {
                    child.say("ready");
                    switch (child.hear()) {
                        case "use" -> {
                            long counted = counter.incrementAndGet();
                            adder.increment();
                            lock.acquire().close();
                            child.say("used", counted, adder.sum(), String.valueOf(value.getAndSet("used")));
                        }
                        case "lock" -> {
                            try (Lease lease = lock.acquire();
                                    Lease inner = region.lock().acquire()) {
                                child.say("locked", Math.min(lease.fencingToken(), inner.fencingToken()));
                                child.hear();
                            }
                        }
                        case "buffer" -> {
                            try {
                                region.buffer();
                                child.say("had");
                            } catch (IllegalStateException e) {
                                child.say("refused", String.valueOf(e.getMessage()));
                            }
                        }
                        default -> {
                            return;
                        }
                    }
                }
            }
        }
    }

    @Test
    void handlesGoOnWithTheNewStateOfTheirName() {
        Worker keeper = workers.fork(Keeper.class, directory);
        keeper.expect("ready");
        keeper.tell("use");
        keeper.expect("used 11 1 first");
        keeper.expect("ready");

        for (Kind kind : List.of(Kind.COUNTER, Kind.ADDER, Kind.LOCK, Kind.VALUE)) {
            assertThat(state.remove(kind, "it")).as("%s", kind).isTrue();
            assertThat(state.names(kind)).isEmpty();
            assertThat(state.remove(kind, "it")).as("%s again", kind).isFalse();
        }
        SharedCounter counter = state.counter("it", 100);
        assertThat(counter.get()).isEqualTo(100);
        assertThat(state.adder("it").sum()).isZero();
        assertThat(state.value("it", String.class).get()).isNull();
        state.value("it", String.class).set("second");
        SharedLock lock = state.lock("it");

        keeper.tell("use");
        keeper.expect("used 101 1 second");
        keeper.expect("ready");
        assertThat(counter.get()).isEqualTo(101);
        assertThat(state.adder("it").sum()).isEqualTo(1);
        assertThat(state.value("it", String.class).get()).isEqualTo("used");

        keeper.tell("lock");
        keeper.expect("locked");
        assertThat(lock.tryLock()).as("both mean the same lock").isFalse();
    }

    @Test
    void aRegionsBufferIsNotHadAgain() {
        Worker keeper = workers.fork(Keeper.class, directory);
        keeper.expect("ready");
        keeper.tell("buffer");
        keeper.expect("had");
        keeper.expect("ready");

        assertThat(state.remove(Kind.REGION, "it")).isTrue();

        keeper.tell("buffer");
        assertThat(keeper.expect("refused")).contains("it");
        assertThat(state.region("it", 128).capacity()).isEqualTo(128);
        assertThat(state.region("it", 128).buffer().getLong(0)).isZero();
    }

    @Test
    void whatIsLockedIsNotRemoved() {
        Worker keeper = workers.fork(Keeper.class, directory);
        keeper.expect("ready");
        keeper.tell("lock");
        keeper.expect("locked");

        assertThatIllegalStateException().isThrownBy(() -> state.remove(Kind.LOCK, "it"));
        assertThatIllegalStateException().isThrownBy(() -> state.remove(Kind.REGION, "it"));
        assertThat(state.names(Kind.LOCK)).contains("it");

        keeper.kill();
        try (Lease lease = state.lock("it").acquire()) {
            assertThat(lease.wasAbandoned()).isTrue();
        }
    }

    /** Counts, locks and sets a few names that it and others also remove, for as long as it isn't told to stop. */
    static final class Remover implements Work {
        @Override
        public void run(Child child) throws Exception {
            Random random = new Random(child.number(0));
            try (SharedState state = child.open()) {
                SharedCounter bystander = state.counter("bystander");
                long counted = 0;
                child.say("ready");
                while (!child.hasHeard()) {
                    String name = "name-" + random.nextInt(4);
                    switch (random.nextInt(6)) {
                        case 0 -> state.counter(name).incrementAndGet();
                        case 1 -> state.adder(name).increment();
                        case 2 -> state.lock(name).acquire().close();
                        case 3 ->
                            state.value(name, Checked.CODEC, Checked.MAX_SIZE)
                                    .updateAndGet(old -> Checked.after(old, random));
                        case 4 ->
                            state.value(name, Checked.CODEC, Checked.MAX_SIZE).get();
                        default -> {
                            Kind kind = List.of(Kind.values()).get(random.nextInt(4));
                            try {
                                state.remove(kind, name);
                            } catch (IllegalStateException e) {
                                // locked by another just now
                            }
                        }
                    }
                    bystander.incrementAndGet();
                    counted++;
                }
                child.say("counted", counted);
            }
        }
    }

    @Test
    void othersAreNotTouchedByNamesThatComeAndGo() {
        Random random = Seed.random(getClass());
        List<Worker> all = List.of(
                workers.fork(Remover.class, directory, random.nextInt()),
                workers.fork(Remover.class, directory, random.nextInt()),
                workers.fork(Remover.class, directory, random.nextInt()));
        all.forEach(worker -> worker.expect("ready"));
        Guarded guarded = new Guarded(state, "guarded");
        long end = System.nanoTime() + 3_000_000_000L;
        long times = 0;
        while (System.nanoTime() < end) {
            guarded.count();
            times++;
        }
        all.forEach(worker -> worker.tell("stop"));
        long counted =
                all.stream().mapToLong(worker -> worker.expectNumber("counted")).sum();
        all.forEach(Worker::join);
        assertThat(state.counter("bystander").get()).isEqualTo(counted);
        assertThat(guarded.counted()).isEqualTo(times);
        assertThat(state.problems()).isEmpty();
    }
}
