package io.sharedstate;

/**
 * What became of a {@link SharedTopic} since it was created, by all processes together.
 *
 * @param published the number of the newest message
 * @param subscriptions that live members have
 * @param missed messages that subscriptions were too slow for, counted for each of them
 * @param maxSize bytes that there are for messages
 */
public record TopicStatistics(long published, int subscriptions, long missed, long maxSize) {}
