package io.sharedstate.mapped;

import static io.sharedstate.mapped.layout.NamedLayout.VERSION_OFFSET;

import io.sharedstate.Flush;
import io.sharedstate.FormatException;
import io.sharedstate.Kind;
import io.sharedstate.mapped.layout.FileHeader;
import io.sharedstate.mapped.layout.FileHeader.Content;
import io.sharedstate.mapped.layout.FileType;
import io.sharedstate.mapped.layout.LockLayout;
import io.sharedstate.mapped.layout.MapLayout;
import io.sharedstate.mapped.layout.MembersLayout;
import io.sharedstate.mapped.layout.NamedLayout;
import io.sharedstate.mapped.layout.QueueLayout;
import io.sharedstate.mapped.layout.TableLayout;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.agrona.concurrent.AtomicBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What the first to join after a reboot does, before anyone joins and with the creation lock held: pages reach a disk in any
 * order, so each thing is looked at by itself. What is whole is kept; what isn't is dropped or set aside, and reported. Repeating
 * it does no harm, should it be cut off.
 */
final class Reboot {

    /** More than can have been given and not reached the disk. */
    private static final long TOKEN_LIFT = 1L << 32;

    private static final long INCARNATION_LIFT = 1L << 20;

    private static final long NOT_FOUND = -1;

    /** Those whose files have one lock, at the same place. */
    private static final Set<Kind> ONE_LOCK = EnumSet.of(Kind.VALUE, Kind.REGION, Kind.SEMAPHORE, Kind.TOPIC);

    /** So that whatever was being filled is free. */
    private static final MapExtents.Owners NOBODY_LIVES = new MapExtents.Owners() {
        @Override
        public long owner() {
            return MembersLayout.DEAD_OWNER;
        }

        @Override
        public boolean isDead(long owner) {
            return true;
        }

        @Override
        public void requireOpen() {}
    };

    private final Segments segments;
    private final Storage storage;
    private final List<String> dropped = new ArrayList<>();

    private Reboot(Segments segments) {
        this.segments = segments;
        this.storage = segments.storage();
    }

    /** Verifies everything; returns what it dropped, each a sentence. */
    static List<String> verify(Segments segments, Segment members) {
        return new Reboot(segments).run(members);
    }

    private List<String> run(Segment members) {
        reviveMembers(members);
        for (TableLayout layout : TableLayout.values()) {
            verifyTable(layout);
        }
        verifyFiles(Kind.ADDER);
        verifyFiles(Kind.VALUE);
        verifyFiles(Kind.REGION);
        verifyFiles(Kind.MAP);
        verifyFiles(Kind.KEYED_RATE_LIMITER);
        verifyFiles(Kind.QUEUE);
        verifyFiles(Kind.SEMAPHORE);
        verifyFiles(Kind.TOPIC);
        return dropped;
    }

    private void reviveMembers(Segment members) {
        AtomicBuffer buffer = members.buffer();
        int capacity = (int) buffer.getLong(FileHeader.PARAMETER_0_OFFSET);
        for (int ordinal = 0; ordinal < capacity; ordinal++) {
            if (!storage.isFree(ordinal)) {
                throw new FormatException(
                        "member " + ordinal + " of " + storage.location()
                                + " is attached from another boot: two machines seem to share this directory; give each its own");
            }
            int slot = MembersLayout.slotOffset(ordinal);
            buffer.setMemory(slot, MembersLayout.SLOT_LENGTH, (byte) 0);
        }
        long next = buffer.getLong(MembersLayout.NEXT_INCARNATION_OFFSET);
        buffer.putLong(MembersLayout.NEXT_INCARNATION_OFFSET, next + INCARNATION_LIFT);
        members.force();
    }

