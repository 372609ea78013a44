package io.sharedstate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SharedAdderTests extends TwoMembers {

    SharedAdder mine;
    SharedAdder theirs;

    @BeforeEach
    void joinAdder() {
        mine = one.adder("bytes");
        theirs = two.adder("bytes");
    }

    @Test
    void sumsWhatAllMembersAdd() {
        mine.add(5);
        theirs.add(7);
        theirs.increment();
        mine.decrement();
        assertThat(mine.sum()).isEqualTo(12);
        assertThat(theirs.sum()).isEqualTo(12);
        assertThat(one.adder("bytes")).isSameAs(mine);
        assertThat(mine.name()).isEqualTo("bytes");
    }

    @Test
    void resetMakesTheSumTheNewZero() {
        mine.add(5);
        theirs.add(7);
        assertThat(theirs.sumThenReset()).isEqualTo(12);
        assertThat(mine.sum()).isZero();
        mine.add(1);
        assertThat(theirs.sum()).isEqualTo(1);
        mine.reset();
        assertThat(theirs.sum()).isZero();
    }

    @Test
    void whatAMemberAddedStaysAndItsSuccessorGoesOnFromIt() {
        theirs.add(7);
        two.close();
        SharedState next = host.open();
        assertThat(next.members().self().ordinal()).isEqualTo(1);
        next.adder("bytes").add(3);
        assertThat(mine.sum()).isEqualTo(10);
    }

    @Test
    void wrapsAroundLikeALong() {
        mine.add(Long.MAX_VALUE);
        theirs.add(2);
        assertThat(mine.sum()).isEqualTo(Long.MIN_VALUE + 1);
        assertThat(mine.sumThenReset()).isEqualTo(Long.MIN_VALUE + 1);
        assertThat(mine.sum()).isZero();
    }

    @Test
    void everyAdditionIsInExactlyOneOfTheSumsCutOff() {
        int times = engine.rounds(20_000);
        AtomicLong cutOff = new AtomicLong();
        AtomicBoolean done = new AtomicBoolean();
        CompletableFuture<Void> cutters = CompletableFuture.allOf(Stream.of(mine, theirs)
                .map(adder -> inThread(() -> {
                    while (!done.get()) {
                        cutOff.addAndGet(adder.sumThenReset());
                    }
                }))
                .toArray(CompletableFuture[]::new));
        List<CompletableFuture<Void>> all = Stream.of(mine, mine, theirs, theirs)
                .map(adder -> inThread(() -> {
                    for (int i = 0; i < times; i++) {
                        adder.increment();
                    }
                }))
                .toList();
        all.forEach(each -> each.orTimeout(60, TimeUnit.SECONDS).join());
        done.set(true);
        cutters.orTimeout(60, TimeUnit.SECONDS).join();
        assertThat(cutOff.get() + mine.sum()).isEqualTo(4L * times);
    }

    @Test
    void aRemovedAdderBeginsAnewForThoseThatHaveHeldOnToIt() {
        mine.add(5);
        assertThat(two.remove(Kind.ADDER, "bytes")).isTrue();
        assertThat(two.remove(Kind.ADDER, "bytes")).isFalse();
        assertThat(one.names(Kind.ADDER)).isEmpty();
        mine.add(2);
        assertThat(theirs.sum()).isEqualTo(2);
        assertThat(one.names(Kind.ADDER)).containsExactly("bytes");
    }

    @Test
    void refusesOnceClosed() {
        two.close();
        assertThatThrownBy(theirs::increment).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(theirs::sum).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(theirs::sumThenReset).isInstanceOf(IllegalStateException.class);
    }
}
