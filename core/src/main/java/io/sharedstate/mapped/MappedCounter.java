package io.sharedstate.mapped;

import io.sharedstate.SharedCounter;
import io.sharedstate.mapped.NameTable.Slot;
import io.sharedstate.mapped.layout.TableLayout;
import org.agrona.concurrent.AtomicBuffer;

/**
 * A counter in a slot of its own cache lines. The value is read by volatile loads and written by read-modify-write
 * instructions and volatile stores, each of which is its own commit. What has to be on the disk then is for {@link DurableCounter}: the
 * others pay nothing for it.
 */
class MappedCounter implements SharedCounter {

    private final String name;
    final Slot slot;
    private final AtomicBuffer buffer;
    final int value;
    private final Membership members;

    MappedCounter(String name, Slot slot, Membership members) {
        this.name = name;
        this.slot = slot;
        this.buffer = slot.segment().buffer();
        this.value = slot.offset() + TableLayout.VALUE_OFFSET;
        this.members = members;
    }

    static MappedCounter of(String name, Slot slot, Membership members) {
        return slot.segment().durable()
                ? new DurableCounter(name, slot, members)
                : new MappedCounter(name, slot, members);
    }

    /** Writes the first content of a new slot. */
    static void initialize(Slot slot, long initial) {
        slot.segment().buffer().putLong(slot.offset() + TableLayout.INITIAL_OFFSET, initial);
        slot.segment().buffer().putLong(slot.offset() + TableLayout.VALUE_OFFSET, initial);
    }

    /** Whether the name has not been removed. */
    boolean exists() {
        return slot.isUsed();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long get() {
        members.requireOpen();
        return buffer.getLongVolatile(value);
    }

    @Override
    public void set(long newValue) {
        members.requireOpen();
        buffer.putLongVolatile(value, newValue);
        written();
    }

    @Override
    public long getAndSet(long newValue) {
        members.requireOpen();
        long before = buffer.getAndSetLong(value, newValue);
        written();
        return before;
    }

    @Override
    public boolean compareAndSet(long expected, long newValue) {
        members.requireOpen();
        boolean set = buffer.compareAndSetLong(value, expected, newValue);
        written();
        return set;
    }

    @Override
    public long getAndAdd(long delta) {
        members.requireOpen();
        long before = buffer.getAndAddLong(value, delta);
        written();
        return before;
    }

    @Override
    public void reset() {
        set(buffer.getLong(slot.offset() + TableLayout.INITIAL_OFFSET));
    }

    /** The value has changed. */
    void written() {}

    @Override
    public String toString() {
        return "SharedCounter '" + name + "' at " + buffer.getLongVolatile(value);
    }
}
