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
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
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
    /** Where the names are that were once seen used: they stay there for as long as this member does. */
    private final Map<String, Slot> index = new ConcurrentHashMap<>();

    private final ReentrantLock learning = new ReentrantLock();
    /** Slots that were removed when they were first seen, and may get another name; guarded by the lock. */
    private final List<Slot> vacated = new ArrayList<>();
    /** How many slots have been seen; guarded by the lock. */
    private int seen;

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
        Slot known = known(name);
        return known != null && known.isUsed() ? known : null;
    }

    /** The slot that a name has, or had since this member joined. */
    private @Nullable Slot known(String name) {
        Slot known = index.get(name);
        if (known == null) {
            learn();
            known = index.get(name);
        }
        return known;
    }

    private void learn() {
        learning.lock();
        try {
            vacated.removeIf(this::isIndexed);
            for (Slot slot = slot(seen); slot != null; slot = slot(++seen)) {
                if (!isIndexed(slot)) {
                    vacated.add(slot);
                }
            }
        } finally {
            learning.unlock();
        }
    }

    private boolean isIndexed(Slot slot) {
        long state = slot.state();
        boolean used = TableLayout.stateOf(state) == TableLayout.USED;
        if (used) {
            index.put(name(slot, state), slot);
        }
        return used;
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
                found = place(name);
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

    /** Removes a name; returns whether there was one. */
    boolean remove(String name) {
        segments.storage().lockCreation();
        try {
            Slot found = find(name);
            if (found == null) {
                return false;
            }
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
        forEach(slot -> {
            long state = slot.state();
            if (TableLayout.stateOf(state) == TableLayout.USED) {
                names.add(name(slot, state));
            }
        });
        names.sort(null);
        return names;
    }

    /**
     * A slot for a new name, with the creation lock held: its own of before, else one never used, else one whose last users are
     * gone, else one in a new chunk.
     */
    private Slot place(String name) {
        learning.lock();
        try {
            Slot known = known(name);
            if (known != null) {
                return known;
            }
            long removed = TableLayout.state(TableLayout.REMOVED, name);
            for (Slot slot : vacated) {
                if (slot.state() == removed && name(slot, removed).equals(name)) {
                    return slot;
                }
            }
            if (seen < Math.min(maxSlots, chunks.size() * layout.chunkSlots())) {
                return newSlot();
            }
            long oldest = members.oldestIncarnation();
            for (Slot slot : vacated) {
                if (slot.segment().buffer().getLong(slot.tag() + REMOVED_OFFSET) <= oldest) {
                    return slot;
                }
            }
            if (seen >= maxSlots) {
                String plural = layout.plural();
                throw new CapacityExceededException("no room for '" + name + "': " + seen + " of at most " + maxSlots
                        + " " + plural + " exist; remove some, or raise sharedstate.mapped.max-" + plural);
            }
            createChunk(chunks.size());
            return newSlot();
        } finally {
            learning.unlock();
        }
    }

    private Slot newSlot() {
        return slotIn(chunks.get(seen / layout.chunkSlots()), seen);
    }

    /** A slot by its number over all chunks; null if it was never used. */
    private @Nullable Slot slot(int number) {
        Segment chunk = chunk(number / layout.chunkSlots());
        Slot slot = chunk == null ? null : slotIn(chunk, number);
        return slot == null || slot.state() == TableLayout.NEVER_USED ? null : slot;
    }

    private Slot slotIn(Segment chunk, int number) {
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

    /** Visits all slots that have ever been used. */
    private void forEach(Consumer<Slot> visitor) {
        int number = 0;
        for (Slot slot = slot(number); slot != null; slot = slot(++number)) {
            visitor.accept(slot);
        }
    }

    private static String name(Slot slot, long state) {
        return slot.segment()
                .buffer()
                .getStringWithoutLengthAscii(slot.tag() + NAME_OFFSET, TableLayout.nameLength(state));
    }

    Check check() {
        return new Check(layout.plural(), this::checkInvariants);
    }

    private void checkInvariants() {
        List<String> names = names();
        for (int i = 1; i < names.size(); i++) {
            if (names.get(i).equals(names.get(i - 1))) {
                throw new AssertionError("two slots for '" + names.get(i) + "'");
            }
        }
        forEach(slot -> {
            long state = slot.state();
            String name = name(slot, state);
            int kind = TableLayout.stateOf(state);
            boolean whole = kind == TableLayout.REMOVED || state == TableLayout.state(TableLayout.USED, name);
            if (kind > TableLayout.REMOVED || !whole) {
                throw new AssertionError(
                        "slot " + slot.number() + " has state 0x" + Long.toHexString(state) + ", name '" + name + "'");
            }
        });
    }
}
