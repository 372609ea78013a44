package io.sharedstate.mapped.layout;

/** The types of files. */
public enum FileType {
    MEMBERS(1),
    COUNTERS(2),
    LOCKS(3),
    ADDER(4),
    VALUE(5),
    REGION(6),
    MAP(7),
    RATE_LIMITERS(8),
    KEYED_RATE_LIMITER(9),
    QUEUE(10),
    SEMAPHORE(11),
    TOPIC(12);

    private final int code;

    FileType(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }
}
