package io.sharedstate.it.stress;

import io.sharedstate.SharedAdder;
import io.sharedstate.SharedState;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJJ_Result;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** Operations of an adder at the same instant. */
final class AdderStress {

    private AdderStress() {}

    private static final Both.Pool<SharedAdder> ADDERS = new Both.Pool<>(SharedState::adder);

    private static Both<SharedAdder> atZero() {
        Both<SharedAdder> both = ADDERS.next();
        both.one().reset();
        return both;
    }

    @JCStressTest
    @State
    @Outcome(id = "0, 5", expect = Expect.ACCEPTABLE, desc = "before both, or between")
    @Outcome(id = "2, 5", expect = Expect.ACCEPTABLE, desc = "after the first addition")
    @Outcome(id = "5, 5", expect = Expect.ACCEPTABLE, desc = "after both")
    @Outcome(expect = Expect.FORBIDDEN, desc = "an addition is lost, or seen before one that was made before it")
    public static class Sums {
        private final Both<SharedAdder> adder = atZero();

        @Actor
        public void adds() {
            adder.one().add(2);
            adder.one().add(3);
        }

        @Actor
        public void sums(JJ_Result result) {
            result.r1 = adder.other().sum();
        }

        @Arbiter
        public void end(JJ_Result result) {
            result.r2 = adder.other().sum();
        }
    }

    @JCStressTest
    @State
    @Outcome(
            id = {"0, 7, 0", "7, 0, 0", "0, 0, 7"},
            expect = Expect.ACCEPTABLE,
            desc = "in exactly one sum")
    @Outcome(expect = Expect.FORBIDDEN, desc = "an addition is in no sum, or in two")
    public static class Cuts {
        private final Both<SharedAdder> adder = atZero();

        @Actor
        public void adds(JJJ_Result result) {
            adder.one().add(7);
            result.r1 = adder.one().sumThenReset();
        }

        @Actor
        public void cuts(JJJ_Result result) {
            result.r2 = adder.other().sumThenReset();
        }

        @Arbiter
        public void end(JJJ_Result result) {
            result.r3 = adder.other().sum();
        }
    }
}
