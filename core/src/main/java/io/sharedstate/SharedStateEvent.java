package io.sharedstate;

/** What happens to the state beyond the caller's own doing. */
public sealed interface SharedStateEvent {

    /** A member joined. */
    record MemberJoined(Member member) implements SharedStateEvent {}

    /** A member left in good order. */
    record MemberLeft(Member member) implements SharedStateEvent {}

    /** A member's process died without leaving: what it held is abandoned. */
    record MemberDied(Member member) implements SharedStateEvent {}

    /**
     * This process was taken for dead, on an engine where a server decides that by time: what it held is lost to it. It has joined anew.
     *
     * @param member as it was before
     */
    record MembershipLost(Member member) implements SharedStateEvent {}

    /**
     * This process took over a lock whose holder had died.
     *
     * @param lock the lock's name
     * @param fencingToken of the acquisition that found it
     * @param repaired whether a repair was registered and completed
     */
    record LockAbandoned(String lock, long fencingToken, boolean repaired) implements SharedStateEvent {}
}
