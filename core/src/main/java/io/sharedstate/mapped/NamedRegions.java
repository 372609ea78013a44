package io.sharedstate.mapped;

import io.sharedstate.Kind;
import io.sharedstate.SharedRegion;
import io.sharedstate.mapped.layout.FileHeader.Content;
import io.sharedstate.mapped.layout.NamedLayout;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Regions, each in a file with its lock. */
final class NamedRegions implements NamedState {

    private final NamedFiles files;
    private final Locks locks;
    private final Membership members;
    private final Map<String, MappedRegion> opened = new ConcurrentHashMap<>();

    NamedRegions(NamedFiles files, Locks locks, Membership members) {
        this.files = files;
        this.locks = locks;
        this.members = members;
    }

    SharedRegion open(String name, int size) {
        files.requireSize(name, size, NamedLayout.MAX_REGION_SIZE);
        MappedRegion known = opened.get(name);
        if (known != null && known.exists()) {
            return known;
        }
        int aligned = (size + Long.BYTES - 1) & -Long.BYTES;
        Segment segment = files.openOrCreate(
                NamedLayout.regionFileLength(aligned), new Content(files.type(), aligned, 0, name, ""));
        return opened.compute(
                name,
                (key, before) -> before != null && before.exists()
                        ? before
                        : new MappedRegion(name, segment, locks.ofFile(segment), members));
    }

    @Override
    public List<String> names() {
        return files.names();
    }

    @Override
    public boolean remove(String name) {
        Segment segment = files.find(name);
        return segment != null && Locks.whileHeld(Kind.REGION, name, locks.ofFile(segment), () -> files.remove(name));
    }

    @Override
    public void forgetRemoved() {
        opened.values().removeIf(region -> !region.exists());
    }

    @Override
    public List<Check> checks() {
        return files.checks(segment -> {}); // what is in a region is its users' own
    }
}
