package io.sharedstate;

/** What a {@link SharedMap} does with an entry that there is no room for. What has expired goes first in either case. */
public enum WhenFull {
    /** Entries make room that were not used for long, approximately the least recently used ones. For what can be had again: caches. */
    EVICT,
    /** The entry is refused, by a {@link MapFullException}; nothing is lost. */
    REFUSE
}
