package io.sharedstate;

import java.time.Duration;

/**
 * What is in a {@link SharedQueue}, about, as it goes on while it is looked at.
 *
 * @param depth messages that wait to be received, those that wait to be retried among them
 * @param inWork messages that were received and are not done
 * @param deadLetters messages that were received in vain too often
 * @param oldestAge how long ago the oldest message was offered that is not a dead letter, to a quarter of a second; zero if there is none
 * @param redelivered how often a message was received again, by all processes since the queue was created
 * @param bytes that all messages take
 * @param capacity bytes that they can take at most
 */
public record QueueStatistics(
        long depth, long inWork, long deadLetters, Duration oldestAge, long redelivered, long bytes, long capacity) {}
