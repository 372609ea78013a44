package io.sharedstate.mapped;

import io.sharedstate.SharedAdder;
import io.sharedstate.mapped.layout.FileHeader.Content;
import io.sharedstate.mapped.layout.NamedLayout;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Adders, each in a file. */
final class NamedAdders implements NamedState {

    private final NamedFiles files;
    private final Membership members;
    private final Map<String, MappedAdder> opened = new ConcurrentHashMap<>();

    NamedAdders(NamedFiles files, Membership members) {
        this.files = files;
        this.members = members;
    }

    SharedAdder open(String name) {
        MappedAdder known = opened.get(name);
        if (known != null) {
            return known;
        }
        int cells = members.capacity();
        Content content = new Content(files.type(), cells, 0, name, "");
        NamedFile file = new NamedFile(name, () -> files.openOrCreate(NamedLayout.adderFileLength(cells), content));
        return opened.computeIfAbsent(name, absent -> new MappedAdder(file, members));
    }

    @Override
    public List<String> names() {
        return files.names();
    }

    @Override
    public boolean remove(String name) {
        return files.remove(name);
    }

    @Override
    public void forgetRemoved() {
        opened.values().removeIf(adder -> !adder.exists());
    }

    @Override
    public List<Check> checks() {
        return files.checks(segment -> {}); // nothing of an adder depends on anything else
    }
}
