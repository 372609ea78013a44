package io.sharedstate.mapped;

import io.sharedstate.mapped.MapFile.Done;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The map of one name: once it was removed, the one that takes its place. */
final class OpenedMap {

    /** What is done with the lock of a key's segment held. */
    interface Change<R> {
        @Nullable
        R apply(MapSegment segment, EncodedKey key);
    }

    private final NamedFile named;
    private final Membership members;
    private final Function<Segment, MapFile> files;
    private volatile MapFile opened;

    /** @param files finds the segments of a file */
    OpenedMap(NamedFile named, Membership members, Function<Segment, MapFile> files) {
        this.named = named;
        this.members = members;
        this.files = files;
        this.opened = files.apply(named.segment());
    }

    String name() {
        return named.name();
    }

    boolean exists() {
        return named.exists();
    }

    MapFile get() {
        members.requireOpen();
        MapFile current = opened;
        Segment segment = named.segment();
        if (!segment.equals(current.file())) {
            current = files.apply(segment);
            opened = current;
        }
        return current;
    }

    /** The one that a change is being made to. */
    MapFile changing() {
        return opened;
    }

    <R> @Nullable R change(byte[] key, Change<R> change) {
        while (true) {
            MapFile at = get();
            EncodedKey encoded = at.key(key);
            Done<R> done = at.change(encoded, segment -> change.apply(segment, encoded));
            if (done != null) {
                return done.result();
            }
        }
    }
}
