package io.sharedstate.redis;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.ObjLongConsumer;
import java.util.function.Supplier;

/**
 * How many permits this process has of a semaphore, by what it knows itself. A call that fails on its way leaves open whether the server has carried it out: then
 * the server is told how many these are, as soon as it can be reached and no other call is on its way.
 */
final class OwnPermits {

    /** By owner, who is another one after a lost membership. */
    private final Map<String, Long> counts = new ConcurrentHashMap<>();
    /** Shared by who calls the server, so that the count is what the server has then. */
    private final ReadWriteLock calling = new ReentrantReadWriteLock();

    private volatile boolean inDoubt;

    /** Calls the server, which may change how many these are. */
    <R> R call(Supplier<R> call) {
        calling.readLock().lock();
        try {
            return call.get();
        } catch (ServerUnavailableException e) {
            inDoubt = true;
            throw e;
        } finally {
            calling.readLock().unlock();
        }
    }

    void add(String owner, int permits) {
        counts.merge(owner, (long) permits, Long::sum);
    }

    void settleIfInDoubt(String owner, ObjLongConsumer<String> settle) {
        if (inDoubt && calling.writeLock().tryLock()) {
            try {
                counts.keySet().retainAll(Set.of(owner));
                settle.accept(owner, Math.max(0, counts.getOrDefault(owner, 0L)));
                inDoubt = false;
            } finally {
                calling.writeLock().unlock();
            }
        }
    }
}
