package io.sharedstate.redis;

import io.sharedstate.NoSpaceException;
import io.sharedstate.redis.Wakeups.Sleeper;

/** A thread that waits for something: all can see that it does, and it is woken when there is some. */
final class Waiting {

    /** A part of what is waited for: how many threads wait, by owner. */
    static final String WAITERS = "waiters";

    private static final Script<Long> END = Script.number("waiting-end");

    private final Thing thing;
    private final byte[] me;
    private final Wakeups wakeups;
    private final Sleeper sleeper;
    private final boolean announced;

    Waiting(Thing thing, Membership members, Wakeups wakeups) {
        this.thing = thing;
        this.me = Bytes.of(members.owner());
        this.wakeups = wakeups;
        this.announced = announce();
        this.sleeper = wakeups.enter(thing.key());
    }

    /** Where the server has no memory left for it, nobody wakes this thread: then it looks by itself. */
    private boolean announce() {
        try {
            thing.add(WAITERS, me, 1);
            return true;
        } catch (NoSpaceException e) {
            return false;
        }
    }

    void sleep(long nanos) {
        sleeper.sleep(nanos);
    }

    /** @param gaveUp it didn't get what it has waited for */
    void end(boolean gaveUp) {
        wakeups.leave(thing.key(), sleeper);
        if (announced) {
            thing.runAsItIs(END, thing.keys(WAITERS), me, Bytes.of(gaveUp ? "1" : ""), wakeups.channel());
        }
    }
}
