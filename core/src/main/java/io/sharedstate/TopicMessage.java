package io.sharedstate;

/**
 * A message of a {@link SharedTopic}, as one subscription got it.
 *
 * @param number of the message, from 1
 * @param missed how many messages, just before this one, this subscription was too slow for; mostly 0
 */
public record TopicMessage<T>(long number, T value, long missed) {}
