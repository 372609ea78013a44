package io.sharedstate;

/** What a power cut may cost. (A killed process costs nothing on any setting.) */
public enum Flush {
    /** No promise. */
    NEVER,
    /** Each thing is whole; the changes since the last interval may be lost or reverted, each by itself. */
    INTERVAL,
    /** What a call has changed is on the disk before it returns. */
    ALWAYS
}
