package io.sharedstate.mapped;

import io.sharedstate.mapped.MapFile.Encoded;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Walks through a map, a segment at a time: as each was when it was come to. */
final class MapWalk<T> implements Iterator<T> {

    private final MapFile file;
    private final Function<Encoded, T> view;
    private List<Encoded> entries = List.of();
    private int next;
    private int segment;
    private @Nullable Encoded last;

    MapWalk(MapFile file, Function<Encoded, T> view) {
        this.file = file;
        this.view = view;
    }

    @Override
    public boolean hasNext() {
        while (next == entries.size() && segment < file.segments()) {
            entries = file.entries(segment++);
            next = 0;
        }
        return next < entries.size();
    }

    @Override
    public T next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        last = entries.get(next++);
        return view.apply(last);
    }

    @Override
    public void remove() {
        if (last == null) {
            throw new IllegalStateException("nothing to remove: call next first");
        }
        EncodedKey key = file.key(last.key());
        last = null;
        file.change(key, segment -> segment.remove(key));
    }
}
