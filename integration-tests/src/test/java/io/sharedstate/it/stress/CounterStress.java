package io.sharedstate.it.stress;

import io.sharedstate.SharedCounter;
import io.sharedstate.SharedState;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJJ_Result;
import org.openjdk.jcstress.infra.results.JJ_Result;
import org.openjdk.jcstress.infra.results.ZZJ_Result;

/** Operations of a counter at the same instant. */
final class CounterStress {

    private CounterStress() {}

    private static final Both.Pool<SharedCounter> COUNTERS = new Both.Pool<>(SharedState::counter);

    private static Both<SharedCounter> at(long value) {
        Both<SharedCounter> both = COUNTERS.next();
        both.one().set(value);
        return both;
    }

    @JCStressTest
    @State
    @Outcome(id = "1, 2, 2", expect = Expect.ACCEPTABLE, desc = "one after the other")
    @Outcome(id = "2, 1, 2", expect = Expect.ACCEPTABLE, desc = "one after the other")
    @Outcome(expect = Expect.FORBIDDEN, desc = "an increment is lost, or a value given twice")
    public static class Increments {
        private final Both<SharedCounter> counter = at(0);

        @Actor
        public void one(JJJ_Result result) {
            result.r1 = counter.one().incrementAndGet();
        }

        @Actor
        public void other(JJJ_Result result) {
            result.r2 = counter.other().incrementAndGet();
        }

        @Arbiter
        public void sum(JJJ_Result result) {
            result.r3 = counter.other().get();
        }
    }

    @JCStressTest
    @State
    @Outcome(
            id = {"true, false, 0", "false, true, 0"},
            expect = Expect.ACCEPTABLE,
            desc = "one of them had the last")
    @Outcome(expect = Expect.FORBIDDEN, desc = "oversold, or not sold")
    public static class LastInStock {
        private final Both<SharedCounter> stock = at(1);

        @Actor
        public void one(ZZJ_Result result) {
            result.r1 = stock.one().tryAdd(-1, 0, Long.MAX_VALUE);
        }

        @Actor
        public void other(ZZJ_Result result) {
            result.r2 = stock.other().tryAdd(-1, 0, Long.MAX_VALUE);
        }

        @Arbiter
        public void left(ZZJ_Result result) {
            result.r3 = stock.one().get();
        }
    }

    @JCStressTest
    @State
    @Outcome(
            id = {"true, false, 1", "false, true, 2"},
            expect = Expect.ACCEPTABLE,
            desc = "one was first")
    @Outcome(expect = Expect.FORBIDDEN, desc = "both, or none, was first")
    public static class Exchanges {
        private final Both<SharedCounter> counter = at(0);

        @Actor
        public void one(ZZJ_Result result) {
            result.r1 = counter.one().compareAndSet(0, 1);
        }

        @Actor
        public void other(ZZJ_Result result) {
            result.r2 = counter.other().compareAndSet(0, 2);
        }

        @Arbiter
        public void end(ZZJ_Result result) {
            result.r3 = counter.one().get();
        }
    }

    /** As volatiles: at least one of two that each announce themselves and then look for the other sees it (Dekker). */
    @JCStressTest
    @State
    @Outcome(
            id = {"1, 0", "0, 1", "1, 1"},
            expect = Expect.ACCEPTABLE,
            desc = "sequentially consistent")
    @Outcome(id = "0, 0", expect = Expect.FORBIDDEN, desc = "neither saw the other")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a value that nobody stored")
    public static class Announcements {
        private final Both<SharedCounter> mine = at(0);
        private final Both<SharedCounter> yours = at(0);

        @Actor
        public void one(JJ_Result result) {
            mine.one().set(1);
            result.r1 = yours.one().get();
        }

        @Actor
        public void other(JJ_Result result) {
            yours.other().set(1);
            result.r2 = mine.other().get();
        }
    }
}
