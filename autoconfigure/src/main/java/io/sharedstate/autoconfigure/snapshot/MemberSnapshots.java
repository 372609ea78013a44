package io.sharedstate.autoconfigure.snapshot;

import io.sharedstate.Codec;
import io.sharedstate.MapFullException;
import io.sharedstate.MapOptions;
import io.sharedstate.Member;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedState;
import io.sharedstate.ValueTooLargeException;
import io.sharedstate.WhenFull;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What each member last told, in a map of the state, by ordinal. It stays when the member leaves or dies, until another one that has the
 * ordinal tells something.
 */
public final class MemberSnapshots {

    private final SharedState state;
    private final Clock clock;
    private final SharedMap<Long, MemberSnapshot> map;
    private @Nullable Member told;

    /**
     * @param name of the map
     * @param maxSize of the map, when it is created
     */
    public MemberSnapshots(SharedState state, Clock clock, String name, long maxSize) {
        this.state = state;
        this.clock = clock;
        this.map = state.map(
                name,
                Codec.int64(),
                new MemberSnapshot.Format(),
                MapOptions.DEFAULT.maxSize(maxSize).whenFull(WhenFull.REFUSE));
    }

    /**
     * Tells {@code content}, in place of what was told before.
     *
     * @throws ValueTooLargeException if there is never room for it
     * @throws MapFullException if there is none now
     */
    public synchronized void tell(byte[] content) {
        Member self = state.members().self();
        if (told != null && told.ordinal() != self.ordinal()) {
            forget(told);
        }
        map.put((long) self.ordinal(), new MemberSnapshot(self.incarnation(), clock.instant(), content));
        told = self;
    }

    /** A process that has joined anew, as it was taken for dead, isn't two. */
    private void forget(Member before) {
        map.computeIfPresent(
                (long) before.ordinal(),
                (ordinal, snapshot) -> snapshot.incarnation() == before.incarnation() ? null : snapshot);
    }

    /** By ordinal. */
    public SortedMap<Integer, MemberSnapshot> all() {
        SortedMap<Integer, MemberSnapshot> all = new TreeMap<>();
        for (Map.Entry<Long, MemberSnapshot> entry : map.entrySet()) {
            all.put(entry.getKey().intValue(), entry.getValue());
        }
        return all;
    }

    /** The moment that snapshots told now have. */
    public Instant now() {
        return clock.instant();
    }
}
