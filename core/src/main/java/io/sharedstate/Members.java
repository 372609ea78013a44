package io.sharedstate;

import java.util.List;

/** Who is attached. Alive is who the kernel says is alive: also a process that is stopped, paused or hanging. */
public interface Members {

    /** This process's own membership. */
    Member self();

    /** Those alive at this moment, by ordinal. */
    List<Member> all();

    /** Whether the member with this incarnation is alive at this moment: the same, without asking about the others. */
    default boolean isAlive(long incarnation) {
        return all().stream().anyMatch(member -> member.incarnation() == incarnation);
    }

    /** How many there can be at once. */
    int capacity();

    /**
     * Tells the others where this process's server listens.
     *
     * @param address host:port, in at most 80 bytes of ASCII
     */
    void announce(String address);

    /**
     * Tells the others which version of the application this process runs.
     *
     * @param version in at most 80 bytes of ASCII
     */
    void announceVersion(String version);

    /**
     * Tells the others which sockets this process's server listens on, in place of what it told before.
     *
     * @param inodes at most 16, none of them 0
     */
    void announceListeners(List<Long> inodes);
}
