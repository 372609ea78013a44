package io.sharedstate.redis;

import io.lettuce.core.RedisException;
import io.sharedstate.SharedStateException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.data.redis.connection.RedisConnection;

/**
 * Wakes who waits for something when it is given back: one subscription for all of a member's waiting threads, from when the first one waits. What the
 * server says may be lost on its way, so who waits looks by itself from time to time.
 */
final class Wakeups {

    private static final Logger LOG = LoggerFactory.getLogger(Wakeups.class);

    /** One waiting thread. */
    static final class Sleeper {

        private final Thread thread = Thread.currentThread();
        private volatile boolean woken;

        /** Sleeps until it is woken, interrupted, or the time is over; not at all if it was woken since it slept last. */
        void sleep(long nanos) {
            if (!woken) {
                LockSupport.parkNanos(nanos);
            }
            woken = false;
        }

        private void wake() {
            woken = true;
            LockSupport.unpark(thread);
        }
    }

    private final Server server;
    private final byte[] channel;
    private final Map<String, Set<Sleeper>> sleepers = new ConcurrentHashMap<>();
    private final ReentrantLock connecting = new ReentrantLock();
    private volatile @Nullable RedisConnection subscription;
    private boolean closed;

    Wakeups(Server server, byte[] channel) {
        this.server = server;
        this.channel = channel;
    }

    byte[] channel() {
        return channel;
    }

    /** The calling thread, for what has this key. */
    Sleeper enter(byte[] key) {
        subscribe();
        Sleeper sleeper = new Sleeper();
        sleepers.compute(Bytes.text(key), (same, all) -> {
            Set<Sleeper> set = all == null ? ConcurrentHashMap.newKeySet() : all;
            set.add(sleeper);
            return set;
        });
        return sleeper;
    }

    void leave(byte[] key, Sleeper sleeper) {
        sleepers.computeIfPresent(Bytes.text(key), (same, all) -> {
            all.remove(sleeper);
            return all.isEmpty() ? null : all;
        });
    }

    private void subscribe() {
        if (subscription != null) {
            return;
        }
        connecting.lock();
        boolean interrupted = Thread.interrupted();
        try {
            if (subscription == null && !closed) {
                RedisConnection connection = server.connect();
                connection.subscribe((message, pattern) -> wake(Bytes.text(message.getBody())), channel);
                subscription = connection;
            }
        } catch (SharedStateException | RedisException | org.springframework.dao.DataAccessException e) {
            LOG.debug("not subscribed: who waits looks from time to time", e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            connecting.unlock();
        }
    }

    private void wake(String key) {
        Set<Sleeper> all = sleepers.get(key);
        if (all != null) {
            all.forEach(Sleeper::wake);
        }
    }

    void wakeAll() {
        sleepers.values().forEach(all -> all.forEach(Sleeper::wake));
    }

    void close() {
        connecting.lock();
        try {
            closed = true;
            RedisConnection connection = subscription;
            if (connection != null) {
                connection.close();
            }
        } catch (RedisException | org.springframework.dao.DataAccessException e) {
            LOG.debug("not unsubscribed", e);
        } finally {
            connecting.unlock();
        }
    }
}
