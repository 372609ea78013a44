package io.sharedstate.mapped;

import static io.sharedstate.mapped.layout.TableLayout.NAME_OFFSET;
import static io.sharedstate.mapped.layout.TableLayout.REMOVED_OFFSET;
import static io.sharedstate.mapped.layout.TableLayout.STATE_OFFSET;

import io.sharedstate.CapacityExceededException;
import io.sharedstate.mapped.layout.FileHeader.Content;
import io.sharedstate.mapped.layout.TableLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.agrona.concurrent.AtomicBuffer;
import org.jspecify.annotations.Nullable;

/*
 * Slots that are found by name, in chunk files that are added as needed and never change their size.
 *
 * A slot's state word is its commit: whoever finds it in state "used" with a name's length and checksum finds the name
 * and the slot's first content written. Everything but the state word of a used slot is written under the creation
 * lock.
 *
 * Invariants:
 * - No two slots in state "used" have the same name.
 * - After a slot that was never used, none is used.
 * - A name that was removed and asked for again gets its slot back, so that everyone who has held on to it goes on to
 *   mean the same slot, unless all members have left that could have.
 *
 * A death while creating leaves the slot as it was, never used or removed, with a name that doesn't count.
 */
final class NameTable {

    /** Where a name's slot is. */
    record Slot(Segment segment, int offset, int tag, int number) {

        private long state() {
            return segment.buffer().getLongAcquire(tag + STATE_OFFSET);
        }

        boolean isUsed() {
            return TableLayout.stateOf(state()) == TableLayout.USED;
        }
    }

    private final Segments segments;
    private final Membership members;
    private final TableLayout layout;
    private final int maxSlots;
    private final List<Segment> chunks = new CopyOnWriteArrayList<>();

    NameTable(Segments segments, Membership members, TableLayout layout, int maxSlots) {
        this.segments = segments;
        this.members = members;
        this.layout = layout;
        this.maxSlots = maxSlots;
    }

    /** Makes sure that the first chunk is there, so that it isn't found missing later; the creation lock is held. */
    void prepare() {
        if (chunk(0) == null) {
            createChunk(0);
        }
    }

    /** The slot of a name, if it exists. */
    @Nullable
    Slot find(String name) {
        return find(name, TableLayout.state(TableLayout.USED, name));
    }

    /** The slot of a name; if it is new, {@code initializer} has written its first content. */
    Slot findOrCreate(String name, Consumer<Slot> initializer) {
        Slot found = find(name);
        if (found != null) {
            return found;
        }
        segments.storage().lockCreation();
        try {
            found = find(name);
            if (found == null) {
                found = vacant(name);
                AtomicBuffer buffer = found.segment().buffer();
                buffer.putBytes(found.tag() + NAME_OFFSET, name.getBytes(StandardCharsets.US_ASCII));
                initializer.accept(found);
                buffer.putLongRelease(found.tag() + STATE_OFFSET, TableLayout.state(TableLayout.USED, name));
                written(found);
            }
            return found;
        } finally {
            segments.storage().unlockCreation();
        }
    }

    /** Removes a name after {@code preparation}, which may refuse; returns whether there was one. */
    boolean remove(String name, Consumer<Slot> preparation) {
        segments.storage().lockCreation();
        try {
            Slot found = find(name);
            if (found == null) {
                return false;
            }
            preparation.accept(found);
            AtomicBuffer buffer = found.segment().buffer();
            buffer.putLong(found.tag() + REMOVED_OFFSET, members.nextIncarnation());
            buffer.putLongRelease(found.tag() + STATE_OFFSET, TableLayout.state(TableLayout.REMOVED, name));
            written(found);
            return true;
        } finally {
            segments.storage().unlockCreation();
        }
    }

    private void written(Slot slot) {
        slot.segment().written(slot.offset(), layout.slotOffset(1) - layout.slotOffset(0));
    }

    List<String> names() {
        List<String> names = new ArrayList<>();
        forEach((slot, state) -> {
            if (TableLayout.stateOf(state) == TableLayout.USED) {
                names.add(name(slot, state));
            }
            return true;
        });
        names.sort(null);
        return names;
    }

