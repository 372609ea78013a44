package io.sharedstate.mapped;

import io.sharedstate.SharedAdder;
import io.sharedstate.mapped.layout.FileHeader;
import io.sharedstate.mapped.layout.NamedLayout;
import org.agrona.concurrent.AtomicBuffer;

/*
 * A cell for each ordinal, which only members with that ordinal add to, and which is never folded and never cleared: the
 * ordinal's next member goes on from what it finds. The sum is that of the cells less the base.
 *
 * Each addition is one read-modify-write of a cell, a reset one compare-and-set of the base: a death leaves either
 * done or not done. Every addition is in exactly one of the sums that sumThenReset returns, as each of them is the
 * difference between two successive bases.
 */
final class MappedAdder implements SharedAdder {

    private final NamedFile file;
    private final Membership members;
    private final int cell;

    MappedAdder(NamedFile file, Membership members) {
        this.file = file;
        this.members = members;
        this.cell = NamedLayout.cellOffset(members.self().ordinal());
    }

    boolean exists() {
        return file.exists();
    }

    @Override
    public String name() {
        return file.name();
    }

    @Override
    public void add(long x) {
        members.requireOpen();
        Segment segment = file.segment();
        segment.buffer().getAndAddLong(cell, x);
        segment.written(cell, Long.BYTES);
    }

    @Override
    public long sum() {
        members.requireOpen();
        AtomicBuffer buffer = file.segment().buffer();
        return cells(buffer) - buffer.getLongVolatile(NamedLayout.BASE_OFFSET);
    }

    @Override
    public long sumThenReset() {
        members.requireOpen();
        Segment segment = file.segment();
        AtomicBuffer buffer = segment.buffer();
        while (true) {
            long base = buffer.getLongVolatile(NamedLayout.BASE_OFFSET);
            long cells = cells(buffer);
            if (buffer.compareAndSetLong(NamedLayout.BASE_OFFSET, base, cells)) {
                segment.written(NamedLayout.BASE_OFFSET, Long.BYTES);
                return cells - base;
            }
        }
    }

    private static long cells(AtomicBuffer buffer) {
        long cells = buffer.getLong(FileHeader.PARAMETER_0_OFFSET);
        long sum = 0;
        for (int ordinal = 0; ordinal < cells; ordinal++) {
            sum += buffer.getLongVolatile(NamedLayout.cellOffset(ordinal));
        }
        return sum;
    }

    @Override
    public String toString() {
        return "SharedAdder '" + name() + "'";
    }
}
