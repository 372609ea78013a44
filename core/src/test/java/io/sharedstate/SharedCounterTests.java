package io.sharedstate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SharedCounterTests extends TwoMembers {

    SharedCounter mine;
    SharedCounter theirs;

    @BeforeEach
    void joinCounter() {
        mine = one.counter("hits", 5);
        theirs = two.counter("hits", 99);
    }

    @Test
    void initialCountsOnlyAtCreation() {
        assertThat(mine.get()).isEqualTo(5);
        assertThat(theirs.get()).isEqualTo(5);
        assertThat(one.counter("hits", 1000).get()).isEqualTo(5);
        assertThat(one.counter("other").get()).isZero();
    }

    @Test
    void theSameNameGivesTheSameObject() {
        assertThat(one.counter("hits")).isSameAs(mine);
        assertThat(mine.name()).isEqualTo("hits");
        assertThat(mine).hasToString("SharedCounter 'hits' at 5");
    }

    @Test
    void everyMethodDoesWhatThatOfAtomicLongDoes() {
        mine.set(7);
        assertThat(theirs.get()).isEqualTo(7);
        assertThat(theirs.getAndSet(8)).isEqualTo(7);
        assertThat(mine.compareAndSet(7, 9)).isFalse();
        assertThat(mine.compareAndSet(8, 9)).isTrue();
        assertThat(theirs.getAndAdd(10)).isEqualTo(9);
        assertThat(mine.addAndGet(-4)).isEqualTo(15);
        assertThat(theirs.getAndIncrement()).isEqualTo(15);
        assertThat(mine.getAndDecrement()).isEqualTo(16);
        assertThat(theirs.incrementAndGet()).isEqualTo(16);
        assertThat(mine.decrementAndGet()).isEqualTo(15);
        assertThat(theirs.getAndUpdate(value -> value * 2)).isEqualTo(15);
        assertThat(mine.updateAndGet(value -> value + 1)).isEqualTo(31);
        assertThat(theirs.getAndAccumulate(4, Math::max)).isEqualTo(31);
        assertThat(mine.accumulateAndGet(40, Math::max)).isEqualTo(40);
        assertThat(theirs.get()).isEqualTo(40);
    }

    @Test
    void wrapsAroundLikeALong() {
        mine.set(Long.MAX_VALUE);
        assertThat(theirs.incrementAndGet()).isEqualTo(Long.MIN_VALUE);
    }

    @Test
    void anUpdateIsAppliedAgainWhenAnotherMemberWasFaster() {
        AtomicInteger calls = new AtomicInteger();
        long after = mine.updateAndGet(value -> {
            if (calls.incrementAndGet() == 1) {
                theirs.set(100);
            }
            return value + 1;
        });
        assertThat(after).isEqualTo(101);
        assertThat(calls).hasValue(2);
    }

    @Test
    void tryAddStaysWithinItsBounds() {
        assertThat(mine.tryAdd(-5, 0, 10)).isTrue();
        assertThat(theirs.tryAdd(-1, 0, 10)).isFalse();
        assertThat(theirs.tryAdd(10, 0, 10)).isTrue();
        assertThat(mine.tryAdd(1, 0, 10)).isFalse();
        assertThat(mine.get()).isEqualTo(10);
    }

    @Test
    void tryAddRefusesAnOverflowInEitherDirection() {
        mine.set(Long.MAX_VALUE - 1);
        assertThat(mine.tryAdd(2, Long.MIN_VALUE, Long.MAX_VALUE)).isFalse();
        assertThat(mine.tryAdd(1, Long.MIN_VALUE, Long.MAX_VALUE)).isTrue();
        mine.set(Long.MIN_VALUE);
        assertThat(mine.tryAdd(-1, Long.MIN_VALUE, Long.MAX_VALUE)).isFalse();
        assertThat(mine.get()).isEqualTo(Long.MIN_VALUE);
    }

    @Test
    void resetGoesBackToTheInitialValueOfItsCreation() {
        theirs.addAndGet(10);
        theirs.reset();
        assertThat(mine.get()).isEqualTo(5);
    }

    @Test
    void additionsOfAllThreadsAndMembersAreCountedExactly() {
        int threads = 4;
        int times = engine.rounds(20_000);
        List<CompletableFuture<Void>> all = Stream.of(mine, theirs)
                .flatMap(counter -> Stream.generate(() -> inThread(() -> {
                            for (int i = 0; i < times; i++) {
                                counter.incrementAndGet();
                            }
                        }))
                        .limit(threads))
                .toList();
        all.forEach(each -> each.orTimeout(60, TimeUnit.SECONDS).join());
        assertThat(mine.get()).isEqualTo(5 + 2L * threads * times);
    }

    @Test
    void aStockIsNeverOversold() {
        mine.set(1000);
        AtomicInteger sold = new AtomicInteger();
        List<CompletableFuture<Void>> all = Stream.of(mine, theirs, mine, theirs)
                .map(counter -> inThread(() -> {
                    while (counter.tryAdd(-1, 0, Long.MAX_VALUE)) {
                        sold.incrementAndGet();
                    }
                }))
                .toList();
        all.forEach(each -> each.orTimeout(60, TimeUnit.SECONDS).join());
        assertThat(sold).hasValue(1000);
        assertThat(mine.get()).isZero();
    }

    @Test
    void aRemovedCounterBeginsAnewForThoseThatHaveHeldOnToIt() {
        theirs.set(77);
        assertThat(one.remove(Kind.COUNTER, "hits")).isTrue();
        assertThat(one.remove(Kind.COUNTER, "hits")).isFalse();
        assertThat(two.names(Kind.COUNTER)).isEmpty();
        assertThat(two.counter("hits", 3).get()).isEqualTo(3);
        mine.incrementAndGet();
        assertThat(theirs.get()).isEqualTo(4);
        mine.reset();
        assertThat(theirs.get()).isEqualTo(3);
    }

    @Test
    void refusesToCountOnceClosed() {
        two.close();
        assertThatThrownBy(theirs::incrementAndGet).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(theirs::get).isInstanceOf(IllegalStateException.class);
        assertThat(mine.incrementAndGet()).isEqualTo(6);
    }
}
