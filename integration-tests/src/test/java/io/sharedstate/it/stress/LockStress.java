package io.sharedstate.it.stress;

import io.sharedstate.Lease;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedState;
import java.util.Objects;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJJ_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A lock keeps others out, and shows each holder what the one before did by plain stores. */
final class LockStress {

    private LockStress() {}

    private static final Both.Pool<SharedLock> LOCKS = new Both.Pool<>(SharedState::lock);

    @JCStressTest
    @State
    @Outcome(
            id = {"1, 2, 2", "2, 1, 2"},
            expect = Expect.ACCEPTABLE,
            desc = "one after the other")
    @Outcome(expect = Expect.FORBIDDEN, desc = "both at once, or not published")
    public static class PlainIncrements {
        private final Both<SharedLock> lock = LOCKS.next();
        private long plain;

        @Actor
        public void one(JJJ_Result result) {
            try (Lease lease = lock.one().acquire()) {
                Objects.requireNonNull(lease);
                result.r1 = ++plain;
            }
        }

        @Actor
        public void other(JJJ_Result result) {
            try (Lease lease = lock.other().acquire()) {
                Objects.requireNonNull(lease);
                result.r2 = ++plain;
            }
        }

        @Arbiter
        public void sum(JJJ_Result result) {
            result.r3 = plain;
        }
    }

    /** The one that fails doesn't block, and the one that has it is alone. */
    @JCStressTest
    @State
    @Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "one after the other, alone")
    @Outcome(
            id = {"true, false", "false, true"},
            expect = Expect.ACCEPTABLE,
            desc = "one of them had it")
    @Outcome(expect = Expect.FORBIDDEN, desc = "not alone, or a free lock that nobody had")
    public static class Tries {
        private final Both<SharedLock> lock = LOCKS.next();
        private int inside;

        private boolean enter(SharedLock lock) {
            if (!lock.tryLock()) {
                return false;
            }
            try {
                if (inside++ != 0) {
                    throw new IllegalStateException("not alone");
                }
                inside--;
                return true;
            } finally {
                lock.unlock();
            }
        }

        @Actor
        public void one(ZZ_Result result) {
            result.r1 = enter(lock.one());
        }

        @Actor
        public void other(ZZ_Result result) {
            result.r2 = enter(lock.other());
        }
    }

    @JCStressTest
    @State
    @Outcome(
            id = {"1, 2, 3", "2, 1, 3"},
            expect = Expect.ACCEPTABLE,
            desc = "one after the other")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a fencing token is given twice, or doesn't rise")
    public static class Tokens {
        private final Both<SharedLock> lock = LOCKS.next();
        private final long before = token(lock.one());

        private static long token(SharedLock lock) {
            try (Lease lease = lock.acquire()) {
                return lease.fencingToken();
            }
        }

        @Actor
        public void one(JJJ_Result result) {
            result.r1 = token(lock.one()) - before;
        }

        @Actor
        public void other(JJJ_Result result) {
            result.r2 = token(lock.other()) - before;
        }

        @Arbiter
        public void next(JJJ_Result result) {
            result.r3 = token(lock.other()) - before;
        }
    }
}