    private void verifyTable(TableLayout layout) {
        int chunks = 0;
        List<String> files = storage.list("");
        while (files.contains(layout.fileName(chunks))) {
            chunks++;
        }
        boolean usedAfter = false;
        for (int chunk = chunks - 1; chunk >= 0; chunk--) {
            String path = layout.fileName(chunk);
            Segment segment = openWhole(path, layout.type());
            if (segment == null) {
                segment = segments.create(
                        path, layout.fileLength(), new Content(layout.type(), chunk, layout.chunkSlots()));
            }
            usedAfter = verifySlots(layout, segment, usedAfter);
            segment.force();
        }
    }

    private boolean verifySlots(TableLayout layout, Segment segment, boolean usedAfter) {
        AtomicBuffer buffer = segment.buffer();
        boolean used = usedAfter;
        for (int slot = layout.chunkSlots() - 1; slot >= 0; slot--) {
            int state = layout.tagOffset(slot) + TableLayout.STATE_OFFSET;
            long word = buffer.getLong(state);
            int kind = TableLayout.stateOf(word);
            int length = TableLayout.nameLength(word);
            if (kind == TableLayout.USED) {
                String name = buffer.getStringWithoutLengthAscii(
                        layout.tagOffset(slot) + TableLayout.NAME_OFFSET, Math.min(length, FileHeader.NAME_LENGTH));
                if (word != TableLayout.state(TableLayout.USED, name)) {
                    dropped.add("slot " + slot + " of " + segment.path() + ": its name is damaged");
                    buffer.putLong(state, TableLayout.state(TableLayout.REMOVED, ""));
                }
            } else if (kind != TableLayout.REMOVED && (used || word != 0)) {
                buffer.putLong(state, used ? TableLayout.state(TableLayout.REMOVED, "") : 0);
            }
            used |= buffer.getLong(state) != 0;
            if (layout == TableLayout.LOCKS) {
                release(buffer, layout.slotOffset(slot));
            }
        }
        return used;
    }

    /** Nobody holds it any more, and tokens that were given but not written are not given again. */
    private static void release(AtomicBuffer buffer, int lock) {
        if (buffer.getLong(lock + LockLayout.OWNER_OFFSET) != 0) {
            buffer.putLong(lock + LockLayout.OWNER_OFFSET, MembersLayout.DEAD_OWNER);
        }
        buffer.putLong(lock + LockLayout.NEXT_OFFSET, 0);
        for (int lifted : new int[] {LockLayout.TOKEN_OFFSET, LockLayout.BEFORE_FIRST_OFFSET}) {
            buffer.putLong(lock + lifted, buffer.getLong(lock + lifted) + TOKEN_LIFT);
        }
        buffer.putLong(lock + LockLayout.ABANDONED_OFFSET, buffer.getLong(lock + LockLayout.ABANDONED_OFFSET) & 1);
    }

    private void verifyFiles(Kind kind) {
        FileType type = FileType.valueOf(kind.name());
        for (String file : storage.list(kind.label() + "s")) {
            Segment segment = openWhole(kind.label() + "s/" + file, type);
            if (segment != null) {
                if (ONE_LOCK.contains(kind)) {
                    release(segment.buffer(), NamedLayout.LOCK_OFFSET);
                }
                if (kind == Kind.VALUE) {
                    verifyValue(segment);
                }
                if (kind == Kind.MAP || kind == Kind.KEYED_RATE_LIMITER) {
                    verifyMap(segment.flushed(Flush.INTERVAL));
                }
                if (kind == Kind.QUEUE) {
                    verifyQueue(segment);
                }
                if (kind == Kind.TOPIC && !TopicFile.recover(segment)) {
                    dropped.add("the newest message of " + segment.path()
                            + ": damaged; the numbers go on from an older one");
                }
                segment.force();
            }
        }
    }

    private void verifyQueue(Segment segment) {
        release(segment.buffer(), QueueLayout.PRODUCERS_LOCK_OFFSET);
        release(segment.buffer(), QueueLayout.CONSUMERS_LOCK_OFFSET);
        int damaged = QueueReboot.verify(segment);
        if (damaged > 0) {
            dropped.add(damaged + " messages of " + segment.path() + ": damaged");
        }
    }

