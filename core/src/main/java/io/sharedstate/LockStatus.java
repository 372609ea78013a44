package io.sharedstate;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A lock as it looked from outside at one moment.
 *
 * @param holder who holds it, or null if it is free
 * @param fencingToken of the newest acquisition
 * @param waiters threads that wait for it, in all live members
 * @param abandoned whether a holder died and nobody has put right what the lock guards
 * @param acquisitions since the lock was created, reentries not counted
 * @param totalWait of all acquisitions that had to wait
 * @param abandonments how often a holder was found dead
 */
public record LockStatus(
        String name,
        @Nullable Holder holder,
        long fencingToken,
        int waiters,
        boolean abandoned,
        long acquisitions,
        Duration totalWait,
        long abandonments) {

    /**
     * The holder of a lock.
     *
     * @param member who, alive or dead; null if the member is dead and its ordinal has been taken by another
     * @param alive false: dead, and nobody has taken the lock over since
     * @param thread the name of the thread, cut to 32 characters of ASCII
     * @param age since when, to about a quarter of a second
     */
    public record Holder(@Nullable Member member, boolean alive, String thread, Duration age) {

        /** For a message: who, and for how long. */
        @Override
        public String toString() {
            String who = member == null
                    ? "a member that is gone"
                    : "member " + member.ordinal() + " (pid " + member.pid() + ")" + (alive ? "" : ", which is dead");
            return "by thread '" + thread + "' of " + who + ", for " + age;
        }
    }
}