    private @Nullable Slot find(String name, long wanted) {
        Slot[] found = new Slot[1];
        forEach((slot, state) -> {
            if (state == wanted && name(slot, state).equals(name)) {
                found[0] = slot;
                return false;
            }
            return true;
        });
        return found[0];
    }

    /**
     * A slot for a new name: its own of before, else one never used, else one whose last users are gone, else one in a new
     * chunk.
     */
    private Slot vacant(String name) {
        Slot own = find(name, TableLayout.state(TableLayout.REMOVED, name));
        if (own != null) {
            return own;
        }
        int[] used = new int[1];
        forEach((slot, state) -> ++used[0] > 0);
        if (used[0] < Math.min(maxSlots, chunks.size() * layout.chunkSlots())) {
            return slot(used[0]);
        }
        long oldest = members.oldestIncarnation();
        Slot[] left = new Slot[1];
        forEach((slot, state) -> {
            boolean free = TableLayout.stateOf(state) == TableLayout.REMOVED
                    && slot.segment().buffer().getLong(slot.tag() + REMOVED_OFFSET) <= oldest;
            left[0] = free ? slot : null;
            return !free;
        });
        if (left[0] != null) {
            return left[0];
        }
        if (used[0] >= maxSlots) {
            String plural = layout.name().toLowerCase(java.util.Locale.ROOT);
            throw new CapacityExceededException("no room for '" + name + "': " + used[0] + " of at most " + maxSlots
                    + " " + plural + " exist; remove some, or raise sharedstate.mapped.max-" + plural);
        }
        createChunk(chunks.size());
        return slot(used[0]);
    }

    private Slot slot(int number) {
        Segment chunk = chunks.get(number / layout.chunkSlots());
        int within = number % layout.chunkSlots();
        return new Slot(chunk, layout.slotOffset(within), layout.tagOffset(within), number);
    }

    private void createChunk(int index) {
        add(
                index,
                segments.create(
                        layout.fileName(index),
                        layout.fileLength(),
                        new Content(layout.type(), index, layout.chunkSlots())));
    }

    private @Nullable Segment chunk(int index) {
        if (index < chunks.size()) {
            return chunks.get(index);
        }
        Segment opened = segments.open(layout.fileName(index), layout.type());
        return opened == null ? null : add(index, opened);
    }

    /** Two threads may open a chunk at once; both then use the same mapping. */
    private synchronized Segment add(int index, Segment opened) {
        if (index == chunks.size()) {
            chunks.add(opened);
        }
        return chunks.get(index);
    }

    private interface Visitor {
        /** Returns whether to go on. */
        boolean visit(Slot slot, long state);
    }

    /** Visits all slots that have ever been used. */
    private void forEach(Visitor visitor) {
        for (int index = 0; ; index++) {
            Segment chunk = chunk(index);
            if (chunk == null) {
                return;
            }
            for (int within = 0; within < layout.chunkSlots(); within++) {
                int tag = layout.tagOffset(within);
                long state = chunk.buffer().getLongAcquire(tag + STATE_OFFSET);
                if (state == TableLayout.NEVER_USED) {
                    return;
                }
                Slot slot = new Slot(chunk, layout.slotOffset(within), tag, index * layout.chunkSlots() + within);
                if (!visitor.visit(slot, state)) {
                    return;
                }
            }
        }
    }

    private static String name(Slot slot, long state) {
        return slot.segment()
                .buffer()
                .getStringWithoutLengthAscii(slot.tag() + NAME_OFFSET, TableLayout.nameLength(state));
    }

    /** Throws {@link AssertionError} if an invariant doesn't hold; for tests. */
    void checkInvariants() {
        List<String> names = names();
        for (int i = 1; i < names.size(); i++) {
            if (names.get(i).equals(names.get(i - 1))) {
                throw new AssertionError("two slots for '" + names.get(i) + "'");
            }
        }
        forEach((slot, state) -> {
            String name = name(slot, state);
            int kind = TableLayout.stateOf(state);
            boolean whole = kind == TableLayout.REMOVED || state == TableLayout.state(TableLayout.USED, name);
            if (kind > TableLayout.REMOVED || !whole) {
                throw new AssertionError(
                        "slot " + slot.number() + " has state 0x" + Long.toHexString(state) + ", name '" + name + "'");
            }
            return true;
        });
    }
}
