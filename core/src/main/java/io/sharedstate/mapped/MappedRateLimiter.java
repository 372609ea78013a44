package io.sharedstate.mapped;

import io.sharedstate.RateLimit;
import io.sharedstate.SharedRateLimiter;
import io.sharedstate.mapped.NameTable.Slot;
import io.sharedstate.mapped.layout.TableLayout;
import java.time.Duration;
import org.agrona.concurrent.AtomicBuffer;

/*
 * GCRA, virtual scheduling: the cell has the theoretical arrival time (TAT), when a caller that keeps to the rate would come next,
 * in nanoseconds of the machine's monotonic clock, which all processes of a host share. TAT is at most burst * interval ahead of
 * the clock; n permits are to be had while, n intervals later, it still would be. It is written by compare-and-set, which is the
 * commit.
 *
 * A TAT that is further ahead was written under another limit, or before a reboot, when the clock was another. It is brought back to
 * where no permits are left: waiting for it could take for ever.
 */
final class MappedRateLimiter implements SharedRateLimiter {

    private final String name;
    private final RateLimit limit;
    private final Slot slot;
    private final AtomicBuffer buffer;
    private final int arrival;
    private final long intervalNs;
    private final long burstNs;
    private final Membership members;
    private final SteadyClock clock;

    MappedRateLimiter(String name, RateLimit limit, Slot slot, Membership members, SteadyClock clock) {
        this.name = name;
        this.limit = limit;
        this.slot = slot;
        this.buffer = slot.segment().buffer();
        this.arrival = slot.offset() + TableLayout.ARRIVAL_OFFSET;
        this.intervalNs = limit.intervalNs();
        this.burstNs = limit.burst() * intervalNs;
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
        return limit;
    }

    @Override
    public boolean tryAcquire(long permits) {
        return acquire(clock.nanos(), permits) >= 0;
    }

    @Override
    public Answer request(long permits) {
        long now = clock.nanos();
        long left = acquire(now, permits);
        if (left >= 0) {
            return new Answer(true, left / intervalNs, Duration.ZERO);
        }
        long inStock = permits * intervalNs + left;
        return new Answer(false, inStock / intervalNs, Duration.ofNanos(-left));
    }

    /** What of the burst is left, in nanoseconds; if the permits weren't to be had, and weren't taken, less than 0. */
    private long acquire(long now, long permits) {
        members.requireOpen();
        if (permits < 1 || permits > limit.burst()) {
            throw new IllegalArgumentException("rate limiter '" + name + "' was asked for " + permits
                    + " permits at once, expected 1 to " + limit.burst() + ", its burst");
        }
        while (true) {
            long found = buffer.getLongVolatile(arrival);
            long ahead = Math.max(0, found - now);
            if (ahead > burstNs) {
                buffer.compareAndSetLong(arrival, found, now + burstNs);
                continue;
            }
            long then = ahead + permits * intervalNs;
            long left = burstNs - then;
            if (left < 0 || buffer.compareAndSetLong(arrival, found, now + then)) {
                return left;
            }
        }
    }

    @Override
    public long available() {
        members.requireOpen();
        long ahead = buffer.getLongVolatile(arrival) - clock.nanos();
        return (burstNs - Math.min(burstNs, Math.max(0, ahead))) / intervalNs;
    }

    @Override
    public void reset() {
        members.requireOpen();
        buffer.putLongVolatile(arrival, clock.nanos());
    }

    @Override
    public String toString() {
        return "SharedRateLimiter '" + name + "' of " + limit;
    }
}
