package io.sharedstate;

/**
 * How a {@link SharedTopic} is created: {@code TopicOptions.DEFAULT.maxSize(16 << 20)}.
 *
 * @param maxSize in bytes, from {@link #MIN_SIZE} to {@link #MAX_SIZE}; allocated whole when the topic is created, and only then it
 *     counts. The newest messages are kept there, with 16 bytes beside each, rounded up to 16: the more there is room for, the slower a subscriber may be
 */
public record TopicOptions(long maxSize) {

    /** 64 KiB. */
    public static final long MIN_SIZE = 1L << 16;

    /** 512 MiB. */
    public static final long MAX_SIZE = 1L << 29;

    /** 1 MiB. */
    public static final TopicOptions DEFAULT = new TopicOptions(1L << 20);

    public TopicOptions {
        if (maxSize < MIN_SIZE || maxSize > MAX_SIZE) {
            throw new IllegalArgumentException("a topic of " + maxSize + " bytes: expected " + MIN_SIZE
                    + " (64 KiB) to " + MAX_SIZE + " (512 MiB)");
        }
    }

    public TopicOptions maxSize(long maxSize) {
        return new TopicOptions(maxSize);
    }
}
