package io.sharedstate;

/** The kinds of named state. Each has names of its own: a counter and a lock may both be called {@code orders}. */
public enum Kind {
    COUNTER,
    ADDER,
    LOCK,
    VALUE,
    REGION,
    MAP,
    RATE_LIMITER,
    KEYED_RATE_LIMITER,
    QUEUE,
    SEMAPHORE,
    TOPIC;

    /** {@code counter}, {@code lock}, {@code rate-limiter}, ...: as messages, endpoints and directories have it. */
    public String label() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}
