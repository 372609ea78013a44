package io.sharedstate.benchmarks;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * CPU of processes that do nothing, in percent of one core.
 *
 * @param jvm one without any state
 * @param member one that is a member of a state, and holds a lock of it
 * @param waiter a member one thread of which waits for that lock
 */
record IdleCost(double jvm, double member, double waiter) {

    static IdleCost measure(long settleMs, long measureMs) {
        try (Scratch scratch = Scratch.create();
                Child jvm = Child.worker();
                Child member = Child.worker();
                Child waiter = Child.worker()) {
            List<Child> all = List.of(jvm, member, waiter);
            jvm.ask("ready");
            member.ask("join", scratch.path());
            waiter.ask("join", scratch.path());
            member.ask("lock");
            waiter.send("lock");
            pause(settleMs);
            long begin = System.nanoTime();
            List<Long> before = all.stream().map(Child::cpuNs).toList();
            pause(measureMs);
            List<Long> after = all.stream().map(Child::cpuNs).toList();
            double percent = 100.0 / (System.nanoTime() - begin);
            return new IdleCost(
                    (after.get(0) - before.get(0)) * percent,
                    (after.get(1) - before.get(1)) * percent,
                    (after.get(2) - before.get(2)) * percent);
        }
    }

    private static void pause(long ms) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
