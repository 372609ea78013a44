package io.sharedstate;

/**
 * What became of a {@link SharedMap} since it was created, by all processes together.
 *
 * @param entries that are in the map, expired ones that were not removed yet among them
 * @param bytes that these take; 0 if the map isn't {@link #bounded()}
 * @param capacity bytes that entries can take at most, in a map that evicts a little more for some time; 0 if the map isn't {@link #bounded()}
 * @param hits reads that found an entry
 * @param misses reads that found none
 * @param evictions entries that made room for others; 0 if the map isn't {@link #bounded()}
 * @param expirations expired entries that were removed, by whoever came across them
 * @param compactions how often a part of the map was copied without what was replaced and removed; 0 if the map isn't
 *     {@link #bounded()}
 */
public record MapStatistics(
        long entries,
        long bytes,
        long capacity,
        long hits,
        long misses,
        long evictions,
        long expirations,
        long compactions) {

    /**
     * Whether the map has bounds of its own. A Redis server has them only for all that it holds, and tells nobody what one map takes, nor what
     * of it was evicted.
     */
    public boolean bounded() {
        return capacity > 0;
    }
}
