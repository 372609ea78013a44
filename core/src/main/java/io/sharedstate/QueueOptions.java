package io.sharedstate;

/**
 * How a {@link SharedQueue} is created and used: {@code QueueOptions.DEFAULT.maxSize(64 << 20).maxAttempts(3)}.
 *
 * @param maxSize in bytes, from {@link #MIN_SIZE} to {@link #MAX_SIZE}; allocated whole, with an eighth beside it, when the queue is
 *     created, and only then it counts. Each message takes 32 bytes more than it has, rounded up to 64
 * @param maxAttempts how often a message is received before it becomes a dead letter, 1 to {@value #MOST_ATTEMPTS}; for what this process
 *     gives back, or finds in work by one that died
 */
public record QueueOptions(long maxSize, int maxAttempts) {

    /** 64 KiB. */
    public static final long MIN_SIZE = 1L << 16;

    /** 512 MiB. */
    public static final long MAX_SIZE = 1L << 29;

    public static final int MOST_ATTEMPTS = 255;

    /** 4 MiB, 5 attempts. */
    public static final QueueOptions DEFAULT = new QueueOptions(4L << 20, 5);

    public QueueOptions {
        if (maxSize < MIN_SIZE || maxSize > MAX_SIZE) {
            throw new IllegalArgumentException("a queue of " + maxSize + " bytes: expected " + MIN_SIZE
                    + " (64 KiB) to " + MAX_SIZE + " (512 MiB)");
        }
        if (maxAttempts < 1 || maxAttempts > MOST_ATTEMPTS) {
            throw new IllegalArgumentException(
                    "a queue with " + maxAttempts + " attempts for each message: expected 1 to " + MOST_ATTEMPTS);
        }
    }

    public QueueOptions maxSize(long maxSize) {
        return new QueueOptions(maxSize, maxAttempts);
    }

    public QueueOptions maxAttempts(int maxAttempts) {
        return new QueueOptions(maxSize, maxAttempts);
    }
}
