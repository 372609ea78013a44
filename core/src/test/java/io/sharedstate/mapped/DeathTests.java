package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.Kind;
import io.sharedstate.Lease;
import io.sharedstate.Member;
import io.sharedstate.RateLimit;
import io.sharedstate.SharedCounter;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedRateLimiter;
import io.sharedstate.SharedValue;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Deaths of members, and while they use counters, adders, locks and values. */
class DeathTests extends Dying {

    private static final RateLimit HOURLY = RateLimit.of(20, Duration.ofHours(1));

    // members

    @Test
    void joining() {
        int stores = dieAtEveryStore(
                scene -> {},
                Scene::join,
                (member, completed) -> {
                    Member self = member.members().self();
                    assertThat(member.members().all()).hasSize(completed ? 2 + self.ordinal() / 2 : 1 + self.ordinal());
                    assertThat(self.ordinal()).isEqualTo(self.incarnation() == 1 ? 0 : completed ? 2 : 1);
                },
                true);
        assertThat(stores).isGreaterThan(8);
    }

    @Test
    void creatingTheDirectory() {
        for (int k = 1; ; k++) {
            HeapMemory memory = new HeapMemory();
            Mortal process = new Mortal(memory);
            HeapMemory.Attached storage = process.storage();
            process.dieBefore(k);
            MappedState first = null;
            try {
                first = open(storage);
            } catch (Mortal.Death e) {
                storage.die();
            }
            MappedState second = open(memory.attach());
            assertThat(second.members().self().ordinal()).isEqualTo(first == null ? 0 : 1);
            assertThat(second.counter("hits").incrementAndGet()).isEqualTo(1);
            second.checkInvariants();
            second.close();
            if (first != null) {
                first.endThreads();
                assertThat(k).isGreaterThan(40);
                return;
            }
        }
    }

    @Test
    void leaving() {
        dieAtEveryStore(
                victim -> victim.adder("sum").add(5),
                MappedState::close,
                (member, completed) -> assertThat(member.adder("sum").sum()).isEqualTo(5));
    }

    @Test
    void announcing() {
        dieAtEveryStore(
                victim -> victim.members().announce("a:1"),
                victim -> victim.members().announce("localhost:8080"),
                (member, completed) -> assertThat(member.members().all())
                        .filteredOn(each -> each.address() != null)
                        .allMatch(each -> completed && "localhost:8080".equals(each.address())));
    }

    @Test
    void announcingListeners() {
        dieAtEveryStore(
                victim -> victim.members().announceListeners(List.of(1L, 2L)),
                victim -> victim.members().announceListeners(List.of(3L)),
                (member, completed) -> assertThat(member.members().all())
                        .flatExtracting(Member::listeners)
                        .isSubsetOf(completed ? List.of(3L) : List.of(1L, 2L, 3L)));
    }

    // counters

    @Test
    void creatingACounter() {
        dieAtEveryStore(victim -> {}, victim -> victim.counter("stock", 100), (member, completed) -> {
            boolean exists = member.names(Kind.COUNTER).contains("stock");
            assertThat(exists || !completed).isTrue();
            assertThat(member.counter("stock", 100).get()).isEqualTo(100);
            assertThat(member.names(Kind.COUNTER)).containsExactly("stock");
        });
    }

    @Test
    void creatingACounterInANewChunk() {
        dieAtEveryStore(
                victim -> {
                    for (int i = 0; i < 1024; i++) {
                        victim.counter("c" + i);
                    }
                },
                victim -> victim.counter("stock", 100),
                (member, completed) -> {
                    assertThat(member.counter("stock", 100).get()).isEqualTo(100);
                    assertThat(member.names(Kind.COUNTER)).hasSize(1025);
                });
    }

    @Test
    void changingACounter() {
        atomic(counter -> counter.addAndGet(7), 12);
        atomic(counter -> counter.set(9), 9);
        atomic(counter -> counter.getAndSet(9), 9);
        atomic(counter -> counter.tryAdd(-5, 0, 10), 0);
        atomic(counter -> counter.updateAndGet(value -> value * 2), 10);
        atomic(counter -> counter.compareAndSet(5, 8), 8);
        atomic(counter -> counter.reset(), 3);
    }

    private void atomic(Consumer<SharedCounter> operation, long after) {
        dieAtEveryStore(
                victim -> victim.counter("stock", 3).set(5),
                victim -> operation.accept(victim.counter("stock")),
                (member, completed) -> assertThat(member.counter("stock").get()).isEqualTo(completed ? after : 5));
    }

