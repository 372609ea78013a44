package io.sharedstate.autoconfigure.integration;

import io.sharedstate.Codec;
import io.sharedstate.MapFullException;
import io.sharedstate.MapOptions;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedState;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Lock;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.integration.support.locks.LockRegistry;

/**
 * A lock for each key, of all processes together. Keys come and go without number, ids of messages for example; so a lock takes
 * room while it is held, and none afterwards: its holder is an entry in a map, put and removed by compare-and-set. (A named lock of the
 * state has a slot that stays.)
 */
final class SharedLockRegistry implements LockRegistry<Lock> {

    private static final Log log = LogFactory.getLog(SharedLockRegistry.class);

    static final String MAP = "sharedstate.integration.locks";

    /** Room for more than 2,000 locks that are held at once. */
    private static final long MAX_SIZE = 1024 * 1024;

    private final SharedState state;
    private final long self;
    private final SharedMap<String, Holder> map;

    /** How often this thread has locked again what it held already. */
    private final ThreadLocal<Map<String, Integer>> reentries = ThreadLocal.withInitial(HashMap::new);

    SharedLockRegistry(SharedState state) {
        this.state = state;
        this.self = state.members().self().incarnation();
        this.map = state.map(MAP, Codec.string(), new Holder.Format(), MapOptions.DEFAULT.maxSize(MAX_SIZE));
    }

    /** @param key a String, as it has to be the same in all processes */
    @Override
    public Lock obtain(Object key) {
        if (!(key instanceof String string)) {
            throw new IllegalArgumentException(
                    "a lock's key is a " + key.getClass().getName()
                            + ": expected a String, which is the same in all processes; give its text, or its id");
        }
        return new KeyLock(this, string);
    }

    /** Takes the lock if it is free, or the thread's already, or its holder is dead. */
    boolean take(String key) {
        Holder me = me();
        while (true) {
            Holder holder = map.get(key);
            if (me.equals(holder)) {
                reentries.get().merge(key, 1, Integer::sum);
                return true;
            }
            if (holder != null && isAlive(holder)) {
                return false;
            }
            if (replace(key, holder, me)) {
                if (holder != null) {
                    log.warn("Lock '%s' was taken over: the process that held it has died".formatted(key));
                }
                return true;
            }
        }
    }

    void release(String key) {
        Map<String, Integer> again = reentries.get();
        if (again.computeIfPresent(key, (same, times) -> times - 1) == null && !map.remove(key, me())) {
            throw new IllegalMonitorStateException("lock '" + key + "' isn't held by thread '"
                    + Thread.currentThread().getName() + "'");
        }
        again.remove(key, 0);
        if (again.isEmpty()) {
            reentries.remove();
        }
    }

    private Holder me() {
        return new Holder(self, Thread.currentThread().getId());
    }

    private boolean isAlive(Holder holder) {
        return state.members().isAlive(holder.member());
    }

    private boolean replace(String key, @Nullable Holder before, Holder after) {
        try {
            return exchange(key, before, after);
        } catch (MapFullException full) {
            removeDead();
            return exchange(key, before, after);
        }
    }

    private void removeDead() {
        for (Map.Entry<String, Holder> each : map.entrySet()) {
            if (!isAlive(each.getValue())) {
                map.remove(each.getKey(), each.getValue());
            }
        }
    }

    private boolean exchange(String key, @Nullable Holder before, Holder after) {
        return before == null ? map.putIfAbsent(key, after) == null : map.replace(key, before, after);
    }
}
