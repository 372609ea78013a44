package io.sharedstate.autoconfigure.shedlock;

import io.sharedstate.Codec;
import io.sharedstate.MapFullException;
import io.sharedstate.MapOptions;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedState;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import net.javacrumbs.shedlock.core.AbstractSimpleLock;
import net.javacrumbs.shedlock.core.ClockProvider;
import net.javacrumbs.shedlock.core.ExtensibleLockProvider;
import net.javacrumbs.shedlock.core.LockConfiguration;
import net.javacrumbs.shedlock.core.SimpleLock;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * ShedLock's locks, by name. Every change of a lock is one replacement of its {@link Hold}, by whoever saw it as it was; what
 * is free has none, as a rule.
 */
final class SharedLockProvider implements ExtensibleLockProvider {

    private static final Log log = LogFactory.getLog(SharedLockProvider.class);

    static final String MAP = "sharedstate.shedlock";

    /** Room for more than 2,000 locks that are held at once. */
    private static final long MAX_SIZE = 1024 * 1024;

    private final SharedState state;
    private final long self;
    private final SharedMap<String, Hold> map;
    private final AtomicLong holds = new AtomicLong();

    SharedLockProvider(SharedState state) {
        this.state = state;
        this.self = state.members().self().incarnation();
        this.map = state.map(MAP, Codec.string(), new Hold.Format(), MapOptions.DEFAULT.maxSize(MAX_SIZE));
    }

    @Override
    public Optional<SimpleLock> lock(LockConfiguration configuration) {
        String name = configuration.getName();
        Hold mine = hold(configuration);
        while (true) {
            Hold before = map.get(name);
            if (before != null && isHeld(before)) {
                return Optional.empty();
            }
            if (replace(name, before, mine)) {
                logTakeOver(name, before);
                return Optional.of(new HeldLock(configuration, mine));
            }
        }
    }

    private Hold hold(LockConfiguration configuration) {
        return new Hold(
                self,
                holds.incrementAndGet(),
                configuration.getLockAtLeastUntil().toEpochMilli(),
                configuration.getLockAtMostUntil().toEpochMilli());
    }

    private static long now() {
        return ClockProvider.now().toEpochMilli();
    }

    private boolean isHeld(Hold hold) {
        long now = now();
        return now < hold.atMostUntil() && (now < hold.atLeastUntil() || isAlive(hold.owner()));
    }

    private boolean isAlive(long owner) {
        return owner != Hold.NOBODY && state.members().isAlive(owner);
    }

    private boolean replace(String name, @Nullable Hold before, Hold after) {
        try {
            return exchange(name, before, after);
        } catch (MapFullException full) {
            removeFree();
            return exchange(name, before, after);
        }
    }

    private boolean exchange(String name, @Nullable Hold before, Hold after) {
        return before == null ? map.putIfAbsent(name, after) == null : map.replace(name, before, after);
    }

    /** What the dead have left, and what was left until its time was over. */
    private void removeFree() {
        for (Map.Entry<String, Hold> each : map.entrySet()) {
            if (!isHeld(each.getValue())) {
                map.remove(each.getKey(), each.getValue());
            }
        }
    }

    private static void logTakeOver(String name, @Nullable Hold before) {
        if (before != null && before.owner() != Hold.NOBODY) {
            log.warn("Lock '%s' was taken over: %s"
                    .formatted(
                            name,
                            now() < before.atMostUntil()
                                    ? "the process that held it has died"
                                    : "its lockAtMostFor was over before it was unlocked"));
        }
    }

    private final class HeldLock extends AbstractSimpleLock {

        private final Hold hold;

        HeldLock(LockConfiguration configuration, Hold hold) {
            super(configuration);
            this.hold = hold;
        }

        @Override
        protected void doUnlock() {
            String name = lockConfiguration.getName();
            boolean wasMine =
                    now() < hold.atLeastUntil() ? replace(name, hold, hold.released()) : map.remove(name, hold);
            if (!wasMine) {
                log.warn("Lock '%s' was no longer held when it was unlocked: its lockAtMostFor of %s was over"
                        .formatted(name, lockConfiguration.getLockAtMostFor()));
            }
        }

        @Override
        protected Optional<SimpleLock> doExtend(LockConfiguration configuration) {
            Hold extended = hold(configuration);
            return now() < hold.atMostUntil() && replace(configuration.getName(), hold, extended)
                    ? Optional.of(new HeldLock(configuration, extended))
                    : Optional.empty();
        }
    }
}
