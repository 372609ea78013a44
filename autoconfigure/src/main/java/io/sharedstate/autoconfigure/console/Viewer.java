package io.sharedstate.autoconfigure.console;

/** A page that somebody looks at. Neither method blocks, however slow the way to it is. */
interface Viewer {

    /** Sends a snapshot; one that isn't sent yet is left out when a newer one comes. */
    void show(String snapshot);

    /** Ends the stream. What comes later is ignored. */
    void end();
}
