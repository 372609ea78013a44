package io.sharedstate.mapped;

import io.sharedstate.SharedCounter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Counters, each in a slot. A name that comes back gets its slot back, so that what was opened by it stays good. */
final class NamedCounters implements NamedState {

    private final NameTable table;
    private final Membership members;
    private final Map<String, MappedCounter> opened = new ConcurrentHashMap<>();

    NamedCounters(NameTable table, Membership members) {
        this.table = table;
        this.members = members;
    }

    SharedCounter open(String name, long initial) {
        MappedCounter known = opened.get(name);
        if (known == null || !known.exists()) {
            NameTable.Slot slot = table.findOrCreate(name, created -> MappedCounter.initialize(created, initial));
            known = opened.computeIfAbsent(name, absent -> MappedCounter.of(name, slot, members));
        }
        return known;
    }

    @Override
    public List<String> names() {
        return table.names();
    }

    @Override
    public boolean remove(String name) {
        return table.remove(name);
    }

    @Override
    public void forgetRemoved() {
        // a counter takes no memory but that of its slot
    }

    @Override
    public List<Check> checks() {
        return List.of(table.check());
    }
}
