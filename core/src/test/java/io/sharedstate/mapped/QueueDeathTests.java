package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.sharedstate.DeadLetter;
import io.sharedstate.Delivery;
import io.sharedstate.Kind;
import io.sharedstate.QueueOptions;
import io.sharedstate.QueueStatistics;
import io.sharedstate.SharedQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Deaths while queues are used: of producers, of consumers, and of those who find others dead. */
class QueueDeathTests extends Dying {

    private static final Logger LOG = (Logger) LoggerFactory.getLogger(SharedQueue.class);
    private static final QueueOptions SMALL = QueueOptions.DEFAULT.maxSize(QueueOptions.MIN_SIZE);
    private static final QueueOptions ONCE = SMALL.maxAttempts(1);
    private static final String SIXTEENTH = "x".repeat(4096 - 32);

    @BeforeAll
    static void mute() {
        LOG.setLevel(Level.ERROR);
    }

    @AfterAll
    static void unmute() {
        LOG.setLevel(null);
    }

    private static SharedQueue<String> queue(MappedState state, QueueOptions options) {
        return state.queue("queue", String.class, options);
    }

    private static SharedQueue<String> queue(MappedState state) {
        return queue(state, SMALL);
    }

    /** All that there is: who has found some messages may not have asked yet who is dead. */
    private static List<Delivery<String>> receive(SharedQueue<String> queue) {
        try {
            List<Delivery<String>> all = new ArrayList<>(queue.receive(100, Duration.ZERO));
            all.addAll(queue.receive(100, Duration.ZERO));
            return all;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean offerAll(SharedQueue<String> queue, List<String> messages) {
        try {
            return queue.offerAll(messages, Duration.ZERO);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static Delivery<String> receiveOne(SharedQueue<String> queue) {
        try {
            return queue.receive(1, Duration.ZERO).get(0);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> values(List<Delivery<String>> deliveries) {
        return deliveries.stream().map(Delivery::value).toList();
    }

    /** Everything that can be received, done; then the same is offered again, in its first order, so that the next one finds it. */
    private static List<Delivery<String>> drain(MappedState member, QueueOptions options) {
        SharedQueue<String> queue = queue(member, options);
        List<Delivery<String>> deliveries = receive(queue);
        member.checkInvariants();
        deliveries.forEach(Delivery::done);
        assertThat(queue.statistics()).returns(0L, QueueStatistics::depth);
        assertThat(queue.poll()).isNull();
        List<String> values = new ArrayList<>(values(deliveries));
        if (deliveries.stream().anyMatch(Delivery::redelivered)) {
            Collections.sort(values);
        }
        assertThat(offerAll(queue, values)).isTrue();
        return deliveries;
    }

    /** @param wanted what is there when the operation was completed, and what is there when it wasn't begun */
    private static void offering(
            BiConsumer<MappedState, SharedQueue<String>> preparation,
            Consumer<SharedQueue<String>> operation,
            List<String> before,
            List<String> after) {
        dieAtEveryStore(
                victim -> preparation.accept(victim, queue(victim)),
                victim -> operation.accept(queue(victim)),
                (member, completed) -> {
                    List<Delivery<String>> drained = drain(member, SMALL);
                    assertThat(values(drained)).isIn(after, completed ? after : before);
                    assertThat(drained).noneMatch(Delivery::redelivered);
                });
    }

    @Test
    void offering() {
        offering((victim, queue) -> {}, queue -> queue.add("one"), List.of(), List.of("one"));
        offering(
                (victim, queue) -> offerAll(queue, List.of("one", "two")),
                queue -> queue.add("three, which is longer than a block of sixty-four bytes can be"),
                List.of("one", "two"),
                List.of("one", "two", "three, which is longer than a block of sixty-four bytes can be"));
    }

    @Test
    void offeringAtTheEndOfTheRing() {
        String small = "x".repeat(3000);
        offering(
                (victim, queue) -> {
                    for (int i = 0; i < 21; i++) {
                        queue.add(small);
                        assertThat(queue.poll()).isEqualTo(small);
                    }
                    queue.add("one");
                },
                queue -> queue.add(small),
                List.of("one"),
                List.of("one", small));
    }

    @Test
    void offeringMany() {
        List<String> many = List.of("a", SIXTEENTH, "c");
        offering((victim, queue) -> {}, queue -> offerAll(queue, many), List.of(), many);
    }

    @Test
    void offeringInVain() {
        List<String> most = Collections.nCopies(12, SIXTEENTH);
        offering(
                (victim, queue) -> offerAll(queue, most),
                queue -> assertThat(offerAll(queue, Collections.nCopies(5, SIXTEENTH)))
                        .isFalse(),
                most,
                most);
    }

    /** A dead producer's message that isn't there is overwritten by shorter ones and by longer ones. */
    @Test
    void offeringOverWhatADeadProducerBegan() {
        for (String next : List.of("", SIXTEENTH)) {
            List<String> begun = List.of("1", "2".repeat(200), "3");
            dieAtEveryStore(
                    victim -> {
                        queue(victim).add("one");
                    },
                    victim -> offerAll(queue(victim), begun),
                    (member, completed) -> {
                        queue(member).add(next);
                        member.checkInvariants();
                        List<String> found = values(drain(member, SMALL));
                        List<String> all = new ArrayList<>(List.of("one"));
                        all.addAll(begun);
                        all.add(next);
                        assertThat(found).isIn(completed ? all : List.of("one", next), all);
                        receive(queue(member)).forEach(Delivery::done);
                        offerAll(queue(member), found.subList(0, found.size() - 1));
                    });
        }
    }

    /** The victim lives on with what it has received if it has completed. */
    private static void receiving(
            Consumer<SharedQueue<String>> preparation,
            Consumer<SharedQueue<String>> operation,
            List<String> all,
            List<String> leftByALivingOne,
            boolean wasRedelivered) {
        dieAtEveryStore(
                victim -> preparation.accept(queue(victim)),
                victim -> operation.accept(queue(victim)),
                (member, completed) -> {
                    List<Delivery<String>> drained = drain(member, SMALL);
                    assertThat(values(drained)).containsExactlyInAnyOrderElementsOf(completed ? leftByALivingOne : all);
                    List<String> inOrder = drained.stream()
                            .filter(delivery -> !delivery.redelivered())
                            .map(Delivery::value)
                            .toList();
                    assertThat(inOrder).isSorted();
                    for (Delivery<String> delivery : drained) {
                        assertThat(delivery.attempts()).isBetween(1, wasRedelivered ? 3 : 2);
                        assertThat(delivery.redelivered()).isEqualTo(delivery.attempts() > 1);
                    }
                });
    }

    @Test
    void receiving() {
        List<String> three = List.of("a", "b", "c");
        receiving(
                queue -> offerAll(queue, three),
                queue -> assertThat(receiveOne(queue).value()).isEqualTo("a"),
                three,
                List.of("b", "c"),
                false);
        receiving(
                queue -> offerAll(queue, three),
                queue -> assertThat(receive(queue)).hasSize(3),
                three,
                List.of(),
                false);
    }

    @Test
    void receivingWhatWasGivenBack() {
        receiving(
                queue -> {
                    offerAll(queue, List.of("a", "b"));
                    receiveOne(queue).close();
                },
                queue -> assertThat(receiveOne(queue).value()).isEqualTo("a"),
                List.of("a", "b"),
                List.of("b"),
                true);
    }

    @Test
    void polling() {
        dieAtEveryStore(
                victim -> offerAll(queue(victim), List.of("a", "b")),
                victim -> assertThat(queue(victim).poll()).isEqualTo("a"),
                (member, completed) -> {
                    List<Delivery<String>> drained = drain(member, SMALL);
                    assertThat(values(drained).stream().sorted().toList())
                            .isIn(List.of("b"), completed ? List.of("b") : List.of("a", "b"));
                });
    }

    @Test
    void sayingThatItIsDone() {
        AtomicReference<Delivery<String>> delivery = new AtomicReference<>();
        dieAtEveryStore(
                victim -> {
                    queue(victim).add("one");
                    delivery.set(receiveOne(queue(victim)));
                },
                victim -> delivery.get().done(),
                (member, completed) -> {
                    List<Delivery<String>> drained = drain(member, SMALL);
                    assertThat(values(drained)).isIn(List.of(), completed ? List.of() : List.of("one"));
                });
    }

    @Test
    void givingBack() {
        AtomicReference<Delivery<String>> delivery = new AtomicReference<>();
        for (Duration delay : List.of(Duration.ZERO, Duration.ofNanos(1))) {
            AtomicReference<MappedState> first = new AtomicReference<>();
            dieAtEveryStore(
                    victim -> {
                        first.set(null);
                        queue(victim).add("one");
                        delivery.set(receiveOne(queue(victim)));
                    },
                    victim -> delivery.get().retry(delay),
                    (member, completed) -> {
                        Delivery<String> again = drain(member, SMALL).get(0);
                        assertThat(again.value()).isEqualTo("one");
                        assertThat(again.redelivered()).isEqualTo(first.compareAndSet(null, member));
                    });
        }
    }

    @Test
    void givingBackForLater() {
        AtomicReference<Delivery<String>> delivery = new AtomicReference<>();
        dieAtEveryStore(
                victim -> {
                    queue(victim).add("one");
                    delivery.set(receiveOne(queue(victim)));
                },
                victim -> delivery.get().retry(Duration.ofHours(1)),
                (member, completed) -> {
                    SharedQueue<String> queue = queue(member);
                    List<Delivery<String>> now = receive(queue); // who was dead before had not given it back
                    assertThat(now.size()).isIn(0, completed ? 0 : 1);
                    member.checkInvariants();
                    assertThat(queue.statistics()).returns(1L - now.size(), QueueStatistics::depth);
                    now.forEach(each -> each.retry(Duration.ofHours(1)));
                });
    }

    // dead letters

    private static List<String> deadLetters(MappedState member) {
        return queue(member, ONCE).deadLetters(9).stream()
                .map(DeadLetter::value)
                .toList();
    }

    @Test
    void becomingADeadLetter() {
        AtomicReference<Delivery<String>> delivery = new AtomicReference<>();
        dieAtEveryStore(
                victim -> {
                    offerAll(queue(victim, ONCE), List.of("one", "two"));
                    delivery.set(receiveOne(queue(victim, ONCE)));
                },
                victim -> delivery.get().close(),
                (member, completed) -> {
                    assertThat(values(drain(member, ONCE))).containsExactly("two");
                    assertThat(deadLetters(member)).containsExactly("one");
                });
    }

    private static void settling(Consumer<SharedQueue<String>> operation, boolean requeues, int settled) {
        List<String> all = List.of("one", "two", "three");
        dieAtEveryStore(
                victim -> {
                    offerAll(queue(victim, ONCE), all);
                    receive(queue(victim, ONCE)).forEach(Delivery::close);
                },
                victim -> operation.accept(queue(victim, ONCE)),
                (member, completed) -> {
                    SharedQueue<String> queue = queue(member, ONCE);
                    List<String> left = deadLetters(member);
                    List<String> back = values(receive(queue));
                    member.checkInvariants();
                    assertThat(all).containsAll(left).containsAll(back);
                    assertThat(back).filteredOn(left::contains).isEmpty();
                    assertThat(left.size()).isBetween(3 - settled, completed ? 3 - settled : 3);
                    assertThat(back.size()).isEqualTo(requeues ? 3 - left.size() : 0);
                    receive(queue(member, ONCE));
                    queue.removeDeadLetters();
                    assertThat(queue.statistics().deadLetters()).isZero();
                    member.remove(Kind.QUEUE, "queue");
                    offerAll(queue, all);
                    receive(queue).forEach(Delivery::close);
                    for (int i = 0; i < (completed ? settled : 0); i++) {
                        operation.accept(queue);
                    }
                });
    }

    @Test
    void settlingDeadLetters() {
        settling(SharedQueue::removeDeadLetters, false, 3);
        settling(queue -> queue.deadLetters(1).forEach(DeadLetter::remove), false, 1);
        settling(SharedQueue::requeueDeadLetters, true, 3);
        settling(queue -> queue.deadLetters(1).forEach(DeadLetter::requeue), true, 1);
    }

    // who finds others dead

    /** A member that has received everything, and dies. */
    private static void dieWithAll(Scene scene, QueueOptions options, List<String> messages) {
        HeapMemory.Attached storage = scene.memory.attach();
        MappedState dying = open(storage);
        offerAll(queue(dying, options), messages);
        assertThat(receive(queue(dying, options))).hasSameSizeAs(messages);
        storage.die();
        dying.endThreads();
    }

    private static void finding(Consumer<Scene> join) {
        List<String> all = List.of("one", "two", "three");
        int stores = dieAtEveryStore(
                join,
                scene -> assertThat(receiveOne(queue(scene.victim)).redelivered())
                        .isTrue(),
                (member, completed) -> {
                    List<Delivery<String>> drained = drain(member, SMALL);
                    assertThat(drained).hasSize(completed ? 2 : 3);
                    assertThat(all).containsAll(values(drained));
                },
                true);
        assertThat(stores).isGreaterThan(8);
    }

    @Test
    void findingSomebodyDead() {
        finding(scene -> {
            scene.join();
            dieWithAll(scene, SMALL, List.of("one", "two", "three"));
        });
    }

    @Test
    void findingThePredecessorDead() {
        finding(scene -> {
            dieWithAll(scene, SMALL, List.of("one", "two", "three"));
            scene.join();
            assertThat(scene.victim.members().self().ordinal()).isEqualTo(1);
        });
    }

    @Test
    void findingSomebodyDeadForTheLastTime() {
        dieAtEveryStore(
                scene -> {
                    scene.join();
                    dieWithAll(scene, ONCE, List.of("one", "two"));
                },
                scene -> assertThat(receive(queue(scene.victim, ONCE))).isEmpty(),
                (member, completed) -> {
                    assertThat(receive(queue(member, ONCE))).isEmpty();
                    assertThat(deadLetters(member)).containsExactly("one", "two");
                },
                true);
    }

    @Test
    void withEverythingInWork() {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            all.add((char) ('a' + i) + SIXTEENTH.substring(1));
        }
        int stores = dieAtEveryStore(
                scene -> {
                    scene.join();
                    SharedQueue<String> queue = queue(scene.victim);
                    all.subList(0, 8).forEach(queue::add);
                    List<Delivery<String>> first = receive(queue);
                    all.subList(8, 16).forEach(queue::add);
                    assertThat(queue.offer("")).isFalse();
                    receive(queue);
                    first.get(3).done();
                    queue(scene.survivor).add("refilled" + SIXTEENTH.substring(8));
                    assertThat(queue.offer("")).isFalse();
                },
                scene -> assertThat(receive(queue(scene.victim))).hasSize(1),
                (member, completed) -> {
                    if (completed) {
                        assertThat(receive(queue(member))).isEmpty();
                        return;
                    }
                    List<Delivery<String>> found = receive(queue(member));
                    assertThat(values(found))
                            .hasSize(16)
                            .doesNotHaveDuplicates()
                            .doesNotContain(all.get(3));
                    found.forEach(Delivery::close);
                },
                true);
        assertThat(stores).isPositive();
    }

    // the name

    @Test
    void creatingAQueue() {
        dieAtEveryStore(victim -> {}, victim -> queue(victim).add("one"), (member, completed) -> {
            assertThat(values(drain(member, SMALL))).isIn(List.of("one"), completed ? List.of("one") : List.of());
            assertThat(member.names(Kind.QUEUE)).containsExactly("queue");
        });
    }

    @Test
    void removingAQueue() {
        dieAtEveryStore(
                victim -> queue(victim).add("one"),
                victim -> victim.remove(Kind.QUEUE, "queue"),
                (member, completed) -> {
                    boolean exists = member.names(Kind.QUEUE).contains("queue");
                    assertThat(exists && completed && member.members().self().ordinal() == 0)
                            .isFalse();
                    SharedQueue<String> queue = queue(member);
                    assertThat(queue.poll()).isEqualTo(exists ? "one" : null);
                    queue.add("one");
                });
    }
}
