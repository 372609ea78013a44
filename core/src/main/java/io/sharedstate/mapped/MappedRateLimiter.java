package io.sharedstate.mapped;

import io.sharedstate.RateLimit;
import io.sharedstate.SharedRateLimiter;
import io.sharedstate.mapped.NameTable.Slot;
import io.sharedstate.mapped.layout.TableLayout;
import org.agrona.concurrent.AtomicBuffer;

/*
 * The cell has the TAT of Gcra, by the machine's monotonic clock, which all processes of a host share. It is written by compare-and-set,
 * which is the commit. One that is too far ahead, as the clock of before a reboot may leave it, is brought back.
 */
final class MappedRateLimiter implements SharedRateLimiter {

    private final String name;
    private final Gcra gcra;
    private final Slot slot;
    private final AtomicBuffer buffer;
    private final int arrival;
    private final Membership members;
    private final SteadyClock clock;

    MappedRateLimiter(String name, RateLimit limit, Slot slot, Membership members, SteadyClock clock) {
        this.name = name;
        this.gcra = new Gcra(limit);
        this.slot = slot;
        this.buffer = slot.segment().buffer();
        this.arrival = slot.offset() + TableLayout.ARRIVAL_OFFSET;
        this.members = members;
        this.clock = clock;
    }

    /** Writes the first content of a new slot. */
    static void initialize(Slot slot, long now) {
        slot.segment().buffer().putLong(slot.offset() + TableLayout.ARRIVAL_OFFSET, now);
    }

    /** Whether the name has not been removed. */
    boolean exists() {
        return slot.isUsed();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public RateLimit limit() {
        return gcra.limit();
    }

    @Override
    public boolean tryAcquire(long permits) {
        return acquire(permits) >= 0;
    }

    @Override
    public Answer request(long permits) {
        return gcra.answer(acquire(permits), permits);
    }

    /** What {@link Gcra#left} is; the permits were taken unless it is less than 0. */
    private long acquire(long permits) {
        members.requireOpen();
        gcra.requirePossible(name, permits);
        long now = clock.nanos();
        while (true) {
            long found = buffer.getLongVolatile(arrival);
            long ahead = gcra.ahead(found, now);
            long left = gcra.left(ahead, permits);
            long then = gcra.arrival(now, ahead, left);
            if (then == found || buffer.compareAndSetLong(arrival, found, then)) {
                return left;
            }
        }
    }

    @Override
    public long available() {
        members.requireOpen();
        return gcra.available(gcra.ahead(buffer.getLongVolatile(arrival), clock.nanos()));
    }

    @Override
    public void reset() {
        members.requireOpen();
        buffer.putLongVolatile(arrival, clock.nanos());
    }

    @Override
    public String toString() {
        return "SharedRateLimiter '" + name + "' of " + gcra.limit();
    }
}
