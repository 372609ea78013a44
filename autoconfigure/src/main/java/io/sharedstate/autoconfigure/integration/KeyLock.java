package io.sharedstate.autoconfigure.integration;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;

/**
 * The lock of a key. It holds nothing itself: any two of the same key are the same lock.
 */
final class KeyLock implements Lock {

    private static final long FOREVER = Long.MAX_VALUE;
    private static final long MIN_PARK_NS = TimeUnit.MICROSECONDS.toNanos(20);
    private static final long MAX_PARK_NS = TimeUnit.MILLISECONDS.toNanos(5);

    private final SharedLockRegistry registry;
    private final String key;

    KeyLock(SharedLockRegistry registry, String key) {
        this.registry = registry;
        this.key = key;
    }

    @Override
    public void lock() {
        boolean interrupted = false;
        while (true) {
            try {
                lockInterruptibly();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void lockInterruptibly() throws InterruptedException {
        lock(FOREVER);
    }

    @Override
    public boolean tryLock() {
        return registry.take(key);
    }

    @Override
    public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
        return lock(unit.toNanos(time));
    }

    /** Looks again after an eighth of what it has waited, so that it is late by that at most. */
    private boolean lock(long timeout) throws InterruptedException {
        long begun = System.nanoTime();
        while (!Thread.interrupted()) {
            if (registry.take(key)) {
                return true;
            }
            long waited = System.nanoTime() - begun;
            if (waited >= timeout) {
                return false;
            }
            long park = Math.max(MIN_PARK_NS, Math.min(MAX_PARK_NS, waited / 8));
            LockSupport.parkNanos(Math.min(park, timeout - waited));
        }
        throw new InterruptedException();
    }

    @Override
    public void unlock() {
        registry.release(key);
    }

    @Override
    public Condition newCondition() {
        throw new UnsupportedOperationException("a lock of all processes has no conditions");
    }

    @Override
    public String toString() {
        return "KeyLock[" + key + "]";
    }
}
