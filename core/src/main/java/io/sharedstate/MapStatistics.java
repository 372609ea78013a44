package io.sharedstate;

/**
 * What became of a {@link SharedMap} since it was created, by all processes together.
 *
 * @param entries that are in the map, expired ones that were not removed yet among them
 * @param bytes that these take
 * @param capacity bytes that entries can take at most; in a map that evicts, a little more for some time
 * @param hits reads that found an entry
 * @param misses reads that found none
 * @param evictions entries that made room for others
 * @param expirations expired entries that were removed, by whoever came across them
 * @param compactions how often a part of the map was copied without what was replaced and removed
 */
public record MapStatistics(
        long entries,
        long bytes,
        long capacity,
        long hits,
        long misses,
        long evictions,
        long expirations,
        long compactions) {}