    private void verifyValue(Segment segment) {
        AtomicBuffer buffer = segment.buffer();
        int maxSize = (int) buffer.getLong(FileHeader.PARAMETER_0_OFFSET);
        long newest = 0;
        for (long each = 0; each < NamedLayout.BUFFERS; each++) {
            long version = buffer.getLong(NamedLayout.bufferOffset(each, maxSize) + NamedLayout.BUFFER_VERSION_OFFSET);
            boolean right = version > newest && (version & (NamedLayout.BUFFERS - 1)) == each;
            if (right && MappedValue.isWhole(segment, version)) {
                newest = version;
            }
        }
        long version = buffer.getLong(VERSION_OFFSET);
        if (newest < version) {
            dropped.add("version " + version + " of " + segment.path() + ": damaged; it is back at "
                    + (newest == 0 ? "empty" : "version " + newest));
        }
        buffer.putLong(VERSION_OFFSET, newest);
    }

    /** First finds where each segment is, so that what is written then takes nobody's extent. */
    private void verifyMap(Segment segment) {
        AtomicBuffer buffer = segment.buffer();
        MapExtents extents = new MapExtents(segment, NOBODY_LIVES);
        MapLayout layout = extents.layout();
        long[] newest = new long[layout.segments()];
        List<Integer> lost = new ArrayList<>();
        for (int number = 0; number < layout.segments(); number++) {
            release(buffer, layout.segmentOffset(number) + MapLayout.LOCK_OFFSET);
            long found = newestOf(number, extents);
            newest[number] = newestEpoch(number, extents);
            if (found == NOT_FOUND) {
                lost.add(number);
            } else {
                extents.setDescriptor(number, found);
            }
        }
        for (int number : lost) {
            MapExtent empty = extents.claim();
            empty.clear(number);
            extents.setDescriptor(number, MapLayout.descriptor(0, empty.number()));
            extents.release(empty);
            dropped.add("segment " + number + " of " + segment.path() + ": its entries are lost");
        }
        for (int number = 0; number < layout.segments(); number++) {
            int damaged =
                    new MapSegment(number, extents, () -> 0, Eviction.LEAST_RECENTLY_USED).verify(newest[number] + 1);
            if (damaged > 0) {
                dropped.add(damaged + " entries of " + segment.path() + ": damaged");
            }
        }
    }

    /** The extent that a segment's descriptor names, else the newest that was filled for it; as a descriptor. */
    private static long newestOf(int number, MapExtents extents) {
        if (extents.isRight(number, extents.descriptor(number))) {
            return extents.descriptor(number);
        }
        long newest = NOT_FOUND;
        for (MapExtent extent : extents.all()) {
            long epoch = extent.epoch();
            if (extent.segment() == number && epoch > 0 && (newest == NOT_FOUND || epoch > MapLayout.epoch(newest))) {
                newest = MapLayout.descriptor(epoch, extent.number());
            }
        }
        return newest;
    }

    private static long newestEpoch(int number, MapExtents extents) {
        long newest = 0;
        for (MapExtent extent : extents.all()) {
            newest = extent.segment() == number ? Math.max(newest, extent.epoch()) : newest;
        }
        return newest;
    }

    private @Nullable Segment openWhole(String path, FileType type) {
        String damage;
        try {
            Segment segment = storage.open(path);
            damage = segment == null ? null : segments.damage(segment, type);
            if (damage == null && segment != null && (type == FileType.MAP || type == FileType.KEYED_RATE_LIMITER)) {
                damage = MapFile.damage(segment);
            }
            if (damage == null && segment != null && type == FileType.QUEUE) {
                damage = QueueBlocks.damage(segment);
            }
            if (damage == null && segment != null && type == FileType.TOPIC) {
                damage = TopicFile.damage(segment);
            }
            if (damage == null) {
                return segment;
            }
        } catch (FormatException e) {
            damage = "is damaged: " + e.getMessage();
        }
        dropped.add("file " + path + " " + damage + "; it is kept as " + storage.setAside(path));
        return null;
    }
}
