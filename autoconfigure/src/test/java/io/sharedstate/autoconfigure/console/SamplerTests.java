package io.sharedstate.autoconfigure.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SamplerTests {

    private static final int FOREVER_MS = 600_000;

    private final AtomicInteger looks = new AtomicInteger();
    private Sampler sampler = sampler(1);

    private Sampler sampler(int periodMs) {
        return new Sampler(() -> "look " + looks.incrementAndGet(), periodMs);
    }

    /** Its thread ends when it next looks for work, and the next test counts threads. */
    @AfterEach
    void stop() {
        sampler.stop();
        awaitThreads(0);
    }

    static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(Sampler.THREAD))
                .count();
    }

    private static void awaitThreads(int count) {
        await().until(SamplerTests::threads, present -> present == count);
    }

    @Test
    void thereIsAThreadOnlyWhileSomebodyLooks() {
        assertThat(threads()).isZero();
        Seen one = new Seen();
        Seen two = new Seen();
        sampler.add(one);
        sampler.add(two);
        await().until(() -> one.snapshots.size() > 3 && two.snapshots.size() > 3);
        assertThat(threads()).isOne();
        sampler.remove(one);
        assertThat(threads()).isOne();
        sampler.remove(two);
        awaitThreads(0);
        int before = looks.get();

        Seen later = new Seen();
        sampler.add(later);
        await().until(() -> later.snapshots.size() > 1);
        assertThat(later.snapshots.get(0)).isEqualTo("look " + (before + 1));
    }

    @Test
    void allViewersShareOneLook() {
        sampler = sampler(FOREVER_MS);
        Seen one = new Seen();
        sampler.add(one);
        await().until(() -> one.snapshots.size() == 1);
        List<Seen> others = List.of(new Seen(), new Seen(), new Seen());
        others.forEach(sampler::add);
        assertThat(others).allSatisfy(other -> assertThat(other.snapshots).containsExactly("look 1"));
        assertThat(looks).hasValue(1);
    }

    @Test
    void aCrowdOfEventsIsShownAtOnceAndTogether() {
        sampler = sampler(FOREVER_MS);
        Seen one = new Seen();
        sampler.add(one);
        await().until(() -> one.snapshots.size() == 1);
        synchronized (sampler) { // which keeps it from looking before the last of them
            for (int i = 0; i < 50; i++) {
                sampler.sampleSoon();
            }
        }
        await().until(() -> one.snapshots.size() == 2);
        sampler.sampleSoon();
        await().until(() -> one.snapshots.size() == 3);
        assertThat(looks).hasValue(3);
    }

    @Test
    void anEventThatNobodyLooksAtCostsNothing() {
        sampler.sampleSoon();
        assertThat(threads()).isZero();
        assertThat(looks).hasValue(0);
    }

    @Test
    void whoLooksWhenItStopsIsSentAwayAndSoIsWhoComesLater() {
        Seen one = new Seen();
        sampler.add(one);
        sampler.stop();
        assertThat(one.ended).isTrue();
        awaitThreads(0);

        Seen late = new Seen();
        sampler.add(late);
        assertThat(late.ended).isTrue();
        assertThat(threads()).isZero();

        sampler.start();
        Seen next = new Seen();
        sampler.add(next);
        await().until(() -> !next.snapshots.isEmpty());
        assertThat(next.ended).isFalse();
    }

    private static final class Seen implements Viewer {

        final List<String> snapshots = new CopyOnWriteArrayList<>();
        volatile boolean ended;

        @Override
        public void show(String snapshot) {
            snapshots.add(snapshot);
        }

        @Override
        public void end() {
            ended = true;
        }
    }
}
