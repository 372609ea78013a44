package io.sharedstate.mapped;

import static io.sharedstate.mapped.layout.TopicLayout.MISSED_OFFSET;

import io.sharedstate.TopicStatistics;
import io.sharedstate.mapped.layout.FileHeader;
import io.sharedstate.mapped.layout.MembersLayout;
import io.sharedstate.mapped.layout.TopicLayout;
import org.jspecify.annotations.Nullable;

/*
 * One topic, whatever type its messages are read as: its ring, the lock of who publishes, and who subscribes.
 *
 * Publishing, with the lock held, and reading, without: see TopicRing. The lock guards nothing that could be half made, so there is
 * nothing to repair when its holder dies.
 */
final class TopicFile {

    private final Segment segment;
    private final MappedLock lock;
    private final TopicLayout layout;
    private final TopicRing ring;
    private final MemberCounts subscriptions;
    private final int missed;

    TopicFile(Segment segment, MappedLock lock, Membership members) {
        this.segment = segment;
        this.lock = lock;
        this.layout = layout(segment);
        this.ring = new TopicRing(segment, layout);
        this.subscriptions =
                new MemberCounts(segment.buffer(), TopicLayout.CELLS_OFFSET, TopicLayout.CELL_LENGTH, members);
        this.missed = TopicLayout.cellOffset(members.self().ordinal()) + MISSED_OFFSET;
        lock.onAbandoned(() -> {});
    }

    Segment segment() {
        return segment;
    }

    /** Held by who publishes. */
    MappedLock lock() {
        return lock;
    }

    TopicRing ring() {
        return ring;
    }

    int maxMessage() {
        return layout.maxMessage();
    }

    /** Says that a subscription has begun ({@code 1}) or ended ({@code -1}). */
    void subscribed(int change) {
        subscriptions.add(change);
    }

    void missed(long messages) {
        segment.buffer().getAndAddLong(missed, messages);
    }

    TopicStatistics statistics() {
        long sum = 0;
        for (int ordinal = 0; ordinal < layout.members(); ordinal++) {
            sum += segment.buffer().getLongVolatile(TopicLayout.cellOffset(ordinal) + MISSED_OFFSET);
        }
        return new TopicStatistics(ring.published(), subscriptions.sum(), sum, layout.length());
    }

    static TopicLayout layout(Segment file) {
        return new TopicLayout(file.buffer().getLong(FileHeader.PARAMETER_0_OFFSET), (int)
                file.buffer().getLong(FileHeader.PARAMETER_1_OFFSET));
    }

    /** What is wrong with the numbers in a topic's header, or null. */
    static @Nullable String damage(Segment file) {
        long size = file.buffer().getLong(FileHeader.PARAMETER_0_OFFSET);
        long cells = file.buffer().getLong(FileHeader.PARAMETER_1_OFFSET);
        boolean possible = size >= TopicLayout.MIN_SIZE
                && size <= TopicLayout.MAX_SIZE
                && cells > 0
                && cells <= MembersLayout.MAX_CAPACITY;
        return possible && layout(file).fileLength() == file.length()
                ? null
                : "has " + file.length() + " bytes for a topic of " + size + " bytes and " + cells + " members";
    }

    /** After a reboot: see {@link TopicRing#recover}. */
    static boolean recover(Segment file) {
        return new TopicRing(file, layout(file)).recover();
    }

    /** Throws {@link AssertionError} if an invariant doesn't hold; for tests, with nobody publishing. */
    void checkInvariants() {
        ring.checkInvariants(segment.path());
        subscriptions.checkInvariants(segment.path());
        lock.checkInvariants();
    }
}
