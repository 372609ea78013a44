package io.sharedstate;

/**
 * What the verification of state has found of one thing, see {@code MappedEngine.verify}.
 *
 * @param what a file of the state directory or a part of it, for a person to read
 * @param detail what is wrong, or was last found wrong while it was being written; else empty
 */
public record Verdict(String what, Result result, String detail) {

    /** Whether it is whole. */
    public enum Result {
        WHOLE,
        /** It was never found whole, but it is being written all the time: ask again when less is done. */
        IN_USE,
        DAMAGED
    }
}
