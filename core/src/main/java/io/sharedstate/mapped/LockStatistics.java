package io.sharedstate.mapped;

import static io.sharedstate.mapped.layout.LockLayout.ABANDONED_OFFSET;
import static io.sharedstate.mapped.layout.LockLayout.ABANDONMENTS_OFFSET;
import static io.sharedstate.mapped.layout.LockLayout.ACQUIRED_OFFSET;
import static io.sharedstate.mapped.layout.LockLayout.BEFORE_FIRST_OFFSET;
import static io.sharedstate.mapped.layout.LockLayout.NAMED_BY_OFFSET;
import static io.sharedstate.mapped.layout.LockLayout.OWNER_OFFSET;
import static io.sharedstate.mapped.layout.LockLayout.THREAD_NAME_LENGTH;
import static io.sharedstate.mapped.layout.LockLayout.THREAD_NAME_OFFSET;
import static io.sharedstate.mapped.layout.LockLayout.THREAD_OFFSET;
import static io.sharedstate.mapped.layout.LockLayout.TOKEN_OFFSET;
import static io.sharedstate.mapped.layout.LockLayout.WAITED_OFFSET;

import io.sharedstate.LockStatus;
import io.sharedstate.LockStatus.Holder;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import org.agrona.concurrent.AtomicBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a lock's holder writes down about it while it holds it, by plain stores, and what anybody may read. The time is that
 * of the last tick, and the thread is named only when it is another than the last time: reading a clock
 * or a name each time would cost more than the lock.
 */
final class LockStatistics {

    private static final int ATTEMPTS = 16;

    private final AtomicBuffer buffer;
    private final int base;
    private final long me;
    private final CoarseClock clock;
    /** The last acquisition in this process: what it wrote down still stands if none came between. Guarded by the lock. */
    private long lastToken;

    private long lastTime;
    private @Nullable Thread lastThread;

    LockStatistics(AtomicBuffer buffer, int base, long me, CoarseClock clock) {
        this.buffer = buffer;
        this.base = base;
        this.me = me;
        this.clock = clock;
    }

    static void clear(AtomicBuffer buffer, int base) {
        buffer.putLong(base + BEFORE_FIRST_OFFSET, buffer.getLong(base + TOKEN_OFFSET));
        buffer.putLong(base + WAITED_OFFSET, 0);
        buffer.putLong(base + ABANDONMENTS_OFFSET, 0);
    }

    void entered(long token, long waited, boolean fromDead) {
        if (waited > 0) {
            add(WAITED_OFFSET, waited);
        }
        if (fromDead) {
            add(ABANDONMENTS_OFFSET, 1);
        }
        Thread thread = Thread.currentThread();
        long now = clock.millis();
        if (thread != lastThread || now != lastTime || token != lastToken + 1) {
            buffer.putLong(base + ACQUIRED_OFFSET, now);
            if (buffer.getLong(base + THREAD_OFFSET) != thread.getId()
                    || buffer.getLong(base + NAMED_BY_OFFSET) != me) {
                name(thread);
            }
            lastThread = thread;
            lastTime = now;
        }
        lastToken = token;
    }

    private void add(int offset, long delta) {
        buffer.putLong(base + offset, buffer.getLong(base + offset) + delta);
    }

    private void name(Thread thread) {
        String name = thread.getName();
        for (int at = 0; at < THREAD_NAME_LENGTH; at += Long.BYTES) {
            long word = 0;
            for (int i = Long.BYTES - 1; i >= 0; i--) {
                char c = at + i < name.length() ? name.charAt(at + i) : 0;
                word = word << Byte.SIZE | (c < 0x80 ? c : '?');
            }
            buffer.putLong(base + THREAD_NAME_OFFSET + at, word, java.nio.ByteOrder.LITTLE_ENDIAN);
        }
        buffer.putLong(base + THREAD_OFFSET, thread.getId());
        buffer.putLong(base + NAMED_BY_OFFSET, me);
    }

    LockStatus read(String name, Membership members, long identity) {
        for (int attempt = 0; ; attempt++) {
            long token = buffer.getLongAcquire(base + TOKEN_OFFSET);
            long owner = buffer.getLongAcquire(base + OWNER_OFFSET);
            Holder holder = owner == 0 ? null : holder(members, owner);
            boolean abandoned = buffer.getLong(base + ABANDONED_OFFSET) != 0;
            long acquisitions = token - buffer.getLong(base + BEFORE_FIRST_OFFSET);
            long waited = buffer.getLong(base + WAITED_OFFSET);
            long abandonments = buffer.getLong(base + ABANDONMENTS_OFFSET);
            VarHandle.acquireFence();
            boolean steady = buffer.getLongOpaque(base + TOKEN_OFFSET) == token
                    && buffer.getLongOpaque(base + OWNER_OFFSET) == owner;
            if (steady || attempt == ATTEMPTS) {
                return new LockStatus(
                        name,
                        holder,
                        token,
                        members.waiters(identity),
                        abandoned,
                        acquisitions,
                        Duration.ofNanos(waited),
                        abandonments);
            }
        }
    }

    private @Nullable Holder holder(Membership members, long owner) {
        String thread = buffer.getLong(base + NAMED_BY_OFFSET) == owner
                ? buffer.getStringWithoutLengthAscii(base + THREAD_NAME_OFFSET, THREAD_NAME_LENGTH)
                        .replace("\0", "")
                : "";
        long age = Math.max(0, System.currentTimeMillis() - buffer.getLong(base + ACQUIRED_OFFSET));
        return new Holder(members.whose(owner), !members.isDead(owner), thread, Duration.ofMillis(age));
    }
}
