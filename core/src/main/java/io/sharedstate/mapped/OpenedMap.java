package io.sharedstate.mapped;

import io.sharedstate.mapped.MapFile.Done;
import org.jspecify.annotations.Nullable;

/** The map of one name: once it was removed, the one that takes its place. */
final class OpenedMap {

    /** What is done with the lock of a key's segment held. */
    interface Change<R> {
        @Nullable
        R apply(MapSegment segment, EncodedKey key);
    }

    private final Opened<MapFile> opened;

    OpenedMap(Opened<MapFile> opened) {
        this.opened = opened;
    }

    String name() {
        return opened.name();
    }

    boolean exists() {
        return opened.exists();
    }

    MapFile get() {
        return opened.get();
    }

    /** The one that a change is being made to. */
    MapFile changing() {
        return opened.last();
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
