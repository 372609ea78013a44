package io.sharedstate.mapped;

import io.sharedstate.Kind;
import io.sharedstate.mapped.NameTable.Slot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Locks, each in a slot. A name that comes back gets its slot back, so that what was opened by it stays good. */
final class NamedLocks implements NamedState {

    private record Opened(MappedLock lock, Slot slot) {}

    private final NameTable table;
    private final Locks locks;
    private final Map<String, Opened> opened = new ConcurrentHashMap<>();

    NamedLocks(NameTable table, Locks locks) {
        this.table = table;
        this.locks = locks;
    }

    MappedLock open(String name) {
        Opened known = opened.get(name);
        if (known == null || !known.slot().isUsed()) {
            Slot slot = table.findOrCreate(name, MappedLock::initialize);
            known = opened.computeIfAbsent(
                    name,
                    absent -> new Opened(locks.make(name, slot.segment(), slot.offset(), slot.number() + 1L), slot));
        }
        return known.lock();
    }

    @Override
    public List<String> names() {
        return table.names();
    }

    @Override
    public boolean remove(String name) {
        return table.find(name) != null && Locks.whileHeld(Kind.LOCK, name, open(name), () -> table.remove(name));
    }

    @Override
    public void forgetRemoved() {
        // a lock takes no memory but that of its slot
    }

    @Override
    public List<Check> checks() {
        List<Check> checks = new ArrayList<>(List.of(table.check()));
        names().forEach(name -> checks.add(new Check("lock '" + name + "'", () -> checkInvariants(name))));
        return checks;
    }

    private void checkInvariants(String name) {
        if (table.find(name) != null) {
            open(name).checkInvariants();
        }
    }
}
