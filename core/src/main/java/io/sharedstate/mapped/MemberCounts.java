package io.sharedstate.mapped;

import io.sharedstate.Member;
import io.sharedstate.mapped.layout.CountLayout;
import io.sharedstate.mapped.layout.MembersLayout;
import java.util.function.ObjIntConsumer;
import org.agrona.concurrent.AtomicBuffer;

/*
 * How many of something each live member has: a word for each ordinal (see CountLayout).
 *
 * A word is changed by compare-and-set, by threads of the member with that ordinal only: from its own count to another, or from
 * that of one that had the ordinal before. It says by itself whose count it is, so a death leaves nothing to be cleaned up: the count
 * is void from that moment on, before anyone has noticed.
 *
 * Invariant: counts are from 0 to CountLayout.MAX_COUNT.
 */
final class MemberCounts {

    private final AtomicBuffer buffer;
    private final int offset;
    private final int stride;
    private final Membership members;
    private final Member self;

    /** @param stride bytes from one ordinal's word to the next one's */
    MemberCounts(AtomicBuffer buffer, int offset, int stride, Membership members) {
        this.buffer = buffer;
        this.offset = offset;
        this.stride = stride;
        this.members = members;
        this.self = members.self();
    }

    private int word(int ordinal) {
        return offset + ordinal * stride;
    }

    /** Adds to what this member has, unless it would be less than nothing; returns whether it did. */
    boolean add(int change) {
        int at = word(self.ordinal());
        while (true) {
            long found = buffer.getLongVolatile(at);
            int next = own(found) + change;
            if (next < 0) {
                return false;
            }
            if (buffer.compareAndSetLong(at, found, CountLayout.word(self.incarnation(), next))) {
                return true;
            }
        }
    }

    /** What this member has. */
    int own() {
        return own(buffer.getLongVolatile(word(self.ordinal())));
    }

    private int own(long word) {
        return CountLayout.incarnation(word) == self.incarnation() ? CountLayout.count(word) : 0;
    }

    /** What all have together, the dead who were not noticed yet too: never less than the living have, and without a system call. */
    int atMost() {
        int sum = 0;
        for (int ordinal = 0; ordinal < members.capacity(); ordinal++) {
            long found = buffer.getLongVolatile(word(ordinal));
            if (CountLayout.count(found) != 0 && !members.isGone(owner(found, ordinal))) {
                sum += CountLayout.count(found);
            }
        }
        return sum;
    }

    /** What those have together who are alive, by asking the kernel of each. */
    int sum() {
        int sum = 0;
        for (int ordinal = 0; ordinal < members.capacity(); ordinal++) {
            sum += living(ordinal);
        }
        return sum;
    }

    private int living(int ordinal) {
        long found = buffer.getLongVolatile(word(ordinal));
        int count = CountLayout.count(found);
        return count == 0 || members.isDead(owner(found, ordinal)) ? 0 : count;
    }

    private static long owner(long word, int ordinal) {
        return MembersLayout.owner(CountLayout.incarnation(word), ordinal);
    }

    /** Visits the live members that have any, by ordinal. */
    void forEach(ObjIntConsumer<Member> visitor) {
        for (Member member : members.all()) {
            long found = buffer.getLongVolatile(word(member.ordinal()));
            if (CountLayout.incarnation(found) == member.incarnation() && CountLayout.count(found) != 0) {
                visitor.accept(member, CountLayout.count(found));
            }
        }
    }

    /** Throws {@link AssertionError} if an invariant doesn't hold; for tests. */
    void checkInvariants(String what) {
        long next = members.nextIncarnation();
        for (int ordinal = 0; ordinal < members.capacity(); ordinal++) {
            long found = buffer.getLongVolatile(word(ordinal));
            if (CountLayout.incarnation(found) >= next) {
                throw new AssertionError(what + ": incarnation " + CountLayout.incarnation(found)
                        + ", which was never given, has " + CountLayout.count(found));
            }
        }
    }
}
