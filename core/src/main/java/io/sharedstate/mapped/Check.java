package io.sharedstate.mapped;

/**
 * Something that is verified by itself.
 *
 * @param what for a person to read: a file of the state directory, or a part of it
 * @param invariants throws {@link AssertionError}, or any exception, if one doesn't hold; who writes meanwhile may make it do so
 */
record Check(String what, Runnable invariants) {

    void run() {
        invariants.run();
    }
}
