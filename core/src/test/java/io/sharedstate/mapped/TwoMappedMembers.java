package io.sharedstate.mapped;

import io.sharedstate.TwoMembers;

/** Two members of a state of their own, on each engine in turn that is in memory: what only these promise, and can be told. */
abstract class TwoMappedMembers extends TwoMembers {

    /** Where the state of {@code one} and {@code two} is. */
    final Engine.Host memory() {
        return (Engine.Host) host;
    }

    /** Another one, empty. */
    final Engine.Host otherMemory() {
        return ((Engine) engine).host();
    }
}
