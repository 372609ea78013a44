package io.sharedstate.mapped;

import java.util.List;

/** The named state of one {@link io.sharedstate.Kind}: which names there are, and what this member has opened by them. */
interface NamedState {

    /** The names that exist, sorted, whichever process created them. */
    List<String> names();

    /** Removes a name; returns whether it existed. */
    boolean remove(String name);

    /** Lets go of what was removed, by whoever: it stays only with those who still hold on to it. */
    void forgetRemoved();

    /** What can be verified by itself; of what exists, whoever created it. */
    List<Check> checks();
}
