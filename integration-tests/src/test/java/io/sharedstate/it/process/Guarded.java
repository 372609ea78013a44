package io.sharedstate.it.process;

import io.sharedstate.Lease;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedState;
import org.agrona.concurrent.AtomicBuffer;

/**
 * Memory that only the holder of its lock may change, by plain stores: copies of one count, all the same whenever nobody is
 * inside, and the fencing token of who was inside last.
 *
 * <p>Each entry checks what the one before left: a count that is half made without the lock being abandoned, or a token
 * that isn't higher, would show two holders at once or a lost finding.
 */
final class Guarded {

    private static final int TOKEN_OFFSET = 0;
    private static final int FIRST_OFFSET = 8;
    /** So many that a good part of the time is spent between the first and the last. */
    private static final int SIZE = 8192;

    private final SharedLock lock;
    private final AtomicBuffer memory;

    Guarded(SharedState state, String name) {
        lock = state.lock(name);
        memory = state.region(name, SIZE).buffer();
    }

    SharedLock lock() {
        return lock;
    }

    /** Counts one; returns the fencing token it was done under. */
    long count() {
        try (Lease lease = lock.acquire()) {
            return count(lease);
        }
    }

    long count(Lease lease) {
        long token = lease.fencingToken();
        if (token <= memory.getLong(TOKEN_OFFSET)) {
            throw new AssertionError(lock.name() + ": token " + token + " after token " + memory.getLong(TOKEN_OFFSET));
        }
        memory.putLong(TOKEN_OFFSET, token);
        long counted = memory.getLong(FIRST_OFFSET);
        repair(lease);
        for (int offset = FIRST_OFFSET; offset < SIZE; offset += Long.BYTES) {
            if (memory.getLong(offset) != counted) {
                throw new AssertionError(lock.name() + ": half a count at " + offset + ", " + memory.getLong(offset)
                        + " instead of " + counted + ", token " + token);
            }
        }
        store(counted + 1);
        return token;
    }

    /** The first copy is stored first, so it counts what was begun. */
    private void repair(Lease lease) {
        if (lease.wasAbandoned()) {
            store(memory.getLong(FIRST_OFFSET));
            lease.markConsistent();
        }
    }

    private void store(long count) {
        for (int offset = FIRST_OFFSET; offset < SIZE; offset += Long.BYTES) {
            memory.putLong(offset, count);
        }
    }

    /** How often was counted, the counts of holders that died among them. */
    long counted() {
        try (Lease lease = lock.acquire()) {
            repair(lease);
            return memory.getLong(FIRST_OFFSET);
        }
    }
}
