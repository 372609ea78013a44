package io.sharedstate.autoconfigure.cache;

import io.sharedstate.MapFullException;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedState;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/*
 * Who computes the value of which key of one cache, in all processes: a map, beside that of the values, from keys to claims.
 *
 * A claim is made by putIfAbsent, before the computation reads anything. Its value is kept while the claim's segment is locked, if the
 * claim is still there; evicting a key removes its claim first and the value then. So either the eviction comes before the value is
 * kept, and there is no claim any more, or it removes that value. A claim that was removed frees the key at once.
 *
 * The claim of a dead member, known by its incarnation, is replaced by compare-and-set. One that was killed after the value was kept
 * leaves its claim behind: whoever finds the value doesn't ask for claims, and the next to claim the key replaces it.
 *
 * Claims are never evicted. When there is no room for another, those of the dead make room.
 */
final class Claims {

    private static final long FIRST_PAUSE_NS = TimeUnit.MICROSECONDS.toNanos(50);
    private static final long LONGEST_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(2);

    /** Of all caches: several may be called the same in one member. */
    private static final AtomicLong NUMBERS = new AtomicLong();

    private final SharedState state;
    private final SharedMap<byte[], Claim> map;
    private final long self;
    private final Map<Claim, Thread> computing = new ConcurrentHashMap<>();
    private final Map<Claim, CompletableFuture<Void>> awaited = new ConcurrentHashMap<>();

    Claims(SharedState state, SharedMap<byte[], Claim> map) {
        this.state = state;
        this.map = map;
        this.self = state.members().self().incarnation();
    }

    /**
     * Claims a key, to be {@linkplain #release released} again; null if somebody else computes its value.
     *
     * @throws MapFullException if there is no room for another claim
     * @throws IllegalStateException if it is this thread that computes it
     */
    @Nullable
    Claim tryClaim(byte[] key) {
        Claim mine = new Claim(self, NUMBERS.incrementAndGet());
        Claim there = putIfAbsent(key, mine);
        if (there == null || (isAbandoned(there) && map.replace(key, there, mine))) {
            return mine;
        }
        if (computing.get(there) == Thread.currentThread()) {
            throw new IllegalStateException("its computation asks for itself");
        }
        return null;
    }

    private @Nullable Claim putIfAbsent(byte[] key, Claim mine) {
        try {
            return map.putIfAbsent(key, mine);
        } catch (MapFullException full) {
            removeAbandoned();
            return map.putIfAbsent(key, mine);
        }
    }

    /** Looks who is alive only then: the owners of claims that are made meanwhile may have joined meanwhile. */
    private void removeAbandoned() {
        List<Map.Entry<byte[], Claim>> entries = List.copyOf(map.entrySet());
        Set<Long> alive = incarnations();
        entries.stream()
                .filter(entry -> !alive.contains(entry.getValue().owner()))
                .forEach(entry -> map.remove(entry.getKey(), entry.getValue()));
    }

    private boolean isAbandoned(Claim claim) {
        return !state.members().isAlive(claim.owner());
    }

    private Set<Long> incarnations() {
        return state.members().all().stream()
                .map(member -> member.incarnation())
                .collect(Collectors.toSet());
    }

    /** Computes what a claim is for; asking for the same within it is found out. */
    <T> T compute(Claim claim, Callable<T> computation) throws Exception {
        computing.put(claim, Thread.currentThread());
        try {
            return computation.call();
        } finally {
            computing.remove(claim);
        }
    }

    /** Does something if the claim is still there, before anybody can remove it, and removes it. */
    void ifStillThere(byte[] key, Claim claim, Runnable action) {
        map.computeIfPresent(key, (same, there) -> {
            if (!there.equals(claim)) {
                return there;
            }
            action.run();
            return null;
        });
    }

    void release(byte[] key, Claim claim) {
        map.remove(key, claim);
        CompletableFuture<Void> waiters = awaited.remove(claim);
        if (waiters != null) {
            waiters.complete(null);
        }
    }

    /** Completes when there is no claim of a living member any more, or another one; perhaps on a thread that must not be held up. */
    CompletableFuture<Void> whenFree(byte[] key) {
        Claim there = map.get(key);
        if (there == null || isAbandoned(there)) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> free = new CompletableFuture<>();
        CompletableFuture<Void> sooner = awaited.putIfAbsent(there, free);
        if (sooner != null) {
            return sooner;
        }
        watch(key, there, free, FIRST_PAUSE_NS);
        return free;
    }

    private void watch(byte[] key, Claim claim, CompletableFuture<Void> free, long pause) {
        CompletableFuture.delayedExecutor(pause, TimeUnit.NANOSECONDS, Runnable::run)
                .execute(() -> {
                    try {
                        if (free.isDone()) {
                            return;
                        }
                        if (claim.equals(map.get(key)) && !isAbandoned(claim)) {
                            watch(key, claim, free, Math.min(2 * pause, LONGEST_PAUSE_NS));
                        } else {
                            awaited.remove(claim, free);
                            free.complete(null);
                        }
                    } catch (RuntimeException | Error e) {
                        awaited.remove(claim, free);
                        free.completeExceptionally(e);
                    }
                });
    }

    /** Whatever is computed for this key now isn't kept. */
    void remove(byte[] key) {
        if (map.containsKey(key)) {
            map.remove(key);
        }
    }

    /** Whatever is computed now isn't kept. */
    void clear() {
        map.clear();
    }
}
