package io.sharedstate.mapped;

import io.sharedstate.FormatException;
import io.sharedstate.mapped.layout.FileHeader;
import io.sharedstate.mapped.layout.FileType;
import io.sharedstate.mapped.layout.MapLayout;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.AtomicBuffer;

/*
 * The extents that the segments of one map share. An extent is in use if a segment's descriptor names it, and being filled
 * if it has an owner that lives. Any other is free, and is claimed by compare-and-set of its owner, from 0 or a dead one.
 *
 * Between the look at the descriptors and the claim somebody may fill it and make a descriptor name it: so the look is
 * repeated after the claim, which is undone if one does. The segment that may name it is the one that it was filled for.
 *
 * Invariants:
 * - No two descriptors name the same extent.
 * - An extent that no descriptor names is written by its owner only.
 * A death leaves an extent with a dead owner: free, or in use if it died after the descriptor was stored.
 */
final class MapExtents {

    private static final long PAUSE_NS = 20_000;

    private final Segment file;
    private final AtomicBuffer control;
    private final MapLayout layout;
    private final MapExtent[] extents;
    private final Owners owners;
    /** Where to look first; any number is right. */
    private volatile int next;

    /** Who fills extents, and who of those is dead. */
    interface Owners {

        long owner();

        boolean isDead(long owner);

        /** Throws if nothing may be changed any more. */
        void requireOpen();
    }

    MapExtents(Segment file, Owners owners) {
        this.file = file;
        this.control = file.buffer();
        this.layout = MapFile.layout(file);
        this.owners = owners;
        this.extents = new MapExtent[layout.extents()];
        for (int i = 0; i < extents.length; i++) {
            extents[i] = new MapExtent(i, file.windows().get(layout.windowOf(i)), layout);
        }
        this.next = layout.segments();
    }

    Segment file() {
        return file;
    }

    String name() {
        return FileHeader.content(control, FileType.MAP).name();
    }

    MapLayout layout() {
        return layout;
    }

    MapExtent[] all() {
        return extents;
    }

    long descriptor(int segment) {
        return control.getLongAcquire(layout.segmentOffset(segment) + MapLayout.DESCRIPTOR_OFFSET);
    }

    void setDescriptor(int segment, long descriptor) {
        control.putLongRelease(layout.segmentOffset(segment) + MapLayout.DESCRIPTOR_OFFSET, descriptor);
    }

    /** Whether a descriptor names an extent that was filled for this segment in this epoch. */
    boolean isRight(int segment, long descriptor) {
        int number = MapLayout.extent(descriptor);
        return number < extents.length
                && extents[number].segment() == segment
                && extents[number].epoch() == MapLayout.epoch(descriptor);
    }

    /** The extent that a descriptor names. */
    MapExtent named(long descriptor) {
        int number = MapLayout.extent(descriptor);
        if (number >= extents.length) {
            throw new FormatException("file " + file.path() + ": a segment's descriptor names extent " + number + " of "
                    + extents.length + ", so that the file is damaged; remove the map to begin it anew");
        }
        return extents[number];
    }

    /** Claims a free extent, waiting for one if need be. */
    MapExtent claim() {
        while (true) {
            int first = next;
            for (int i = 0; i < extents.length; i++) {
                MapExtent extent = extents[(first + i) % extents.length];
                if (!isInUse(extent) && claim(extent)) {
                    next = extent.number() + 1;
                    return extent;
                }
            }
            owners.requireOpen();
            LockSupport.parkNanos(PAUSE_NS);
        }
    }

    private boolean claim(MapExtent extent) {
        long owner = extent.buffer().getLongAcquire(extent.owner());
        if ((owner != 0 && !owners.isDead(owner))
                || !extent.buffer().compareAndSetLong(extent.owner(), owner, owners.owner())) {
            return false;
        }
        if (isInUse(extent)) {
            release(extent);
            return false;
        }
        return true;
    }

    private boolean isInUse(MapExtent extent) {
        int segment = extent.segment();
        return segment < layout.segments() && MapLayout.extent(descriptor(segment)) == extent.number();
    }

    void release(MapExtent extent) {
        extent.buffer().putLongRelease(extent.owner(), 0);
    }

    /** Throws {@link AssertionError} if an invariant doesn't hold; for tests, with nobody compacting. */
    void checkInvariants() {
        boolean[] named = new boolean[extents.length];
        for (int segment = 0; segment < layout.segments(); segment++) {
            MapExtent extent = named(descriptor(segment));
            if (named[extent.number()] || extent.segment() != segment) {
                throw new AssertionError(file.path() + ": segment " + segment + " has extent " + extent.number()
                        + ", which is of segment " + extent.segment());
            }
            named[extent.number()] = true;
        }
    }
}