    @Test
    void removingACounter() {
        dieAtEveryStore(
                victim -> victim.counter("stock", 3).set(5),
                victim -> victim.remove(Kind.COUNTER, "stock"),
                (member, completed) -> {
                    if (member.names(Kind.COUNTER).contains("stock")) {
                        assertThat(completed).isFalse();
                        assertThat(member.counter("stock").get()).isEqualTo(5);
                        member.remove(Kind.COUNTER, "stock");
                    }
                    assertThat(member.counter("stock", 8).get()).isEqualTo(8);
                    member.remove(Kind.COUNTER, "stock");
                });
    }

    @Test
    void usingARemovedSlotForAnotherName() {
        dieAtEveryStore(
                scene -> {
                    for (int i = 0; i < 1030; i++) {
                        scene.survivor.counter("c" + i);
                    }
                    scene.survivor.remove(Kind.COUNTER, "c5");
                    MappedState replaced = scene.survivor;
                    scene.join();
                    replaced.counter("c5", 1).set(3); // its own name: at once
                    replaced.remove(Kind.COUNTER, "c5");
                    replaced.close();
                    scene.victim.close();
                    scene.join(); // nobody left who knew c5
                },
                scene -> scene.victim.counter("a-longer-name", 7),
                (member, completed) -> {},
                false);
    }

    // adders

    @Test
    void creatingAnAdder() {
        dieAtEveryStore(
                victim -> {},
                victim -> victim.adder("sum").add(5),
                (member, completed) -> assertThat(member.adder("sum").sum()).isEqualTo(completed ? 5 : 0));
    }

    @Test
    void resettingAnAdder() {
        long[] returned = new long[1];
        dieAtEveryStore(
                victim -> {
                    returned[0] = 0;
                    victim.adder("sum").add(5);
                },
                victim -> returned[0] = victim.adder("sum").sumThenReset(),
                (member, completed) -> {
                    assertThat(member.adder("sum").sum()).isEqualTo(completed ? 0 : 5);
                    assertThat(returned[0]).isEqualTo(completed ? 5 : 0);
                });
    }

    @Test
    void removingAnAdder() {
        dieAtEveryStore(
                victim -> victim.adder("sum").add(5),
                victim -> victim.remove(Kind.ADDER, "sum"),
                (member, completed) -> {
                    boolean exists = member.names(Kind.ADDER).contains("sum");
                    assertThat(exists && completed && member.adder("sum").sum() == 5)
                            .isFalse();
                    assertThat(member.adder("sum").sum()).isIn(0L, 5L);
                });
    }

    // rate limiters

    @Test
    void creatingARateLimiter() {
        dieAtEveryStore(victim -> {}, victim -> victim.rateLimiter("mail", HOURLY), (member, completed) -> {
            assertThat(member.names(Kind.RATE_LIMITER)).isSubsetOf("mail");
            SharedRateLimiter limiter = member.rateLimiter("mail", HOURLY);
            assertThat(limiter.tryAcquire(HOURLY.burst())).isTrue();
            limiter.reset();
        });
    }

    @Test
    void takingPermits() {
        dieAtEveryStore(
                victim -> victim.rateLimiter("mail", HOURLY).tryAcquire(5),
                victim -> victim.rateLimiter("mail", HOURLY).tryAcquire(7),
                (member, completed) -> assertThat(
                                member.rateLimiter("mail", HOURLY).request(16))
                        .extracting(SharedRateLimiter.Answer::acquired, SharedRateLimiter.Answer::remaining)
                        .containsExactly(false, completed ? 8L : 15L));
    }

    // locks

    /** Two numbers that a lock guards: they are equal whenever nobody is inside. */
    private static final class Guarded {

        final SharedLock lock;
        final SharedCounter one;
        final SharedCounter two;

        Guarded(MappedState state) {
            lock = state.lock("pair");
            one = state.counter("one");
            two = state.counter("two");
        }

        void change() {
            one.incrementAndGet();
            two.incrementAndGet();
        }

        boolean isWhole() {
            return one.get() == two.get();
        }

        void repair() {
            two.set(one.get());
        }
    }

    @Test
    void lockingAndUnlocking() {
        int stores = dieAtEveryStore(
                scene -> {
                    scene.join();
                    new Guarded(scene.victim);
                },
                scene -> {
                    Guarded guarded = new Guarded(scene.victim);
                    Lease lease = guarded.lock.acquire();
                    guarded.change();
                    lease.close();
                },
                (member, completed) -> {
                    Guarded guarded = new Guarded(member);
                    long before = guarded.lock.status().fencingToken();
                    assertThat(guarded.lock.tryLock()).isTrue();
                    assertThat(guarded.lock.fencingToken()).isEqualTo(before + 1);
                    assertThat(guarded.lock.wasAbandoned() || guarded.isWhole()).isTrue();
                    assertThat(guarded.lock.wasAbandoned() && completed).isFalse();
                    if (guarded.lock.wasAbandoned()) {
                        guarded.repair();
                        guarded.lock.markConsistent();
                    }
                    guarded.lock.unlock();
                },
                true);
        assertThat(stores).isGreaterThan(10);
    }

