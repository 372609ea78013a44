package io.sharedstate.mapped;

import io.sharedstate.mapped.NameTable.Slot;

/** A counter whose value is on the disk before a method that changes it returns. */
final class DurableCounter extends MappedCounter {

    DurableCounter(String name, Slot slot, Membership members) {
        super(name, slot, members);
    }

    @Override
    void written() {
        slot.segment().written(value, Long.BYTES);
    }
}