    @Test
    void takingOverALock() {
        dieAtEveryStore(
                scene -> {
                    scene.join();
                    Mortal first = new Mortal(scene.memory);
                    HeapMemory.Attached storage = first.storage();
                    MappedState holder = open(storage);
                    Guarded guarded = new Guarded(holder);
                    guarded.lock.lock();
                    guarded.one.incrementAndGet();
                    storage.die();
                    holder.endThreads();
                },
                scene -> {
                    Guarded guarded = new Guarded(scene.victim);
                    guarded.lock.onAbandoned(guarded::repair);
                    guarded.lock.lock();
                    guarded.change();
                    guarded.lock.unlock();
                },
                (member, completed) -> {
                    Guarded guarded = new Guarded(member);
                    assertThat(guarded.lock.tryLock()).isTrue();
                    // a second death doesn't hide the first
                    assertThat(guarded.lock.wasAbandoned() || guarded.isWhole()).isTrue();
                    if (guarded.lock.wasAbandoned()) {
                        assertThat(completed).isFalse();
                        guarded.repair();
                        guarded.lock.markConsistent();
                    }
                    guarded.lock.unlock();
                },
                true);
    }

    @Test
    void waitingForALock() {
        dieAtEveryStore(
                scene -> {
                    scene.join();
                    scene.survivor.lock("busy").lock();
                    scene.victim.lock("busy");
                },
                scene -> {
                    try {
                        scene.victim.lock("busy").tryLock(30, TimeUnit.MILLISECONDS);
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                },
                (member, completed) -> {
                    SharedLock lock = member.lock("busy");
                    if (lock.isHeldByCurrentThread()) {
                        assertThat(lock.status().waiters()).isZero();
                        lock.unlock();
                    }
                    assertThat(lock.tryLock()).isTrue();
                    assertThat(lock.wasAbandoned()).isFalse();
                    lock.unlock();
                },
                true);
    }

    @Test
    void creatingALock() {
        dieAtEveryStore(victim -> {}, victim -> victim.lock("orders"), (member, completed) -> {
            assertThat(member.lock("orders").tryLock()).isTrue();
            assertThat(member.lock("orders").wasAbandoned()).isFalse();
            member.lock("orders").unlock();
        });
    }

    @Test
    void removingALock() {
        dieAtEveryStore(
                victim -> victim.lock("orders"), victim -> victim.remove(Kind.LOCK, "orders"), (member, completed) -> {
                    assertThat(member.lock("orders").tryLock()).isTrue();
                    member.lock("orders").unlock();
                    assertThat(member.names(Kind.LOCK)).containsExactly("orders");
                });
    }

    // values

    private static final String OLD = "the old value";
    private static final String NEW = "the new value, which is a little longer than the old";

    private void replacing(Consumer<SharedValue<String>> operation, String after) {
        dieAtEveryStore(
                victim -> victim.value("text", String.class, 100).set(OLD),
                victim -> operation.accept(victim.value("text", String.class, 100)),
                (member, completed) -> {
                    SharedValue<String> value = member.value("text", String.class, 100);
                    assertThat(value.get()).isIn(after, completed ? after : OLD);
                    for (int i = 0; i < 5; i++) { // all buffers again
                        value.set("next " + i);
                        assertThat(value.get()).isEqualTo("next " + i);
                    }
                    value.set(after);
                });
    }

    @Test
    void changingAValue() {
        replacing(value -> value.set(NEW), NEW);
        replacing(value -> value.set(null), null);
        replacing(value -> value.getAndSet(NEW), NEW);
        replacing(value -> value.compareAndSet(OLD, NEW), NEW);
        replacing(value -> value.updateAndGet(old -> NEW), NEW);
        replacing(value -> value.getAndUpdate(old -> Objects.requireNonNull(old).toUpperCase()), OLD.toUpperCase());
    }

    @Test
    void creatingAValue() {
        dieAtEveryStore(
                victim -> {}, victim -> victim.value("text", String.class, 100).set(NEW), (member, completed) -> {
                    SharedValue<String> value = member.value("text", String.class, 100);
                    assertThat(value.get()).isIn(NEW, completed ? NEW : null);
                });
    }

    @Test
    void removingAValue() {
        dieAtEveryStore(
                victim -> victim.value("text", String.class, 100).set(OLD),
                victim -> victim.remove(Kind.VALUE, "text"),
                (member, completed) -> {
                    boolean exists = member.names(Kind.VALUE).contains("text");
                    SharedValue<String> value = member.value("text", String.class, 100);
                    boolean first = member.members().self().ordinal() == 0;
                    assertThat(first && exists && completed).isFalse();
                    assertThat(value.get()).isEqualTo(exists ? OLD : null);
                    value.set(OLD);
                });
    }
}
